import { normalTails } from "./proportions.js";

/** The few distributions and corrections that the tests of significance need. */

/** The values' false discovery rates by Benjamini and Hochberg (1995), in the order given. */
export { falseDiscoveries as falseDiscoveryRates } from "./proportions.js";

/** Two-sided p of a standard normal z. */
export const twoSided = (z: number): number => normalTails(Math.abs(z));

/**
 * The probability that `marked` of `all` things, placed at random, leave the first `first` places empty:
 * C(all - first, marked) / C(all, marked).
 */
export function noneAmongFirst(all: number, first: number, marked: number): number {
  if (first + marked > all) return marked === 0 ? 1 : 0;
  let log = 0;
  for (let i = 0; i < marked; i++) log += Math.log1p(-first / (all - i));
  return Math.exp(log);
}
