/** How far two curves lie apart: two runs, or one run measured with two lexicons (a control). */
import type { Point } from "./changes.js";

export interface Deviation {
  /** steps that both curves have */
  steps: number;
  /** step of the largest difference, and the difference (second minus first) there */
  at: number;
  deviation: number;
  meanDeviation: number;
  /** The same once the second curve is moved to the first one's mean: what remains is a difference in shape. */
  alignedAt: number;
  aligned: number;
  /** |aligned| as a share of the first curve's range; null where that is 0 */
  alignedShare: number | null;
  /** Pearson's; null where a curve is constant */
  correlation: number | null;
}

/** The maximal deviation of curve `b` from curve `a` over their common steps; null when they have none. */
export function maximalDeviation(a: readonly Point[], b: readonly Point[]): Deviation | null {
  const other = new Map(b.map(({ step, value }) => [step, value]));
  const common = a
    .filter(({ step }) => other.has(step))
    .map(({ step, value }) => ({ step, a: value, b: other.get(step)! }));
  if (common.length === 0) return null;
  const n = common.length;
  const meanA = common.reduce((sum, point) => sum + point.a, 0) / n;
  const meanB = common.reduce((sum, point) => sum + point.b, 0) / n;
  const largest = (shift: number) =>
    common
      .map((point) => ({ step: point.step, by: point.b - point.a - shift }))
      .reduce((most, one) => (Math.abs(one.by) > Math.abs(most.by) ? one : most));
  const raw = largest(0);
  const aligned = largest(meanB - meanA);
  const range = Math.max(...common.map((point) => point.a)) - Math.min(...common.map((point) => point.a));
  const sum = (of: (point: { a: number; b: number }) => number) =>
    common.reduce((total, point) => total + of(point), 0);
  const scale = Math.sqrt(sum((point) => (point.a - meanA) ** 2) * sum((point) => (point.b - meanB) ** 2));
  return {
    steps: n,
    at: raw.step,
    deviation: raw.by,
    meanDeviation: meanB - meanA,
    alignedAt: aligned.step,
    aligned: aligned.by,
    alignedShare: range > 0 ? Math.abs(aligned.by) / range : null,
    correlation: scale > 0 ? sum((point) => (point.a - meanA) * (point.b - meanB)) / scale : null,
  };
}
