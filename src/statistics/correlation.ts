import { mean } from "d3-array";

/** Pearson's correlation of two equally long lists; null where one of them does not vary. */
export function pearson(a: readonly number[], b: readonly number[]): number | null {
  const [meanA, meanB] = [mean(a)!, mean(b)!];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - meanA) * (b[i] - meanB);
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  }
  const scale = Math.sqrt(aa * bb);
  return scale > 0 ? ab / scale : null;
}
