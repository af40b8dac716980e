/**
 * Text in, occurrences of a lexicon's grams out. Matching is by the words of grams/words.ts: letter case, apostrophe
 * shapes and commas between words make no difference, a clause's end is never crossed, and a word is covered whole or
 * not at all. integrations/python/sg_lexicon does the same; change both together.
 */
import { isPair } from "../text/characters.js";
import { createWords, GAP_COMMA, isBreak, normalise, openingOf, STOP, scan, type Words } from "../text/words.js";
import type { Entry } from "./lexicon.js";

/** What matching needs of an entry: a bare list of grams has no more. */
export type GramEntry = Pick<Entry, "gram" | "spellings"> & Partial<Entry>;

/** One occurrence: words [first, last] of the text, UTF-16 offsets [start, end). */
export interface Occurrence {
  first: number;
  last: number;
  start: number;
  end: number;
  /** index into the matcher's entries */
  entry: number;
}

export interface Matcher {
  entries: readonly GramEntry[];
  /** entries of which no spelling can ever match: no word in them, or a clause's end between their words */
  unmatchable: number[];
  /** the words of the text of the last `find`, overwritten by the next */
  words: Words;
  /** Per starting word the longest occurrence, in the order of their starts; they may overlap. */
  find(text: string): Occurrence[];
}

/** Whether an entry found at words [first, last] counts as a planning move there. */
function counts(entry: GramEntry, words: Words, first: number, _last: number): boolean {
  if (entry.position === "clause-start") return startsClause(words.gap[first]);
  return true;
}

/**
 * After a sentence end, a line break or a comma between words. Not after a formula or code, with or without a comma:
 * there the computation goes on ("since x = 3, we have").
 */
const startsClause = (gap: number): boolean => gap === GAP_COMMA || (isBreak(gap) && openingOf(gap) === STOP);

/** The form under which words are compared. NFC, so that "é" is found however it is composed. */
const keyOf = normalise;

/** The words of one spelling as keys; undefined if it has none, a clause ends inside it, or more than they is in it ("let x"). */
export function wordsOf(spelling: string, words: Words = createWords(64)): string[] | undefined {
  scan(spelling, words, "characters");
  for (let i = 1; i < words.length; i++) if (isBreak(words.gap[i])) return undefined;
  if (words.length === 0) return undefined;
  const around = spelling.slice(0, words.start[0]) + spelling.slice(words.end[words.length - 1]);
  if (/[\p{L}\p{N}]/u.test(around)) return undefined;
  return Array.from({ length: words.length }, (_, i) => keyOf(spelling.slice(words.start[i], words.end[i])));
}

const NONE = -1;
const KNOWN_WORDS = 1 << 18;

/** Builds the Aho-Corasick automaton (Aho and Corasick 1975) over word ids of all grams and spellings. */
export function createMatcher(entries: readonly GramEntry[]): Matcher {
  const ids = new Map<string, number>();
  // Nodes of the trie as parallel arrays; 0 is the root.
  const next: Map<number, number>[] = [new Map()];
  const depth = [0];
  const endsHere: number[][] = [[]];
  const scratch = createWords(64);
  const unmatchable: number[] = [];
  let longest = 0;

  entries.forEach((entry, index) => {
    let matchable = false;
    for (const spelling of [entry.gram, ...entry.spellings]) {
      const keys = wordsOf(spelling, scratch);
      if (!keys) continue;
      matchable = true;
      let node = 0;
      for (const key of keys) {
        const id = ids.get(key) ?? ids.size;
        ids.set(key, id);
        let child = next[node].get(id);
        if (child === undefined) {
          child = next.length;
          next[node].set(id, child);
          next.push(new Map());
          depth.push(depth[node] + 1);
          endsHere.push([]);
        }
        node = child;
      }
      longest = Math.max(longest, keys.length);
      if (!endsHere[node].includes(index)) endsHere[node].push(index);
    }
    if (!matchable) unmatchable.push(index);
  });

  const { fail, output } = failures(next, endsHere);
  const words = createWords();
  // Ids by the word as written, so that a word is normalised once and not at each occurrence; NONE: in no gram.
  const known = new Map<string, number>();
  const idOf = (word: string): number => {
    let id = known.get(word);
    if (id === undefined) {
      id = ids.get(keyOf(word)) ?? NONE;
      if (known.size >= KNOWN_WORDS) known.clear();
      known.set(word, id);
    }
    return id;
  };
  // Per starting word: the longest occurrence so far, as its last word and its entry.
  let lastOf = new Int32Array(1024);
  let entryOf = new Int32Array(1024);

  function find(text: string): Occurrence[] {
    scan(text, words, "characters");
    const n = words.length;
    if (lastOf.length < n) {
      lastOf = new Int32Array(words.start.length);
      entryOf = new Int32Array(words.start.length);
    }
    lastOf.fill(-1, 0, n);
    let found = 0;
    let state = 0;
    for (let i = 0; i < n; i++) {
      if (isBreak(words.gap[i])) state = 0;
      const id = idOf(text.slice(words.start[i], words.end[i]));
      if (id === NONE) {
        state = 0;
        continue;
      }
      let child = next[state].get(id);
      while (child === undefined && state !== 0) {
        state = fail[state];
        child = next[state].get(id);
      }
      state = child ?? 0;
      for (let node = endsHere[state].length > 0 ? state : output[state]; node !== 0; node = output[node]) {
        const first = i - depth[node] + 1;
        // Ends come in ascending order, so a later one from the same start is the longer one.
        const entry = endsHere[node].find((index) => counts(entries[index], words, first, i));
        if (entry === undefined) continue;
        if (lastOf[first] < 0) found++;
        lastOf[first] = i;
        entryOf[first] = entry;
      }
    }
    const occurrences: Occurrence[] = [];
    for (let first = 0; occurrences.length < found; first++) {
      const last = lastOf[first];
      if (last >= 0)
        occurrences.push({ first, last, start: words.start[first], end: words.end[last], entry: entryOf[first] });
    }
    return occurrences;
  }

  return { entries, unmatchable, words, find };
}

/** Breadth first: where each node falls back to, and the nearest node on that way at which a gram ends (0: none). */
function failures(next: Map<number, number>[], endsHere: number[][]): { fail: Int32Array; output: Int32Array } {
  const fail = new Int32Array(next.length);
  const output = new Int32Array(next.length);
  const queue = [...next[0].values()];
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at];
    for (const [id, child] of next[node]) {
      let back = fail[node];
      while (back !== 0 && !next[back].has(id)) back = fail[back];
      fail[child] = next[back].get(id) ?? 0;
      output[child] = endsHere[fail[child]].length > 0 ? fail[child] : output[fail[child]];
      queue.push(child);
    }
  }
  return { fail, output };
}

/** Turns UTF-16 offsets of one text into code points, counted as Python counts them; fast for offsets near the last one. */
export function createCodePoints(text: string): (offset: number) => number {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return (offset) => offset;
  let at = 0;
  let points = 0;
  return (offset) => {
    // the second half of a pair is no code point of its own
    for (; at < offset; at++) if (!isPair(text, at - 1)) points++;
    for (; at > offset; at--) if (!isPair(text, at - 2)) points--;
    return points;
  };
}
