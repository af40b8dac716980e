/** HICRA's robustness check: with 30 % of the grams taken out at random, what is measured should hold. */

import type { GramEntry } from "../lexicon/match.js";
import { seededRandom } from "../statistics/stream.js";
import type { PlacedTrace } from "./examples.js";
import { marksOf } from "./sample.js";

export interface Drop {
  /** share of the entries left out, and how often it was done */
  dropped: number;
  draws: number;
  /** share of words in planning, with all entries */
  share: number;
  /** of the words that all entries mark, the share that the rest still marks: mean, least and most of the draws */
  kept: Range;
  /** correlation over traces of their shares of planning words, with all and with the rest (Pearson) */
  correlation: Range;
  /** semantic entropy in nats, with all and with the rest */
  entropy: number;
  entropyKept: Range;
}

export interface Range {
  mean: number;
  least: number;
  most: number;
}

const SHARE = 0.3;

export function dropOf(
  entries: readonly GramEntry[],
  sample: readonly PlacedTrace[],
  draws: number,
  seed: number,
): Drop {
  const all = marksOf(entries, sample);
  const random = seededRandom(seed);
  const kept: number[] = [];
  const correlation: number[] = [];
  const entropyKept: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const order = entries.map((entry) => ({ entry, at: random() })).sort((a, b) => a.at - b.at);
    const rest = marksOf(
      order.slice(Math.round(SHARE * entries.length)).map(({ entry }) => entry),
      sample,
    );
    kept.push(all.share === 0 ? 0 : rest.share / all.share);
    correlation.push(pearson(all.shares, rest.shares));
    entropyKept.push(rest.entropy);
  }
  return {
    dropped: SHARE,
    draws,
    share: rounded(all.share),
    kept: rangeOf(kept),
    correlation: rangeOf(correlation),
    entropy: rounded(all.entropy),
    entropyKept: rangeOf(entropyKept),
  };
}

/** Pearson's correlation; 0 when one side does not vary. */
export function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - meanA) * (b[i] - meanB);
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

const rangeOf = (values: readonly number[]): Range => ({
  mean: rounded(values.reduce((a, b) => a + b, 0) / values.length),
  least: rounded(Math.min(...values)),
  most: rounded(Math.max(...values)),
});
const rounded = (value: number) => Math.round(value * 10_000) / 10_000;
