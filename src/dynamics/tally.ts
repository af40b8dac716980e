/**
 * What is kept of one training step: no text, but per trace a few numbers and per move three (16 bytes), so that steps can
 * be resampled. Everything read from it is independent of the order in which traces came.
 */
import { type Column, floats, integers, pushTo } from "./columns.js";
import { createTokenSums, type TokenSums } from "./forks.js";
import type { Moves } from "./moves.js";

export interface Tally {
  step: number;
  /** Per trace: index of its problem in the run, a number of its text, words, tokens (-1: not known), … */
  problem: Column<Int32Array>;
  key: Column<Float64Array>;
  words: Column<Int32Array>;
  planningWords: Column<Int32Array>;
  /** planning words that a gram of the lexicon covers */
  coveredWords: Column<Int32Array>;
  tokens: Column<Int32Array>;
  /** … 1, 0, or -1 where the record does not say whether it succeeded, … */
  success: Column<Int32Array>;
  /** … and where its moves end in the two columns below. */
  end: Column<Int32Array>;
  /** Per move: index of its entry (-1: none), place of its function (-1: none), number of the words that follow (0: none). */
  entry: Column<Int32Array>;
  purpose: Column<Int32Array>;
  following: Column<Float64Array>;
  tokenSums: TokenSums;
}

export const createTally = (step: number): Tally => ({
  step,
  problem: integers(),
  key: floats(),
  words: integers(),
  planningWords: integers(),
  coveredWords: integers(),
  tokens: integers(),
  success: integers(),
  end: integers(),
  entry: integers(),
  purpose: integers(),
  following: floats(),
  tokenSums: createTokenSums(),
});

export function addToTally(
  tally: Tally,
  trace: { problem: number; key: number; success: boolean | undefined; tokens: number | undefined; moves: Moves },
): void {
  const { moves } = trace;
  pushTo(tally.problem, trace.problem);
  pushTo(tally.key, trace.key);
  pushTo(tally.words, moves.words);
  pushTo(tally.planningWords, moves.planningWords);
  pushTo(tally.coveredWords, moves.coveredWords);
  pushTo(tally.tokens, trace.tokens ?? -1);
  pushTo(tally.success, trace.success === undefined ? -1 : Number(trace.success));
  moves.moves.forEach((move, i) => {
    pushTo(tally.entry, move.entry);
    pushTo(tally.purpose, moves.functions[i]);
    pushTo(tally.following, moves.following[i]);
  });
  pushTo(tally.end, tally.entry.length);
}
