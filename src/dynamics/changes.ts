/**
 * Change points of a curve: a continuous line of straight pieces, with a knot wherever one more is worth it. Whether it
 * is, and whether a piece rises or falls, is decided against simulated curves without it, whose noise has the variance
 * and the lag-one correlation of the curve's own: noise that drifts must not pass for a change.
 */
import { createRandom, normal, type Random } from "./random.js";

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
  /** p of the best knot that was not taken; absent where none could be placed */
  rejected?: number;
}

export const LEAST_POINTS = 8;
/** A knot or a slope is taken at this p: one curve in a hundred without any shows one. */
export const ALPHA = 0.01;
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
  const knots: { at: number; p: number }[] = [];
  let rejected: number | undefined;
  while (knots.length < MOST_KNOTS) {
    const places = knots.map(({ at }) => at);
    const basis = basisOf(n, places);
    const candidates: { at: number; hinge: Float64Array }[] = [];
    for (let at = margin; at < n - margin; at++) {
      if (places.some((place) => Math.abs(place - at) < margin)) continue;
      const hinge = orthogonal(hingeOf(n, at), basis);
      if (hinge) candidates.push({ at, hinge });
    }
    if (candidates.length === 0) break;
    const gain = (values: Float64Array) => {
      const residuals = residualsOf(values, basis);
      const rss = dot(residuals, residuals);
      let best = { at: -1, f: -1 };
      for (const { at, hinge } of candidates) {
        const explained = dot(hinge, residuals) ** 2;
        const f = explained / Math.max(rss - explained, 1e-12 * rss || 1e-300);
        if (f > best.f) best = { at, f };
      }
      return best;
    };
    const best = gain(y);
    // The noise is judged with the knot in place, so that a real change does not look like correlation
    const noise = noiseOf(y, [...places, best.at]);
    const p = shareAtLeast(best.f, () => gain(draw(noise, n, random)).f);
    if (p > ALPHA) {
      rejected = p;
      break;
    }
    knots.push({ at: best.at, p });
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

/** Averages of neighbouring points, at the step of the middle one. */
function thinned(curve: readonly Point[]): Point[] {
  const size = Math.ceil(curve.length / MOST_POINTS);
  if (size === 1) return [...curve];
  const points: Point[] = [];
  for (let from = 0; from < curve.length; from += size) {
    const part = curve.slice(from, from + size);
    const value = part.reduce((sum, point) => sum + point.value, 0) / part.length;
    points.push({ step: part[part.length >> 1].step, value });
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
  const noise = noiseOf(y, knots);
  const ratio = (slope: number, by: number) => Math.abs(slope) / Math.max(by, 1e-12 * Math.abs(slope) || 1e-300);
  const larger = slopes.map(() => 1);
  for (let i = 0; i < SIMULATIONS; i++) {
    const simulated = fitOf(draw(noise, n, random));
    slopes.forEach((slope, k) => {
      if (ratio(simulated.slopes[k], simulated.scale) >= ratio(slope, scale)) larger[k]++;
    });
  }
  const range = Math.max(...y) - Math.min(...y);
  return slopes.map((slope, k) => {
    const [from, to] = [ends[k], ends[k + 1]];
    const p = larger[k] / (SIMULATIONS + 1);
    const moves = p <= ALPHA && Math.abs(slope) * (to - from) > 1e-9 * range;
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

const hingeOf = (n: number, at: number) => Float64Array.from({ length: n }, (_, i) => Math.max(0, i - at));

/** Orthonormal basis of continuous lines with these knots. */
function basisOf(n: number, knots: readonly number[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const vector of [new Float64Array(n).fill(1), hingeOf(n, 0), ...knots.map((at) => hingeOf(n, at))]) {
    const next = orthogonal(vector, basis);
    if (next) basis.push(next);
  }
  return basis;
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

/**
 * Lag-one correlation of the residuals. Residuals of a fit with k parameters understate it by about (k + (k + 2) r) / n
 * (Marriott and Pope 1954 for k = 1); negative correlation counts as none.
 */
function noiseOf(y: Float64Array, knots: readonly number[]): number {
  const basis = basisOf(y.length, knots);
  const residuals = residualsOf(y, basis);
  const rss = dot(residuals, residuals);
  if (rss === 0) return 0;
  let lagged = 0;
  for (let i = 1; i < residuals.length; i++) lagged += residuals[i] * residuals[i - 1];
  const r = lagged / rss;
  const k = basis.length;
  return Math.min(0.95, Math.max(0, r + (k + (k + 2) * r) / y.length));
}

/** A stationary first-order autoregression of variance 1. */
function draw(correlation: number, n: number, random: Random): Float64Array {
  const values = new Float64Array(n);
  const innovation = Math.sqrt(1 - correlation * correlation);
  values[0] = normal(random);
  for (let i = 1; i < n; i++) values[i] = correlation * values[i - 1] + innovation * normal(random);
  return values;
}

function shareAtLeast(value: number, simulate: () => number): number {
  let count = 1;
  for (let i = 0; i < SIMULATIONS; i++) if (simulate() >= value) count++;
  return count / (SIMULATIONS + 1);
}
