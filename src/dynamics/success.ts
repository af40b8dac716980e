/** Right against wrong attempts at the same problems: whether planning tells them apart, beyond their length. */
import {
  aucs,
  type Effect,
  effectOf,
  lengthsOf,
  meanOverProblems,
  mixedGroupsByStep,
  type Ranged,
  withoutLength,
} from "../statistics/within.js";
import type { Tally } from "./tally.js";

export interface SuccessComparison {
  /** what two compared attempts have in common: the step too, unless that leaves too few problems */
  within: ("problem" | "step")[];
  problems: number;
  attempts: number;
  /** of a right and a wrong attempt */
  pairs: number;
  planningRatio: SuccessEffect;
  movesPerTrace: SuccessEffect;
  /** AUC of length alone: share of the pairs in which the right attempt is longer */
  length: Ranged;
}

export interface SuccessEffect extends Effect {
  /** share of the pairs in which the right attempt has more, ties as half; and of what is left at equal length */
  auc: Ranged;
  aucCorrected: Ranged | null;
}

const DRAWS = 1000;

/** Null where fewer than LEAST_PROBLEMS problems have both outcomes. */
export function successOf(tallies: readonly Tally[], seed: number): SuccessComparison | null {
  const rows = tallies
    .flatMap((tally) =>
      Array.from({ length: tally.key.length }, (_, i) => ({
        step: tally.step,
        problem: tally.problem.data[i],
        key: tally.key.data[i],
        success: tally.success.data[i],
        words: tally.words.data[i],
        planningWords: tally.planningWords.data[i],
        moves: tally.end.data[i] - (i === 0 ? 0 : tally.end.data[i - 1]),
      })),
    )
    .filter(({ success }) => success >= 0)
    // an order of their own: sums must not depend on that of the input
    .sort((a, b) => a.problem - b.problem || a.step - b.step || a.key - b.key || a.success - b.success);
  const column = (of: (row: (typeof rows)[number]) => number) => Float64Array.from(rows, of);
  const { groups, problems, byStep } = mixedGroupsByStep(
    column(({ problem }) => problem),
    column(({ success }) => success),
    column(({ step }) => step),
  );
  const words = column((row) => row.words);
  const lengths = lengthsOf(words);
  const mean = (values: Float64Array) => meanOverProblems(aucs(groups, values, problems), DRAWS, seed);
  const compared = (values: Float64Array): SuccessEffect | undefined => {
    const effect = effectOf(groups, values, lengths, DRAWS, seed);
    const auc = mean(values);
    if (!effect || !auc) return undefined;
    const aucCorrected = effect.corrected ? (mean(withoutLength(groups, values, lengths)) ?? null) : null;
    return { ...effect, auc, aucCorrected };
  };
  const planningRatio = compared(column((row) => (row.words > 0 ? row.planningWords / row.words : 0)));
  const movesPerTrace = compared(column((row) => row.moves));
  const length = mean(words);
  if (!planningRatio || !movesPerTrace || !length) return null;
  return {
    within: byStep ? ["problem", "step"] : ["problem"],
    problems,
    attempts: groups.reduce((sum, { right, wrong }) => sum + right.length + wrong.length, 0),
    pairs: groups.reduce((sum, { right, wrong }) => sum + right.length * wrong.length, 0),
    planningRatio,
    movesPerTrace,
    length,
  };
}
