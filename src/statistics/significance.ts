/** The few distributions and corrections that the tests of significance need. */

/** Two-sided p of a standard normal z: P(|Z| > |z|) = erfc(|z| / √2), by the rational Chebyshev fit of Numerical Recipes (6.2.2), to 1.2e-7 relative. */
export function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
    -1.26551223,
  ];
  let sum = 0;
  for (const c of coefficients) sum = sum * t + c;
  return Math.min(1, t * Math.exp(-x * x + sum));
}

/** Benjamini and Hochberg's q of each p: the share of false findings among all at or below it (1995). */
export function falseDiscoveries(ps: readonly number[]): number[] {
  const order = [...ps.keys()].sort((a, b) => ps[b] - ps[a] || b - a);
  const qs = new Array<number>(ps.length);
  let least = 1;
  order.forEach((index, i) => {
    least = Math.min(least, (ps[index] * ps.length) / (ps.length - i));
    qs[index] = least;
  });
  return qs;
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
