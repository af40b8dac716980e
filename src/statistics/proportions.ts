import { twoSided } from "./significance.js";

/** Shares estimated from counts: how sure they are, and whether two of them differ. */

/** Standard normal quantile of a two-sided 95 % interval. */
const Z95 = 1.959963984540054;

export interface Interval {
  low: number;
  high: number;
}

/**
 * Wilson's 95 % interval of a share (Wilson 1927): sound near 0 and 1 and for few trials, where p ± 2σ is not.
 * @param trials may be a fraction: an effective number
 */
export function wilson(successes: number, trials: number): Interval {
  if (trials <= 0) return { low: 0, high: 1 };
  const p = successes / trials;
  const z2 = Z95 * Z95;
  const middle = (p + z2 / (2 * trials)) / (1 + z2 / trials);
  const half = (Z95 / (1 + z2 / trials)) * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials * trials));
  return { low: p === 0 ? 0 : Math.max(0, middle - half), high: p === 1 ? 1 : Math.min(1, middle + half) };
}

/** Two-sided p of two shares being equal, of independent samples (z test with pooled variance). */
export function equalShares(a: number, ofA: number, b: number, ofB: number): number {
  if (ofA === 0 || ofB === 0) return 1;
  const pooled = (a + b) / (ofA + ofB);
  const variance = pooled * (1 - pooled) * (1 / ofA + 1 / ofB);
  if (variance <= 0) return 1;
  return twoSided((a / ofA - b / ofB) / Math.sqrt(variance));
}
