/**
 * A text as the stream of tokens that the tagger reads: words, numbers, single characters, and line breaks with the
 * space around them. integrations/python/sg_lexicon/stream.py does the same; change both together.
 */
import { CLASS, DIGIT, isPair, LETTER, lowerOf, NEWLINE, SEGMENTED, SPACE } from "../text/characters.js";

// Kinds of token.
export const OTHER = 0;
export const WORD = 1;
/** a character of a script written without spaces */
export const CHARACTER = 2;
export const NUMBER = 3;
/** white space with a line break in it */
export const BREAK = 4;

// Cases of a word.
export const LOWER = 0;
/** only the first character is upper case */
export const CAPITAL = 1;
/** all are, and there are two or more */
export const UPPER = 2;
export const MIXED = 3;

/** The tokens of one text as parallel arrays; reused from text to text, so copy what must last. */
export interface Stream {
  /** number of tokens */
  length: number;
  /** UTF-16 offsets of token i: [start[i], end[i]) */
  start: Int32Array;
  end: Int32Array;
  kind: Uint8Array;
  /** case * 2 + glued; glued: the token before ends where this one starts, neither being a break */
  shape: Uint8Array;
  /** line breaks in a BREAK: 1, or 2 for two and more */
  lines: Uint8Array;
}

export function createStream(capacity = 4096): Stream {
  return {
    length: 0,
    start: new Int32Array(capacity),
    end: new Int32Array(capacity),
    kind: new Uint8Array(capacity),
    shape: new Uint8Array(capacity),
    lines: new Uint8Array(capacity),
  };
}

function grow(stream: Stream): void {
  const larger = createStream(stream.start.length * 2);
  for (const name of ["start", "end", "kind", "shape", "lines"] as const) {
    larger[name].set(stream[name]);
    (stream[name] as Int32Array | Uint8Array) = larger[name];
  }
}

/** Cuts a text into tokens, writing over `out`. Linear in the text's length. */
export function readStream(text: string, out: Stream): Stream {
  const n = text.length;
  let count = 0;
  // Where the last token ended, unless it was a break.
  let glueAt = -1;
  let i = 0;
  while (i < n) {
    const start = i;
    let kind = OTHER;
    let shape = LOWER;
    let lines = 0;
    const first = classAt(text, i);
    if (first === LETTER) {
      kind = WORD;
      let letters = 0;
      let capitals = 0;
      let capitalFirst = false;
      for (;;) {
        const point = text.codePointAt(i)!;
        if (lowerOf(point) !== point) {
          capitals++;
          if (letters === 0) capitalFirst = true;
        }
        letters++;
        i += point > 0xffff ? 2 : 1;
        if (i < n && isApostrophe(text.charCodeAt(i)) && i + 1 < n && classAt(text, i + 1) === LETTER) i++;
        else if (i >= n || classAt(text, i) !== LETTER) break;
      }
      if (capitals > 0) shape = capitals > 1 ? (capitals === letters ? UPPER : MIXED) : capitalFirst ? CAPITAL : MIXED;
    } else if (first === SPACE || first === NEWLINE) {
      for (; i < n; i++) {
        const unit = text.charCodeAt(i);
        if (CLASS[unit] === NEWLINE) {
          // a carriage return and the line feed after it are one
          if (unit !== 10 || i === start || text.charCodeAt(i - 1) !== 13) lines++;
        } else if (CLASS[unit] !== SPACE) break;
      }
      if (lines === 0) continue;
      kind = BREAK;
    } else if (first === DIGIT) {
      kind = NUMBER;
      do i++;
      while (i < n && CLASS[text.charCodeAt(i)] === DIGIT);
    } else {
      kind = first === SEGMENTED ? CHARACTER : OTHER;
      i += isPair(text, i) ? 2 : 1;
    }
    if (count === out.start.length) grow(out);
    out.start[count] = start;
    out.end[count] = i;
    out.kind[count] = kind;
    out.shape[count] = shape * 2 + (start === glueAt && kind !== BREAK ? 1 : 0);
    out.lines[count] = Math.min(lines, 2);
    count++;
    glueAt = kind === BREAK ? -1 : i;
  }
  out.length = count;
  return out;
}

const isApostrophe = (unit: number) => unit === 0x27 || unit === 0x2019;

const classAt = (text: string, i: number): number => {
  const unit = text.charCodeAt(i);
  return (unit & 0xf800) === 0xd800 && isPair(text, i) ? CLASS[text.codePointAt(i)!] : CLASS[unit];
};

/** The form under which a token is looked up: lower case with straight apostrophes; "0" a number; line breaks a break. */
export function keyOf(text: string, { start, end, kind, lines }: Stream, token: number): string {
  switch (kind[token]) {
    case NUMBER:
      return "0";
    case BREAK:
      return lines[token] === 1 ? "\n" : "\n\n";
  }
  let key = "";
  for (let i = start[token]; i < end[token]; i++) {
    const point = text.codePointAt(i)!;
    if (point > 0xffff) i++;
    key += isApostrophe(point) ? "'" : String.fromCodePoint(lowerOf(point));
  }
  return key;
}
