/** Marks of a text: where it plans, which entry of a lexicon that belongs to, and what it does there. */
import type { Matcher, Occurrence } from "../lexicon/match.js";
import { createWords, scan, type Words } from "../text/words.js";
import { spansOf } from "./spans.js";
import type { Tagger } from "./tagger.js";

/** By what a text is marked: `context` by the tagger, `grams` by the lexicon's grams alone, whatever stands around them. */
export type Way = "context" | "grams";

/** One mark: words [first, last] of `text/words.ts` (none if last < first), UTF-16 offsets [start, end). */
export interface Mark {
  first: number;
  last: number;
  start: number;
  end: number;
  /** index into the matcher's entries, -1: none */
  entry: number;
  /** that it plans, in [0, 1]; undefined by grams, where the entry's weight is all that is known */
  probability?: number;
  /** what it does here, by its place in FUNCTIONS, null where that cannot be told; undefined by grams */
  function?: number | null;
}

/** The marks of a text, by their starts: by context they do not overlap, by grams they may. */
export interface Marks {
  marks: Mark[];
  words: number;
  /** words that begin inside marks, and those of them that are inside an occurrence of a gram */
  planningWords: number;
  coveredWords: number;
}

export interface Marker {
  /** the words of the text marked last, overwritten by the next */
  words: Words;
  mark(text: string): Marks;
}

/** Marks by the lexicon's grams alone: per starting word the longest. */
export function createGramMarker(matcher: Matcher): Marker {
  const { words } = matcher;
  return {
    words,
    mark(text) {
      const marks = matcher.find(text);
      const planningWords = insideOf(marks, words.length).reduce((sum, bit) => sum + bit, 0);
      return { marks, words: words.length, planningWords, coveredWords: planningWords };
    },
  };
}

/** Marks by context. Without a matcher no mark has an entry. */
export function createContextMarker(tagger: Tagger, matcher?: Matcher): Marker {
  const words = matcher?.words ?? createWords();
  return {
    words,
    mark(text) {
      const occurrences = matcher ? matcher.find(text) : [];
      if (!matcher) scan(text, words, "characters");
      const covered = insideOf(occurrences, words.length);
      let planningWords = 0;
      let coveredWords = 0;
      let word = 0;
      // Occurrences that end before a span belong neither to it nor to a later one.
      let from = 0;
      const marks = spansOf(tagger.model, tagger.read(text)).map(({ start, end, probability, function: purpose }) => {
        while (word < words.length && words.start[word] < start) word++;
        const first = word;
        for (; word < words.length && words.start[word] < end; word++) {
          planningWords++;
          coveredWords += covered[word];
        }
        while (from < occurrences.length && occurrences[from].last < first) from++;
        const entry = entryOf(occurrences, from, first, word - 1);
        return { first, last: word - 1, start, end, entry, probability, function: purpose };
      });
      return { marks, words: words.length, planningWords, coveredWords };
    },
  };
}

/** 1 per word inside any of the occurrences. */
function insideOf(occurrences: readonly { first: number; last: number }[], words: number): Uint8Array {
  const inside = new Uint8Array(words);
  for (const { first, last } of occurrences) inside.fill(1, first, last + 1);
  return inside;
}

/** The entry that words [first, last] belong to: the one with most of them, at least half of its own; of equals the first. */
function entryOf(occurrences: readonly Occurrence[], from: number, first: number, last: number): number {
  let best = -1;
  let most = 0;
  for (let i = from; i < occurrences.length && occurrences[i].first <= last; i++) {
    const { first: left, last: right, entry } = occurrences[i];
    const common = Math.min(last, right) - Math.max(first, left) + 1;
    if (common > most && 2 * common >= right - left + 1) {
      most = common;
      best = entry;
    }
  }
  return best;
}
