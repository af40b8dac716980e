import type { Usage } from "./corpus.js";
import {
  BEFORE_COMMA,
  BEFORE_MATH,
  CLOSING,
  COUNTERS,
  EARLY,
  INITIAL,
  LATE,
  LAVISH,
  OCCURRENCES,
  OPENING,
  PROBLEMS,
  TRACES,
} from "./counting.js";
import type { Trie } from "./trie.js";

/** The words of a node as numbers. */
export function pathOf(trie: Pick<Trie, "parent" | "word">, node: number): number[] {
  const path: number[] = [];
  for (let at = node; at !== 0; at = trie.parent(at)) path.push(trie.word(at));
  return path.reverse();
}

/** The words of a node joined by spaces. */
export const textOf = (path: readonly number[], words: readonly string[]): string =>
  path.map((word) => words[word]).join(" ");

/** A node's counts as shares. */
export function usageOf({ rows }: { rows: ArrayLike<number> }, node: number): Usage {
  const row = node * COUNTERS;
  const occurrences = rows[row + OCCURRENCES];
  return {
    problems: rows[row + PROBLEMS],
    traces: rows[row + TRACES],
    occurrences,
    opening: rows[row + OPENING] / occurrences,
    closing: rows[row + CLOSING] / occurrences,
    initial: rows[row + INITIAL] / occurrences,
    beforeComma: rows[row + BEFORE_COMMA] / occurrences,
    beforeMath: rows[row + BEFORE_MATH] / occurrences,
    early: rows[row + EARLY] / occurrences,
    late: rows[row + LATE] / occurrences,
    lavish: rows[row + LAVISH] / rows[row + TRACES],
  };
}
