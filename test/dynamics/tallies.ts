/** Tallies for tests, from traces written as a problem and the entries that occur. */
import { addToTally, createTally, type Tally } from "../../src/dynamics/tally.js";

export interface SimpleTrace {
  problem: number;
  entries: number[];
  /** number of the words that follow each; 0 (none) unless given */
  following?: number[];
  success?: boolean;
  words?: number;
}

export function tallyOf(step: number, traces: readonly SimpleTrace[]): Tally {
  const tally = createTally(step);
  traces.forEach(({ problem, entries, following, success, words = 100 }, key) => {
    const moves = entries.map((entry) => ({ first: 0, last: 0, start: 0, end: 0, entry }));
    addToTally(tally, {
      problem,
      key,
      success,
      tokens: undefined,
      moves: {
        words,
        planningWords: entries.length,
        occurrences: moves,
        moves,
        following: following ?? entries.map(() => 0),
      },
    });
  });
  return tally;
}
