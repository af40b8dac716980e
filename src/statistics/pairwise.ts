/**
 * A small model of which of two attempts at one problem is right: logistic regression of their differences, without an
 * intercept, with a ridge (the conditional likelihood of pairs).
 */
import { below, createRandom } from "./random.js";
import { type MixedGroup, solve } from "./within.js";

/** Folds of the cross-validation. */
export const FOLDS = 10;
/** Pairs of one group that are learned from, at most: more tell little new, and large groups must not rule. */
const MOST_PAIRS = 16;
/** A normal prior on what a standard deviation of a feature does to the log odds: 0.3 as a rule, so 1 / 0.3² and a bit. */
const RIDGE = 10;

/**
 * Scores every row of mixed groups by a model learned from the other folds' problems.
 * @param columns features, per row; no NaN
 * @param problems number of problems; those of a fold are drawn by the seed
 * @returns per row a score to be compared within its problem; NaN for rows in no group
 */
export function crossValidated(
  groups: readonly MixedGroup[],
  columns: readonly Float64Array[],
  problems: number,
  seed: number,
): Float64Array {
  const rows = columns[0]?.length ?? 0;
  const scores = new Float64Array(rows).fill(Number.NaN);
  const scaled = columns.map((column) => {
    const scale = spreadOf(groups, column);
    return column.map((value) => value / scale);
  });
  const foldOf = dealt(problems, seed);
  const random = createRandom(seed, "pairs");
  const drawn = groups.map((group) => pairsOf(group, random));
  for (let fold = 0; fold < FOLDS; fold++) {
    const learned = drawn.filter((_, g) => foldOf[groups[g].problem] !== fold);
    const coefficients = fitPairs(differencesOf(learned, scaled));
    for (const { problem, right, wrong } of groups)
      if (foldOf[problem] === fold)
        for (const row of [...right, ...wrong])
          scores[row] = scaled.reduce((sum, column, c) => sum + coefficients[c] * column[row], 0);
  }
  return scores;
}

/** Pairs as differences of their features, row by row, `width` numbers each. */
export interface Pairs {
  width: number;
  differences: Float64Array;
  weights: Float64Array;
}

/** The differences of pairs; all of a group's together have weight 1. */
function differencesOf(groups: readonly (readonly [number, number][])[], columns: readonly Float64Array[]): Pairs {
  const width = columns.length;
  const count = groups.reduce((sum, { length }) => sum + length, 0);
  const differences = new Float64Array(count * width);
  const weights = new Float64Array(count);
  let pair = 0;
  for (const group of groups)
    for (const [right, wrong] of group) {
      for (let c = 0; c < width; c++) differences[pair * width + c] = columns[c][right] - columns[c][wrong];
      weights[pair++] = 1 / group.length;
    }
  return { width, differences, weights };
}

/** The coefficients under which the first of each pair is most probably the right one; Newton's method. */
export function fitPairs(pairs: Pairs): Float64Array {
  const { width, differences, weights } = pairs;
  let coefficients = new Float64Array(width);
  let loss = lossOf(pairs, coefficients);
  const margins = new Float64Array(weights.length);
  for (let round = 0; round < 50; round++) {
    const gradient = coefficients.map((value) => RIDGE * value);
    const hessian = new Float64Array(width * width);
    for (let a = 0; a < width; a++) hessian[a * width + a] = RIDGE;
    marginsOf(pairs, coefficients, margins);
    for (let i = 0; i < weights.length; i++) {
      const lost = 1 / (1 + Math.exp(margins[i]));
      const bend = weights[i] * lost * (1 - lost);
      for (let a = 0; a < width; a++) {
        const x = differences[i * width + a];
        if (x === 0) continue;
        gradient[a] -= weights[i] * lost * x;
        for (let b = 0; b <= a; b++) hessian[a * width + b] += bend * x * differences[i * width + b];
      }
    }
    const step = solve(
      Array.from(gradient, (value, a) => [
        ...Array.from(gradient, (_, b) => hessian[Math.max(a, b) * width + Math.min(a, b)]),
        value,
      ]),
    );
    let size = 1;
    let next = coefficients;
    let nextLoss = loss;
    do {
      next = coefficients.map((value, a) => value - size * step[a]);
      nextLoss = lossOf(pairs, next);
      size /= 2;
    } while (nextLoss > loss && size > 1e-6);
    const gain = loss - nextLoss;
    if (!(gain > 0)) break;
    [coefficients, loss] = [next, nextLoss];
    if (gain < 1e-8 * loss) break;
  }
  return coefficients;
}

function marginsOf(
  { width, differences, weights }: Pairs,
  coefficients: Float64Array,
  out: Float64Array,
): Float64Array {
  for (let i = 0; i < weights.length; i++) {
    let margin = 0;
    for (let a = 0; a < width; a++) margin += differences[i * width + a] * coefficients[a];
    out[i] = margin;
  }
  return out;
}

function lossOf(pairs: Pairs, coefficients: Float64Array): number {
  let loss = (RIDGE / 2) * coefficients.reduce((sum, value) => sum + value * value, 0);
  const margins = marginsOf(pairs, coefficients, new Float64Array(pairs.weights.length));
  for (let i = 0; i < margins.length; i++) {
    const margin = margins[i];
    loss += pairs.weights[i] * (margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin);
  }
  return loss;
}

/** Standard deviation within groups; 1 where nothing varies. */
function spreadOf(groups: readonly MixedGroup[], column: Float64Array): number {
  let [squares, degrees] = [0, 0];
  for (const { right, wrong } of groups) {
    const rows = [...right, ...wrong];
    const mean = rows.reduce((sum, row) => sum + column[row], 0) / rows.length;
    for (const row of rows) squares += (column[row] - mean) ** 2;
    degrees += rows.length - 1;
  }
  return Math.sqrt(squares / Math.max(1, degrees)) || 1;
}

/** The fold of each problem: as many to each as can be. */
function dealt(problems: number, seed: number): Int32Array {
  const random = createRandom(seed, "folds");
  const order = Int32Array.from({ length: problems }, (_, i) => i);
  for (let i = problems - 1; i > 0; i--) {
    const j = below(random, i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const fold = new Int32Array(problems);
  order.forEach((problem, rank) => {
    fold[problem] = rank % FOLDS;
  });
  return fold;
}

function pairsOf({ right, wrong }: MixedGroup, random: () => number): [right: number, wrong: number][] {
  if (right.length * wrong.length <= MOST_PAIRS)
    return right.flatMap((r) => wrong.map((w): [number, number] => [r, w]));
  return Array.from({ length: MOST_PAIRS }, () => [
    right[below(random, right.length)],
    wrong[below(random, wrong.length)],
  ]);
}
