/** Tallies for tests, from traces written as a problem and the entries that occur. */
import { addToTally, createTally, type Tally } from "../../src/dynamics/tally.js";

export interface SimpleTrace {
  problem: number;
  entries: number[];
  /** number of the words that follow each; 0 (none) unless given */
  following?: number[];
  /** place of the function of each; unknown unless given */
  functions?: number[];
  success?: boolean;
  words?: number;
  /** planning words that the lexicon covers; all unless given */
  covered?: number;
}

export function tallyOf(step: number, traces: readonly SimpleTrace[]): Tally {
  const tally = createTally(step);
  traces.forEach(({ problem, entries, following, functions, success, words = 100, covered = entries.length }, key) => {
    const marks = entries.map((entry) => ({ first: 0, last: 0, start: 0, end: 0, entry }));
    addToTally(tally, {
      problem,
      key,
      success,
      tokens: undefined,
      moves: {
        words,
        planningWords: entries.length,
        coveredWords: covered,
        marks,
        moves: marks,
        functions: functions ?? entries.map(() => -1),
        following: following ?? entries.map(() => 0),
      },
    });
  });
  return tally;
}
