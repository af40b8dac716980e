/**
 * Text in, words and the gaps between them out: the one tokeniser of the project. Mining, tagging and exporting all
 * read text through it, so that what is counted is what is marked.
 *
 * A *word* is a run of Unicode letters and marks; apostrophes and hyphens stay inside. A *clause* is a run of words with
 * only spaces and commas between them: sentence ends, line breaks, math (LaTeX, digits, operators, one-letter
 * variables), code and markup end it.
 */

import {
  BACKSLASH,
  BACKTICK,
  CLASS,
  COMMAS,
  DASH,
  DIGIT,
  DOLLAR,
  isPair,
  JOINER,
  LESS,
  LETTER,
  NEWLINE,
  OPENER,
  OPERATOR,
  OTHER,
  SEGMENTED,
  SENTENCE,
  SPACE,
  SURROGATE,
  UNDERSCORE,
} from "../text/characters.js";

/** What stands between two words, or before the first and after the last. */
export const GAP_SPACE = 0;
export const GAP_COMMA = 1;
/** A gap with this bit ends a clause; `openingOf` and `closingOf` say with what. */
export const GAP_BREAK = 0x80;

/** Kinds of clause end. MARK: quotes, emphasis; STOP: sentence end, line break, opening bracket; COMMA after another. */
export const MARK = 0;
export const STOP = 1;
export const MATH = 2;
export const CODE = 3;
export const COMMA = 4;
export type BreakKind = typeof MARK | typeof STOP | typeof MATH | typeof CODE | typeof COMMA;

export const breakOf = (first: number, last: number) => GAP_BREAK | (first << 3) | last;
/** The first thing after the clause that a break ends: a comma too; a MARK only if nothing else follows. */
export const closingOf = (gap: number) => ((gap >> 3) & 7) as BreakKind;
/** The last thing before the clause that a break opens. */
export const openingOf = (gap: number) => (gap & 7) as BreakKind;
export const isBreak = (gap: number) => gap >= GAP_BREAK;
/** Whether a clause starts here for a reader: after a sentence end or a line break, not after a formula. */
export const opensClause = (gap: number) => gap >= GAP_BREAK && (gap & 7) === STOP;

/** Words of one text as parallel arrays; reused from text to text, so copy what must last. */
export interface Words {
  /** number of words */
  length: number;
  /** UTF-16 offsets of word i: [start[i], end[i]) */
  start: Int32Array;
  end: Int32Array;
  /** gap[i] stands before word i, gap[length] after the last: length + 1 entries */
  gap: Uint8Array;
}

export function createWords(capacity = 4096): Words {
  return {
    length: 0,
    start: new Int32Array(capacity),
    end: new Int32Array(capacity),
    gap: new Uint8Array(capacity + 1),
  };
}

function grow(words: Words): void {
  const capacity = words.start.length * 2;
  const start = new Int32Array(capacity);
  const end = new Int32Array(capacity);
  const gap = new Uint8Array(capacity + 1);
  start.set(words.start);
  end.set(words.end);
  gap.set(words.gap);
  words.start = start;
  words.end = end;
  words.gap = gap;
}

const TAG = /<[/|]?[A-Za-z][\w|.:-]*(?:\s[^<>\n]{0,200})?[/|]?>/y;
// What chat templates write that looks unlike a tag: DeepSeek's, Mistral's and Kimi's marks.
const CHAT_MARK =
  /<｜[^<>｜\n]{1,60}｜>|\[\/?(?:INST|THINK|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|CALL_ID|ARGS)\]|◁\/?[a-z]{1,20}▷/y;
// Marks at which a turn or its thinking ends: code that was left open ends there too.
const TURN_END =
  /<\|[\w-]{1,40}\|>|<｜[^<>｜\n]{1,60}｜>|\[\/?INST\]|<\/?think>|\[\/?THINK\]|◁\/?think▷|<(?:start|end)_of_turn>|<\/s>|<\/?(?:tool_call|tool_response|interpreter|information|observation)>/;
// Quotes are nested no deeper than this many characters of "> > ".
const LONGEST_QUOTE = 12;
// Formulas and inline code longer than this are not formulas but a stray delimiter.
const LONGEST_FORMULA = 4000;
const LONGEST_INLINE_CODE = 300;
// Intl.Segmenter takes quadratic time: a longer run without a comma is no sentence, and is segmented in parts.
const LONGEST_RUN = 1000;

let segmenter: Intl.Segmenter | undefined;

/**
 * Splits `text` into words, writing over `out`. Linear in the text's length, except for scripts without spaces, whose
 * runs go through Intl.Segmenter; with `segmented: "characters"` each of their characters is a word instead, which
 * depends on nothing but the text (a dictionary's cuts differ between ICU versions and are to be had in no other language).
 */
export function scan(text: string, out: Words, segmented: "words" | "characters" = "words"): Words {
  const n = text.length;
  let count = 0;
  // The gap being read: no break yet, or its first and last kind.
  let broken = true;
  let first: number = STOP;
  let last: number = STOP;
  let comma = false;
  const closeOf = { round: nextOf(text, "\\)"), square: nextOf(text, "\\]") };
  let i = 0;

  const note = (kind: number) => {
    if (!broken) {
      broken = true;
      first = comma ? COMMA : kind;
      last = kind;
    } else {
      if (first === MARK) first = kind;
      if (kind !== MARK) last = kind;
    }
  };
  const emit = (start: number, end: number) => {
    if (count === out.start.length) grow(out);
    out.start[count] = start;
    out.end[count] = end;
    out.gap[count] = broken ? breakOf(first, last) : comma ? GAP_COMMA : GAP_SPACE;
    count++;
    broken = false;
    comma = false;
  };

  while (i < n) {
    const c = text.charCodeAt(i);
    let cls = CLASS[c];
    if (cls === SPACE) {
      i++;
      continue;
    }
    if (cls === SURROGATE) cls = classOfPair(text, i);
    switch (cls) {
      case LETTER: {
        const j = endOfWord(text, i, n);
        const stop = j < n ? text.charCodeAt(j) : 0;
        const next = CLASS[stop];
        if (next === DIGIT || next === UNDERSCORE) {
          i = endOfIdentifier(text, j, n);
          note(next === DIGIT ? MATH : CODE);
        } else if (stop === 40 /* ( */ && j - i > 1) {
          // print(x); a one-letter f(x) is math, below
          note(CODE);
          i = j;
        } else if (j - i === 1 && c < 128 && (c | 32) !== 97 && (c | 32) !== 105) {
          // a one-letter word other than "a" and "I" is a variable
          note(MATH);
          i = j;
        } else {
          emit(i, j);
          i = j;
        }
        break;
      }
      case SEGMENTED: {
        if (segmented === "characters") {
          const j = isPair(text, i) ? i + 2 : i + 1;
          emit(i, j);
          i = j;
          break;
        }
        const j = endOfSegmented(text, i, Math.min(n, i + LONGEST_RUN));
        segmenter ??= new Intl.Segmenter("zh", { granularity: "word" });
        for (const { segment, index, isWordLike } of segmenter.segment(text.slice(i, j))) {
          if (isWordLike) emit(i + index, i + index + segment.length);
          else note(MARK);
        }
        i = j;
        break;
      }
      case COMMAS:
        if (broken) last = COMMA;
        else comma = true;
        i++;
        break;
      case NEWLINE:
        note(STOP);
        i++;
        break;
      case SENTENCE: {
        // "module.name" and "http://" are code; "end. Next" is a sentence end
        const glued = i + 1 < n && (CLASS[text.charCodeAt(i + 1)] === LETTER || text.charCodeAt(i + 1) === 47);
        note(glued && c < 128 && i > 0 && CLASS[text.charCodeAt(i - 1)] === LETTER ? CODE : STOP);
        i++;
        break;
      }
      case OPENER:
      case DASH:
        note(STOP);
        i += c === 91 /* [ */ ? lengthOfMark(text, i) || 1 : 1;
        break;
      case DIGIT:
        i = endOfNumber(text, i + 1, n);
        note(MATH);
        break;
      case OPERATOR: {
        const mark = c === 0x25c1 /* ◁ */ ? lengthOfMark(text, i) : 0;
        note(mark > 0 ? STOP : c === 62 && quotes(text, i) ? MARK : MATH);
        i += mark || 1;
        break;
      }
      case UNDERSCORE: {
        // _emphasis_ is markup, __name__ and a_b are code
        const j = i + 1 < n && CLASS[text.charCodeAt(i + 1)] === UNDERSCORE ? endOfIdentifier(text, i + 1, n) : i + 1;
        note(j > i + 1 ? CODE : MARK);
        i = j;
        break;
      }
      case JOINER:
        // a spaced hyphen is a dash or a minus; at the start of a line, a bullet
        note(c === 45 && !broken ? (CLASS[text.charCodeAt(i + 1)] === DIGIT ? MATH : STOP) : MARK);
        i++;
        break;
      case BACKSLASH:
        i = endOfCommand(text, i, n, closeOf, note);
        break;
      case DOLLAR: {
        const j = endOfDollars(text, i, n);
        note(MATH);
        i = j;
        break;
      }
      case BACKTICK: {
        const j = endOfBackticks(text, i, n);
        note(j > i + 1 ? CODE : MARK);
        i = j;
        break;
      }
      case LESS: {
        TAG.lastIndex = i;
        const next = text.charCodeAt(i + 1);
        const tagged = next === 47 || next === 124 || CLASS[next] === LETTER ? TAG.exec(text) : null;
        const length = tagged ? tagged[0].length : next === 0xff5c /* ｜ */ ? lengthOfMark(text, i) : 0;
        note(length > 0 ? STOP : MATH);
        i += length || 1;
        break;
      }
      default:
        note(MARK);
        // a letter outside the BMP is two units; anything else astral is passed over whole
        i += CLASS[c] === SURROGATE && isPair(text, i) ? 2 : 1;
    }
  }
  if (!broken) note(STOP);
  if (count === out.start.length) grow(out);
  out.gap[count] = breakOf(first, STOP);
  out.length = count;
  return out;
}

const classOfPair = (text: string, i: number): number => (isPair(text, i) ? CLASS[text.codePointAt(i)!] : OTHER);

/** Units that the letter or mark at i takes: 0 if there is none. */
function letterAt(text: string, i: number, n: number): number {
  if (i >= n) return 0;
  const cls = CLASS[text.charCodeAt(i)];
  if (cls === LETTER) return 1;
  return cls === SURROGATE && classOfPair(text, i) === LETTER ? 2 : 0;
}

function endOfWord(text: string, i: number, n: number): number {
  let j = i;
  for (;;) {
    let units = letterAt(text, j, n);
    if (units === 0) {
      if (j >= n || CLASS[text.charCodeAt(j)] !== JOINER) return j;
      units = letterAt(text, j + 1, n);
      if (units === 0) return j;
      j++;
    }
    j += units;
  }
}

function endOfIdentifier(text: string, i: number, n: number): number {
  let j = i;
  for (; j < n; j++) {
    const cls = CLASS[text.charCodeAt(j)];
    if (cls !== LETTER && cls !== DIGIT && cls !== UNDERSCORE) break;
  }
  return j;
}

/** 3.5, 1,000, 2nd, 5x: a separator belongs to the number when a digit follows it. */
function endOfNumber(text: string, i: number, n: number): number {
  let j = i;
  for (; j < n; j++) {
    const c = text.charCodeAt(j);
    const cls = CLASS[c];
    if (cls === DIGIT || cls === LETTER || cls === UNDERSCORE) continue;
    if ((c === 46 || c === 44) && j + 1 < n && CLASS[text.charCodeAt(j + 1)] === DIGIT) continue;
    break;
  }
  return j;
}

function endOfSegmented(text: string, i: number, n: number): number {
  let j = i;
  while (j < n) {
    const cls = CLASS[text.charCodeAt(j)];
    if (cls === SEGMENTED) j++;
    else if (cls === SURROGATE && classOfPair(text, j) === SEGMENTED) j += 2;
    else break;
  }
  return j;
}

/** Where \) and \] stand next, from a place on. */
interface Closes {
  round: (from: number) => number;
  square: (from: number) => number;
}

/** Looks for a pattern from ever later places; the text is read once in all, however many formulas never end. */
function nextOf(text: string, pattern: string): (from: number) => number {
  let at = -1;
  return (from) => {
    if (at < from) at = text.indexOf(pattern, from);
    if (at < 0) at = Number.POSITIVE_INFINITY;
    return at;
  };
}

/** \( … \), \[ … \], \frac, and the \n of a text that was escaped twice. Returns where reading goes on. */
function endOfCommand(text: string, i: number, n: number, closeOf: Closes, note: (kind: number) => void): number {
  const c = i + 1 < n ? text.charCodeAt(i + 1) : 0;
  if (c === 40 /* ( */ || c === 91 /* [ */) {
    note(MATH);
    const close = c === 40 ? closeOf.round(i + 2) : closeOf.square(i + 2);
    return close - i < LONGEST_FORMULA ? close + 2 : i + 2;
  }
  if (CLASS[c] === LETTER) {
    const newline = c === 110 || c === 114 || c === 116; // n r t
    const after = i + 2 < n ? text.charCodeAt(i + 2) : 0;
    if (newline && (CLASS[after] !== LETTER || (after >= 65 && after <= 90))) {
      note(c === 116 ? MARK : STOP);
      return i + 2;
    }
    note(MATH);
    return endOfIdentifier(text, i + 2, n);
  }
  note(c === 34 || c === 39 ? MARK : MATH);
  return i + 2;
}

/**
 * $…$ and $$…$$. As in Pandoc, a single $ opens a formula only before a non-space and closes it only after a non-space
 * and before a non-digit, so that prices stay prices.
 */
function endOfDollars(text: string, i: number, n: number): number {
  if (text.charCodeAt(i + 1) === 36) {
    const close = text.indexOf("$$", i + 2);
    return close >= 0 && close - i < LONGEST_FORMULA ? close + 2 : i + 2;
  }
  const cls = i + 1 < n ? CLASS[text.charCodeAt(i + 1)] : SPACE;
  if (cls === SPACE || cls === NEWLINE) return i + 1;
  const limit = Math.min(n, i + LONGEST_FORMULA);
  for (let j = i + 2; j < limit; j++) {
    const c = text.charCodeAt(j);
    if (c === 10 && text.charCodeAt(j + 1) === 10) break;
    if (c !== 36) continue;
    const before = CLASS[text.charCodeAt(j - 1)];
    const after = j + 1 < n ? CLASS[text.charCodeAt(j + 1)] : SPACE;
    if (before !== SPACE && before !== NEWLINE && after !== DIGIT) return j + 1;
    break;
  }
  return i + 1;
}

/** The length of a chat template's mark that starts at i: 0 if none does. */
function lengthOfMark(text: string, i: number): number {
  CHAT_MARK.lastIndex = i;
  return CHAT_MARK.exec(text)?.[0].length ?? 0;
}

/** Whether the ">" at i quotes a line: nothing but others and spaces stand before it there. */
function quotes(text: string, i: number): boolean {
  for (let j = i - 1; j >= i - LONGEST_QUOTE; j--) {
    if (j < 0) return true;
    const cls = CLASS[text.charCodeAt(j)];
    if (cls === NEWLINE) return true;
    if (cls !== SPACE && text.charCodeAt(j) !== 62) return false;
  }
  return false;
}

function endOfBackticks(text: string, i: number, n: number): number {
  if (text.startsWith("```", i)) {
    const close = text.indexOf("```", i + 3);
    const end = close >= 0 ? close + 3 : n;
    const turn = TURN_END.exec(text.slice(i + 3, end));
    return turn ? i + 3 + turn.index : end;
  }
  const limit = Math.min(n, i + LONGEST_INLINE_CODE);
  for (let j = i + 1; j < limit; j++) {
    const c = text.charCodeAt(j);
    if (c === 10) break;
    if (c === 96) return j + 1;
  }
  return i + 1;
}

/** The form under which a word is counted: lower case, straight apostrophe, plain hyphen. */
export const normalise = (word: string) => word.toLowerCase().replace(/’/g, "'").replace(/[‐‑]/g, "-").normalize("NFC");

/** Whether two neighbouring words are written without a space between them (Chinese, Japanese, Thai, …). */
export function isUnspaced(left: string, right: string): boolean {
  return CLASS[left.charCodeAt(left.length - 1)] === SEGMENTED && CLASS[right.charCodeAt(0)] === SEGMENTED;
}

/** The words of a text as mining counts them: of scripts without spaces it takes words where matching takes characters. */
export function countedWords(text: string): string[] {
  const { length, start, end } = scan(text, createWords(64));
  return Array.from({ length }, (_, i) => normalise(text.slice(start[i], end[i])));
}
