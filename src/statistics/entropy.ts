/** Entropies of counts, in nats. Zero counts are passed over; no counts at all have entropy 0. */

/** Shannon entropy of the frequencies, the maximum-likelihood ("plug-in") estimate: too low by about (K - 1) / 2N. */
export function entropy(counts: ArrayLike<number>): number {
  let total = 0;
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i];
    if (count <= 0) continue;
    total += count;
    sum += count * Math.log(count);
  }
  return total > 0 ? Math.max(0, Math.log(total) - sum / total) : 0;
}

/** The plug-in estimate with the correction of Miller and Madow (1955): plus (K - 1) / 2N for K kinds seen, N counts. */
export function correctedEntropy(counts: ArrayLike<number>): number {
  let kinds = 0;
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] <= 0) continue;
    kinds++;
    total += counts[i];
  }
  return total > 0 ? entropy(counts) + (kinds - 1) / (2 * total) : 0;
}

/**
 * H(next | given) = H(given, next) - H(given), plug-in, for pairs counted in `counts`.
 * @param given index of each pair's condition, in [0, kinds)
 */
export function conditionalEntropy(counts: ArrayLike<number>, given: ArrayLike<number>, kinds: number): number {
  const marginal = new Float64Array(kinds);
  for (let i = 0; i < counts.length; i++) marginal[given[i]] += counts[i];
  return Math.max(0, entropy(counts) - entropy(marginal));
}

/**
 * Good's estimate of the sample's coverage (1953): the probability that one more draw is of a kind seen already,
 * 1 - singletons / N. Low coverage means that entropy is limited by the sample's size. 0 for no counts.
 */
export function coverage(counts: ArrayLike<number>): number {
  let singles = 0;
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 1) singles++;
    total += counts[i];
  }
  return total > 0 ? 1 - singles / total : 0;
}
