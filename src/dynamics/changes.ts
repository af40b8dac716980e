/**
 * Change points of a curve: a continuous line of straight pieces, with a knot wherever one more is worth it. Whether it
 * is, and whether a piece rises or falls, is decided against simulated curves without it, whose noise has the variance
 * and the lag-one correlation of the curve's own: noise that drifts must not pass for a change.
 */
import { extent, mean } from "d3-array";
import { createRandom, normal, type Random } from "../statistics/random.js";

export interface Point {
  step: number;
  value: number;
}

export type Direction = "rising" | "falling" | "flat";

export interface Piece {
  /** steps */
  from: number;
  to: number;
  /** fitted values there */
  start: number;
  end: number;
  direction: Direction;
  /** of a slope this far from 0 where there is none */
  p: number;
}

export interface Changes {
  /** points of the curve; with fewer than LEAST_POINTS, `pieces` is empty */
  points: number;
  /** knots in the order of the steps, with the p of each when it was added */
  knots: { step: number; p: number }[];
  pieces: Piece[];
  /** p of the best change that was not taken; absent where no more could be placed */
  rejected?: number;
}

export const LEAST_POINTS = 8;
/** Changes and slopes are taken at this p: one curve in a hundred without any shows one. */
const ALPHA = 0.01;
// At most this many, and one per ten points: with more, a fit of a short curve follows its noise.
const MOST_KNOTS = 3;
const SIMULATIONS = 999;
// Longer curves are averaged down to this many points: a phase is longer than a hundredth of the run.
const MOST_POINTS = 100;

/** Finds the change points of a curve given in the order of its steps. Steps count by rank, evenly spaced. */
export function changesOf(curve: readonly Point[], seed: number): Changes {
  if (curve.length < LEAST_POINTS) return { points: curve.length, knots: [], pieces: [] };
  const points = thinned(curve);
  const n = points.length;
  const margin = Math.max(3, Math.ceil(n / 10));
  const y = Float64Array.from(points, ({ value }) => value);
  const random = createRandom(seed, "changes");
  const most = Math.max(1, Math.min(MOST_KNOTS, Math.floor(n / 10)));
  const knots: { at: number; p: number }[] = [];
  let rejected: number | undefined;
  // A curve that bends and bends back gains little by one knot, so two at once are tried as well; each test has half of ALPHA.
  search: while (knots.length < most) {
    rejected = undefined;
    const places = knots.map(({ at }) => at);
    const candidates = candidatesOf(n, margin, places);
    for (const size of knots.length + 2 <= most ? [1, 2] : [1]) {
      const best = bestKnots(y, candidates, size);
      if (!best) continue;
      // The noise is judged with the knots in place, so that a real change does not look like correlation
      const noise = noiseOf(y, random, (values) => withKnots(candidates, bestKnots(values, candidates, size)!.at));
      const p = shareAtLeast(best.f, () => bestKnots(draw(noise, n, random), candidates, size)!.f);
      if (p <= (most > 1 ? ALPHA / 2 : ALPHA)) {
        knots.push(...best.at.map((at) => ({ at, p })));
        continue search;
      }
      rejected = Math.min(p, rejected ?? 1);
    }
    break;
  }
  knots.sort((a, b) => a.at - b.at);
  const pieces = piecesOf(
    points,
    y,
    knots.map(({ at }) => at),
    random,
  );
  return { points: curve.length, knots: knots.map(({ at, p }) => ({ step: points[at].step, p })), pieces, rejected };
}

/** What a fit with some knots may gain by one more: where it may be, and its hinge's part orthogonal to that fit. */
interface Candidates {
  basis: Float64Array[];
  at: number[];
  hinges: Float64Array[];
  /** products of the hinges, row by row */
  products: Float64Array;
  margin: number;
}

function candidatesOf(n: number, margin: number, places: readonly number[]): Candidates {
  const basis = basisOf(n, places);
  const at: number[] = [];
  const hinges: Float64Array[] = [];
  for (let i = margin; i < n - margin; i++) {
    if (places.some((place) => Math.abs(place - i) < margin)) continue;
    const hinge = orthogonal(hingeOf(n, i), basis);
    if (!hinge) continue;
    at.push(i);
    hinges.push(hinge);
  }
  const products = Float64Array.from(hinges.flatMap((a) => hinges.map((b) => dot(a, b))));
  return { basis, at, hinges, products, margin };
}

/** The one or two candidates that explain most of what the fit leaves; f is what they explain over what remains. */
function bestKnots(
  values: Float64Array,
  { basis, at, hinges, products, margin }: Candidates,
  size: number,
): { at: number[]; f: number } | undefined {
  const residuals = residualsOf(values, basis);
  const rss = dot(residuals, residuals);
  const along = hinges.map((hinge) => dot(hinge, residuals));
  let most = -1;
  let knots: number[] = [];
  for (let a = 0; a < at.length; a++) {
    if (size === 1) {
      if (along[a] ** 2 <= most) continue;
      most = along[a] ** 2;
      knots = [at[a]];
      continue;
    }
    for (let b = a + 1; b < at.length; b++) {
      if (at[b] - at[a] < margin) continue;
      const product = products[a * at.length + b];
      const explained = along[a] ** 2 + (along[b] - product * along[a]) ** 2 / (1 - product * product);
      if (explained <= most) continue;
      most = explained;
      knots = [at[a], at[b]];
    }
  }
  return knots.length > 0 ? { at: knots, f: most / Math.max(rss - most, 1e-12 * rss || 1e-300) } : undefined;
}

/** Averages of neighbouring points, at the step of the middle one. */
function thinned(curve: readonly Point[]): Point[] {
  const size = Math.ceil(curve.length / MOST_POINTS);
  if (size === 1) return [...curve];
  const points: Point[] = [];
  for (let from = 0; from < curve.length; from += size) {
    const part = curve.slice(from, from + size);
    points.push({ step: part[part.length >> 1].step, value: mean(part, ({ value }) => value)! });
  }
  points[0].step = curve[0].step;
  points.at(-1)!.step = curve.at(-1)!.step;
  return points;
}

function piecesOf(points: Point[], y: Float64Array, knots: number[], random: Random): Piece[] {
  const n = points.length;
  const ends = [0, ...knots, n - 1];
  const basis = basisOf(n, knots);
  const fitOf = (values: Float64Array) => {
    const residuals = residualsOf(values, basis);
    const scale = Math.sqrt(dot(residuals, residuals) / (n - basis.length));
    const fitted = values.map((value, i) => value - residuals[i]);
    const slopes = ends.slice(1).map((end, i) => (fitted[end] - fitted[ends[i]]) / (end - ends[i]));
    return { fitted, slopes, scale };
  };
  const { fitted, slopes, scale } = fitOf(y);
  const noise = noiseOf(y, random, () => basis);
  const ratio = (slope: number, by: number) => Math.abs(slope) / Math.max(by, 1e-12 * Math.abs(slope) || 1e-300);
  const larger = slopes.map(() => 1);
  for (let i = 0; i < SIMULATIONS; i++) {
    const simulated = fitOf(draw(noise, n, random));
    slopes.forEach((slope, k) => {
      if (ratio(simulated.slopes[k], simulated.scale) >= ratio(slope, scale)) larger[k]++;
    });
  }
  const [least, most] = extent(y) as [number, number];
  return slopes.map((slope, k) => {
    const [from, to] = [ends[k], ends[k + 1]];
    const p = larger[k] / (SIMULATIONS + 1);
    const moves = p <= ALPHA && Math.abs(slope) * (to - from) > 1e-9 * (most - least);
    return {
      from: points[from].step,
      to: points[to].step,
      start: fitted[from],
      end: fitted[to],
      direction: !moves ? "flat" : slope > 0 ? "rising" : "falling",
      p,
    };
  });
}

function hingeOf(n: number, at: number): Float64Array {
  const hinge = new Float64Array(n);
  for (let i = at + 1; i < n; i++) hinge[i] = i - at;
  return hinge;
}

/** Orthonormal basis of continuous lines with these knots. */
function basisOf(n: number, knots: readonly number[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const vector of [new Float64Array(n).fill(1), hingeOf(n, 0), ...knots.map((at) => hingeOf(n, at))]) {
    const next = orthogonal(vector, basis);
    if (next) basis.push(next);
  }
  return basis;
}

/** The candidates' basis with one or two of them taken in. */
function withKnots({ basis, at, hinges }: Candidates, knots: readonly number[]): Float64Array[] {
  const [a, b] = knots.map((knot) => hinges[at.indexOf(knot)]);
  const rest = b && orthogonal(b, [a]);
  return rest ? [...basis, a, rest] : [...basis, a];
}

/** The vector's part that is orthogonal to the basis, of length 1; undefined when there is none. */
function orthogonal(vector: Float64Array, basis: readonly Float64Array[]): Float64Array | undefined {
  const before = Math.sqrt(dot(vector, vector));
  // Twice, against rounding
  const rest = residualsOf(residualsOf(vector, basis), basis);
  const length = Math.sqrt(dot(rest, rest));
  return length > 1e-9 * before ? rest.map((v) => v / length) : undefined;
}

function residualsOf(values: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const rest = values.slice();
  for (const vector of basis) {
    const part = dot(rest, vector);
    for (let i = 0; i < rest.length; i++) rest[i] -= part * vector[i];
  }
  return rest;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

const CALIBRATIONS = 60;

/**
 * Lag-one correlation of a curve's noise: the one with which simulated noise, fitted in the same way, leaves residuals
 * that correlate as much as the curve's. (Residuals of a fit correlate less than the noise does, all the more when knots
 * were chosen to fit.) Negative correlation counts as none.
 * @param basisFor the fit of some values
 */
function noiseOf(y: Float64Array, random: Random, basisFor: (values: Float64Array) => readonly Float64Array[]): number {
  const observed = laggedCorrelation(residualsOf(y, basisFor(y)));
  let correlation = Math.min(0.95, Math.max(0, observed));
  for (let round = 0; round < 3; round++) {
    let sum = 0;
    for (let i = 0; i < CALIBRATIONS; i++) {
      const values = draw(correlation, y.length, random);
      sum += laggedCorrelation(residualsOf(values, basisFor(values)));
    }
    correlation = Math.min(0.95, Math.max(0, correlation + observed - sum / CALIBRATIONS));
  }
  return correlation;
}

function laggedCorrelation(residuals: Float64Array): number {
  let lagged = 0;
  for (let i = 1; i < residuals.length; i++) lagged += residuals[i] * residuals[i - 1];
  const rss = dot(residuals, residuals);
  return rss > 0 ? lagged / rss : 0;
}

/** A stationary first-order autoregression of variance 1. */
function draw(correlation: number, n: number, random: Random): Float64Array {
  const values = new Float64Array(n);
  const innovation = Math.sqrt(1 - correlation * correlation);
  values[0] = normal(random);
  for (let i = 1; i < n; i++) values[i] = correlation * values[i - 1] + innovation * normal(random);
  return values;
}

/** Stops at this many exceedances: p is then far from ALPHA, and known well enough. */
const ENOUGH = 20;

/** Monte Carlo p value, sequential (Besag and Clifford 1991). */
function shareAtLeast(value: number, simulate: () => number): number {
  let count = 0;
  for (let i = 1; i <= SIMULATIONS; i++) {
    if (simulate() >= value) count++;
    if (count === ENOUGH) return count / i;
  }
  return (count + 1) / (SIMULATIONS + 1);
}
