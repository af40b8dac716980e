import type { Products } from "./products.js";

/** Draws per centroid. */
const TRIALS = 8;
/** Squared distances below this are rounding: the rows are one point. */
const SAME = 1e-6;

/**
 * Greedy k-means++ (Arthur and Vassilvitskii 2007): each new centroid is, of a few rows drawn with a chance
 * proportional to their squared distance from the centroids so far, the one that lowers the sum of these most.
 * @returns rows that become centroids: k, or fewer when there are not as many distinct ones
 */
export function startRows(
  { rows, centroids, stride, products }: Products,
  lengths: Float64Array,
  k: number,
  random: () => number,
): number[] {
  const n = lengths.length;
  const distance = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const share = new Float64Array(n).fill(1);
  const trials = Array.from({ length: TRIALS }, () => new Float64Array(n));
  const sums = new Float64Array(TRIALS);
  const chosen: number[] = [];
  let total = share.reduce((sum, value) => sum + value, 0);

  while (chosen.length < k && total > 0) {
    const drawn = Array.from({ length: chosen.length === 0 ? 1 : TRIALS }, () => draw(share, random() * total));
    drawn.forEach((row, t) => {
      centroids.set(rows.subarray(row * stride, (row + 1) * stride), t * stride);
    });
    sums.fill(0);
    for (let i = 0; i < n; i++) {
      const dots = products(i, 0, drawn.length);
      for (let t = 0; t < drawn.length; t++) {
        const square = lengths[i] + lengths[drawn[t]] - 2 * dots[t];
        const least = square < SAME ? 0 : Math.min(square, distance[i]);
        trials[t][i] = least;
        sums[t] += least;
      }
    }
    let best = 0;
    for (let t = 1; t < drawn.length; t++) if (sums[t] < sums[best]) best = t;
    chosen.push(drawn[best]);
    distance.set(trials[best]);
    share.set(distance);
    total = sums[best];
  }
  return chosen;
}

/** The first index at which the running sum of `share` passes `target`. */
function draw(share: Float64Array, target: number): number {
  let last = 0;
  for (let i = 0; i < share.length; i++) {
    if (share[i] === 0) continue;
    last = i;
    target -= share[i];
    if (target < 0) break;
  }
  return last;
}
