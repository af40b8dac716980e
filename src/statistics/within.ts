/**
 * Right against wrong attempts within groups: attempts at one problem, so that hard problems do not pose as an effect.
 * Problems, not attempts, are drawn for intervals: attempts at one problem are alike.
 */
import { quantileSorted } from "d3-array";
import { below, createRandom } from "./random.js";
import { twoSided } from "./significance.js";

/** A group with attempts of both outcomes, as rows of whatever is compared. */
export interface MixedGroup {
  /** index of its problem, from 0 */
  problem: number;
  right: number[];
  wrong: number[];
}

/**
 * The groups of both outcomes among attempts given in an order of their own; problems are numbered as they come.
 * @param partOf attempts of one problem are compared where these are equal too
 */
export function mixedGroups(
  problem: ArrayLike<string | number>,
  success: ArrayLike<number>,
  partOf: (row: number) => string = () => "",
): { groups: MixedGroup[]; problems: number } {
  const found = new Map<string, { right: number[]; wrong: number[] }>();
  for (let row = 0; row < problem.length; row++) {
    const key = JSON.stringify([problem[row], partOf(row)]);
    let group = found.get(key);
    if (!group) {
      group = { right: [], wrong: [] };
      found.set(key, group);
    }
    (success[row] ? group.right : group.wrong).push(row);
  }
  const numbers = new Map<string | number, number>();
  const groups: MixedGroup[] = [];
  for (const { right, wrong } of found.values()) {
    if (right.length === 0 || wrong.length === 0) continue;
    const name = problem[right[0]];
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    groups.push({ problem: numbers.get(name)!, right, wrong });
  }
  return { groups, problems: numbers.size };
}

/**
 * The same within training steps, as in a group of GRPO, where that leaves LEAST_PROBLEMS; else across them.
 * @param step of each attempt; undefined where the record has none
 */
export function mixedGroupsByStep(
  problem: ArrayLike<string | number>,
  success: ArrayLike<number>,
  step: ArrayLike<string | number | undefined>,
  partOf: (row: number) => string = () => "",
): { groups: MixedGroup[]; problems: number; byStep: boolean } {
  if (Array.prototype.some.call(step, (one) => one !== undefined)) {
    const stepwise = mixedGroups(problem, success, (row) => JSON.stringify([step[row] ?? null, partOf(row)]));
    if (stepwise.problems >= LEAST_PROBLEMS) return { ...stepwise, byStep: true };
  }
  return { ...mixedGroups(problem, success, partOf), byStep: false };
}

/** A number with its 95 % interval. */
export interface Ranged {
  value: number;
  low: number;
  high: number;
}

export interface Difference extends Ranged {
  /** two-sided, of no difference, from a variance robust to attempts at one problem being alike */
  p: number;
  /** the difference over the standard deviation within groups */
  standardised: number;
}

export interface Effect {
  problems: number;
  /** means of right and of wrong attempts; every group counts as much as it tells (n right · n wrong / n) */
  right: number;
  wrong: number;
  /** right less wrong, as they are */
  raw: Difference;
  /** the same among attempts of equal length; null where length leaves nothing to compare */
  corrected: Difference | null;
}

/** Fewer problems than this give no interval worth its name: bench/success.mjs says how often it misses. */
export const LEAST_PROBLEMS = 20;

/** What an attempt's length may do to a number: as its logarithm, as it is, or in between; two decades are followed by these. */
const CURVES: readonly ((words: number) => number)[] = [
  (words) => Math.log1p(words),
  (words) => Math.sqrt(words),
  (words) => words,
];

/** The length of each row in the forms that curves over length are made of. */
export const lengthsOf = (words: ArrayLike<number>): Float64Array[] =>
  CURVES.map((curve) => Float64Array.from({ length: words.length }, (_, row) => curve(words[row])));

const VALUE = 0;
const SUCCESS = 1;
const SIZE = 2 + CURVES.length;

/**
 * The difference that success makes to a value: least squares with a mean of its own for each group and, corrected, a
 * curve over length beside it.
 * @param values per row; rows with NaN are left out
 * @returns undefined where fewer than LEAST_PROBLEMS problems have both outcomes
 */
export function effectOf(
  groups: readonly MixedGroup[],
  values: Float64Array,
  lengths: readonly Float64Array[],
  draws: number,
  seed: number,
): Effect | undefined {
  const kept = known(groups, values);
  const { products, rows } = productsOf(kept, [values, ...lengths]);
  if (products.length < LEAST_PROBLEMS) return undefined;
  const total = all(products);
  const sd = Math.sqrt(at(total, VALUE, VALUE) / Math.max(1, rows - kept.length));
  let [right, wrong, weights] = [0, 0, 0];
  for (const group of kept) {
    const weight = (group.right.length * group.wrong.length) / (group.right.length + group.wrong.length);
    weights += weight;
    right += weight * meanOf(group.right, values);
    wrong += weight * meanOf(group.wrong, values);
  }
  const difference = (covariates: readonly number[]): Difference | null => {
    const fit = (matrix: Float64Array) => leastSquares(matrix, VALUE, [SUCCESS, ...covariates]);
    const [value] = fit(total);
    // what is left of success when length is known
    const onLengths = leastSquares(total, SUCCESS, covariates);
    const left =
      at(total, SUCCESS, SUCCESS) - covariates.reduce((sum, c, i) => sum + onLengths[i] * at(total, SUCCESS, c), 0);
    if (!(left > 1e-9 * at(total, SUCCESS, SUCCESS))) return null;
    const spread = resampled(products.length, draws, seed, (draw) => fit(sumOf(draw, products))[0]);
    const coefficients = fit(total);
    const scores = products.map((matrix) => scoreOf(matrix, covariates, onLengths, coefficients));
    const { length } = products;
    const variance =
      (scores.reduce((sum, score) => sum + score * score, 0) / (left * left)) * (length / Math.max(1, length - 1));
    return {
      value,
      ...percentiles(spread),
      p: variance > 0 ? twoSided(value / Math.sqrt(variance)) : 1,
      standardised: sd > 0 ? value / sd : 0,
    };
  };
  return {
    problems: products.length,
    right: right / weights,
    wrong: wrong / weights,
    raw: difference([])!,
    corrected: difference(CURVES.map((_, i) => 2 + i)),
  };
}

/** The values less what their lengths make of them, by the fit of `effectOf`. */
export function withoutLength(
  groups: readonly MixedGroup[],
  values: Float64Array,
  lengths: readonly Float64Array[],
): Float64Array {
  const covariates = CURVES.map((_, i) => 2 + i);
  const coefficients = leastSquares(all(productsOf(known(groups, values), [values, ...lengths]).products), VALUE, [
    SUCCESS,
    ...covariates,
  ]);
  return values.map((value, row) => value - lengths.reduce((sum, of, i) => sum + coefficients[1 + i] * of[row], 0));
}

/** The groups without rows of unknown value, as far as both outcomes are left. */
const known = (groups: readonly MixedGroup[], values: Float64Array): MixedGroup[] =>
  groups
    .map(({ problem, right, wrong }) => ({
      problem,
      right: right.filter((row) => !Number.isNaN(values[row])),
      wrong: wrong.filter((row) => !Number.isNaN(values[row])),
    }))
    .filter(({ right, wrong }) => right.length > 0 && wrong.length > 0);

/** Per problem the sums of products of value, success and lengths, each less its mean in the group. */
function productsOf(groups: readonly MixedGroup[], columns: readonly Float64Array[]) {
  const byProblem = new Map<number, Float64Array>();
  let count = 0;
  const row = new Float64Array(SIZE);
  for (const { problem, right, wrong } of groups) {
    let matrix = byProblem.get(problem);
    if (!matrix) {
      matrix = new Float64Array(SIZE * SIZE);
      byProblem.set(problem, matrix);
    }
    const attempts = [...right, ...wrong];
    const means = columns.map((column) => meanOf(attempts, column));
    const share = right.length / attempts.length;
    count += attempts.length;
    attempts.forEach((index, i) => {
      columns.forEach((column, c) => {
        row[c === 0 ? VALUE : 1 + c] = column[index] - means[c];
      });
      row[SUCCESS] = (i < right.length ? 1 : 0) - share;
      for (let a = 0; a < SIZE; a++) for (let b = 0; b < SIZE; b++) matrix[a * SIZE + b] += row[a] * row[b];
    });
  }
  return { products: [...byProblem.values()], rows: count };
}

const at = (matrix: Float64Array, a: number, b: number) => matrix[a * SIZE + b];

const meanOf = (rows: readonly number[], values: Float64Array): number =>
  rows.reduce((sum, row) => sum + values[row], 0) / rows.length;

function sumOf(draw: readonly number[], products: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(SIZE * SIZE);
  for (const one of draw) for (let i = 0; i < sum.length; i++) sum[i] += products[one][i];
  return sum;
}

const all = (products: readonly Float64Array[]) => sumOf([...products.keys()], products);

/** Coefficients of the least-squares fit of one column by others, from their products. */
function leastSquares(matrix: Float64Array, of: number, by: readonly number[]): number[] {
  // in units of each column's own spread, with a little added to the diagonal: lengths may all be equal
  const scale = by.map((a) => Math.sqrt(at(matrix, a, a)) || 1);
  const equations = by.map((a, i) => [
    ...by.map((b, j) => at(matrix, a, b) / (scale[i] * scale[j]) + (i === j ? 1e-10 : 0)),
    at(matrix, a, of) / scale[i],
  ]);
  return solve(equations).map((value, i) => value / scale[i]);
}

/** Solves linear equations, each with its right side last, by Gauss's elimination; for those of no content, 0. */
export function solve(equations: number[][]): number[] {
  const n = equations.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++)
      if (Math.abs(equations[row][column]) > Math.abs(equations[pivot][column])) pivot = row;
    [equations[column], equations[pivot]] = [equations[pivot], equations[column]];
    const head = equations[column][column];
    if (head === 0) continue;
    for (let row = 0; row < n; row++) {
      if (row === column) continue;
      const factor = equations[row][column] / head;
      if (factor !== 0) for (let i = column; i <= n; i++) equations[row][i] -= factor * equations[column][i];
    }
  }
  return equations.map((row, i) => (row[i] === 0 ? 0 : row[n] / row[i]));
}

/** One problem's part in the score of success: residual of success times residual of the value. */
function scoreOf(
  matrix: Float64Array,
  covariates: readonly number[],
  onLengths: readonly number[],
  [effect, ...curve]: readonly number[],
): number {
  const success: [number, number][] = [[SUCCESS, 1], ...covariates.map((c, i): [number, number] => [c, -onLengths[i]])];
  const value: [number, number][] = [
    [VALUE, 1],
    [SUCCESS, -effect],
    ...covariates.map((c, i): [number, number] => [c, -curve[i]]),
  ];
  let score = 0;
  for (const [a, x] of success) for (const [b, y] of value) score += x * y * at(matrix, a, b);
  return score;
}

/**
 * Per problem the probability that a right attempt's score is above a wrong one's of the same group, ties counting as
 * half (Mann and Whitney's U over the number of pairs); the mean over the problem's groups. Rows with NaN are left out.
 * @returns by the problems' indices; NaN where a problem has no pair
 */
export function aucs(groups: readonly MixedGroup[], scores: ArrayLike<number>, problems: number): Float64Array {
  const sums = new Float64Array(problems);
  const counts = new Float64Array(problems);
  for (const { problem, right, wrong } of groups) {
    const auc = aucOf(right, wrong, scores);
    if (auc === undefined) continue;
    sums[problem] += auc;
    counts[problem]++;
  }
  return sums.map((sum, problem) => (counts[problem] === 0 ? Number.NaN : sum / counts[problem]));
}

function aucOf(right: readonly number[], wrong: readonly number[], scores: ArrayLike<number>): number | undefined {
  const valuesOf = (rows: readonly number[]) =>
    Float64Array.from(rows, (row) => scores[row])
      .filter((score) => !Number.isNaN(score))
      .sort();
  const [above, under] = [valuesOf(right), valuesOf(wrong)];
  if (above.length === 0 || under.length === 0) return undefined;
  let wins = 0;
  let lower = 0;
  let upTo = 0;
  for (const score of above) {
    while (lower < under.length && under[lower] < score) lower++;
    while (upTo < under.length && under[upTo] <= score) upTo++;
    wins += lower + (upTo - lower) / 2;
  }
  return wins / (above.length * under.length);
}

/** The mean over problems with its interval; the same seed draws the same problems. Undefined for too few. */
export function meanOverProblems(values: Float64Array, draws: number, seed: number): Ranged | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length < LEAST_PROBLEMS) return undefined;
  const spread = resampled(
    known.length,
    draws,
    seed,
    (draw) => draw.reduce((sum, i) => sum + known[i], 0) / draw.length,
  );
  return { value: known.reduce((sum, value) => sum + value, 0) / known.length, ...percentiles(spread) };
}

/** What `of` gives of problems drawn with replacement, so often; the same seed draws the same. */
export function resampled(size: number, draws: number, seed: number, of: (draw: number[]) => number): number[] {
  const random = createRandom(seed, "problems");
  const draw = new Array<number>(size);
  return Array.from({ length: draws }, () => {
    for (let i = 0; i < size; i++) draw[i] = below(random, size);
    return of(draw);
  });
}

/** The middle 95 % of draws. Sorts them in place. */
export function percentiles(spread: number[]): { low: number; high: number } {
  const sorted = spread.sort((a, b) => a - b);
  return { low: quantileSorted(sorted, 0.025)!, high: quantileSorted(sorted, 0.975)! };
}
