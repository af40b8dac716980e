/** How far two curves lie apart: two runs, or one run measured with two lexicons (a control). */
import { extent, mean } from "d3-array";
import { pearson } from "../statistics/correlation.js";
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
  const as = common.map((point) => point.a);
  const bs = common.map((point) => point.b);
  const shift = mean(bs)! - mean(as)!;
  const largest = (less: number) =>
    common
      .map((point) => ({ step: point.step, by: point.b - point.a - less }))
      .reduce((most, one) => (Math.abs(one.by) > Math.abs(most.by) ? one : most));
  const raw = largest(0);
  const aligned = largest(shift);
  const [least, most] = extent(as) as [number, number];
  return {
    steps: common.length,
    at: raw.step,
    deviation: raw.by,
    meanDeviation: shift,
    alignedAt: aligned.step,
    aligned: aligned.by,
    alignedShare: most > least ? Math.abs(aligned.by) / (most - least) : null,
    correlation: pearson(as, bs),
  };
}
