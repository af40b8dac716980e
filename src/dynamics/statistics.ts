/** The few distributions and corrections that the tests of significance need. */

/** Two-sided p of a standard normal z. Complementary error function after Numerical Recipes, section 6.2 (1.2e-7). */
export function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  const power = coefficients.reduceRight((sum, c) => sum * t + c, 0);
  return Math.min(1, t * Math.exp(-x * x + power));
}

/** The values' false discovery rates by Benjamini and Hochberg (1995), in the order given. */
export function falseDiscoveryRates(p: readonly number[]): number[] {
  const order = p.map((_, i) => i).sort((a, b) => p[b] - p[a]);
  const q = new Array<number>(p.length);
  let least = 1;
  order.forEach((i, rank) => {
    least = Math.min(least, (p[i] * p.length) / (p.length - rank));
    q[i] = least;
  });
  return q;
}

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
