/**
 * The counts of src/grams, worked out as plainly as can be: every gram a string, every set a Set. Shares the tokeniser
 * with the real counting and nothing else.
 */
import { LONGEST_WORD } from "../../src/grams/vocabulary.js";
import {
  CODE,
  COMMA,
  closingOf,
  createWords,
  GAP_COMMA,
  GAP_SPACE,
  isBreak,
  isUnspaced,
  MARK,
  MATH,
  normalise,
  openingOf,
  STOP,
  scan,
} from "../../src/text/words.js";

export interface Text {
  problem: string;
  text: string;
}

export interface Counts {
  problems: number;
  traces: number;
  occurrences: number;
  initial: number;
  opening: number;
  closing: number;
  beforeComma: number;
  beforeMath: number;
  early: number;
  late: number;
  lavish: number;
}

interface Gap {
  break: boolean;
  comma: boolean;
  /** of a break: what it begins and ends with */
  first: number;
  last: number;
}
interface Word {
  spelling: string;
  word: string;
  before: Gap;
  after: Gap;
}

const gapOf = (gap: number): Gap => ({
  break: isBreak(gap),
  comma: gap === GAP_COMMA,
  first: isBreak(gap) ? closingOf(gap) : gap === GAP_SPACE ? CODE : COMMA,
  last: isBreak(gap) ? openingOf(gap) : gap === GAP_SPACE ? CODE : COMMA,
});

/** What a word too long to count leaves between its neighbours: a break, as if it were code. */
const joined = (before: Gap, after: Gap): Gap => ({
  break: true,
  comma: false,
  first: before.first === MARK ? CODE : before.first,
  last: after.last,
});

function wordsOf(text: string): Word[] {
  const { length, start, end, gap } = scan(text, createWords());
  const words: Word[] = [];
  let before = gapOf(gap[0]);
  for (let i = 0; i < length; i++) {
    const spelling = text.slice(start[i], end[i]);
    const after = gapOf(gap[i + 1]);
    if (spelling.length <= LONGEST_WORD) {
      if (words.length > 0) words[words.length - 1].after = before;
      words.push({ spelling, word: normalise(spelling), before, after });
      before = after;
    } else before = joined(before, after);
  }
  if (words.length > 0) words[words.length - 1].after = before;
  return words;
}

/** Every occurrence of every gram of up to maxN words: calls `see` with its words. */
function forEachGram(words: readonly Word[], maxN: number, see: (gram: Word[], at: number) => void): void {
  for (let i = 0; i < words.length; i++)
    for (let n = 1; n <= maxN && i + n <= words.length; n++) {
      if (n > 1 && words[i + n - 1].before.break) break;
      see(words.slice(i, i + n), i);
    }
}

const nameOf = (gram: readonly Word[]) => gram.map(({ word }) => word).join(" ");

/** Exact counts of the grams with at least `floor` problems, by name. */
export function naiveCounts(texts: readonly Text[], maxN: number, floor: number): Map<string, Counts> {
  const seen = new Map<string, { problems: Set<string>; perTrace: Map<number, number>; counts: Counts }>();
  texts.forEach(({ problem, text }, trace) => {
    const words = wordsOf(text);
    // the words of a repeated clause of four words and more, but for its first time
    const stale = new Set<number>();
    const clauses = new Set<string>();
    for (let i = 0, from = 0; i < words.length; i++) {
      if (!words[i].after.break) continue;
      const clause = words.slice(from, i + 1);
      if (clause.length >= 4 && clauses.has(nameOf(clause))) for (let k = from; k <= i; k++) stale.add(k);
      clauses.add(nameOf(clause));
      from = i + 1;
    }
    forEachGram(words, maxN, (gram, at) => {
      const name = nameOf(gram);
      let of = seen.get(name);
      if (!of) {
        const zero = { problems: 0, traces: 0, occurrences: 0, initial: 0, opening: 0, closing: 0 };
        of = {
          problems: new Set(),
          perTrace: new Map(),
          counts: { ...zero, beforeComma: 0, beforeMath: 0, early: 0, late: 0, lavish: 0 },
        };
        seen.set(name, of);
      }
      const { counts, problems, perTrace } = of;
      const { before } = gram[0];
      const { after } = gram[gram.length - 1];
      const initial = before.break && before.last === STOP;
      problems.add(problem);
      perTrace.set(trace, (perTrace.get(trace) ?? 0) + (stale.has(at) ? 0 : 1));
      counts.occurrences++;
      if (initial) counts.initial++;
      if (initial || before.comma || (before.break && before.last === COMMA)) counts.opening++;
      const beforeComma = after.comma || (after.break && after.first === COMMA);
      if (beforeComma) counts.beforeComma++;
      if (beforeComma || (after.break && after.first === STOP)) counts.closing++;
      if (after.break && (after.first === MATH || after.first === CODE)) counts.beforeMath++;
      if (at * 16 < words.length) counts.early++;
      else if (at * 16 >= 15 * words.length) counts.late++;
    });
  });
  const result = new Map<string, Counts>();
  for (const [name, { problems, perTrace, counts }] of seen) {
    if (problems.size < floor) continue;
    counts.problems = problems.size;
    counts.traces = perTrace.size;
    counts.lavish = [...perTrace.values()].filter((n) => n > 3).length;
    result.set(name, counts);
  }
  return result;
}

/** The spellings of a gram with their counts. */
export function naiveSpellings(texts: readonly Text[], name: string): Map<string, number> {
  const counts = new Map<string, number>();
  const n = name.split(" ").length;
  for (const { text } of texts)
    forEachGram(wordsOf(text), n, (gram) => {
      if (gram.length !== n || nameOf(gram) !== name) return;
      let spelt = "";
      gram.forEach(({ spelling, before }, i) => {
        const unspaced = i > 0 && isUnspaced(gram[i - 1].spelling, spelling);
        if (i > 0) spelt += before.comma ? (unspaced ? "，" : ", ") : unspaced ? "" : " ";
        spelt += spelling;
      });
      counts.set(spelt, (counts.get(spelt) ?? 0) + 1);
    });
  return counts;
}

/** Problems, traces and places of any of the grams; of overlapping places the first counts. */
export function naiveUnion(texts: readonly Text[], names: ReadonlySet<string>) {
  const longest = Math.max(...[...names].map((name) => name.split(" ").length));
  const problems = new Set<string>();
  let traces = 0;
  let occurrences = 0;
  for (const { problem, text } of texts) {
    const marked: [number, number][] = [];
    forEachGram(wordsOf(text), longest, (gram, at) => {
      if (names.has(nameOf(gram))) marked.push([at, at + gram.length]);
    });
    if (marked.length === 0) continue;
    problems.add(problem);
    traces++;
    let until = 0;
    for (const [from, to] of marked) {
      if (from >= until) occurrences++;
      until = Math.max(until, to);
    }
  }
  return { problems: problems.size, traces, occurrences };
}
