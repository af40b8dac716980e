/** HICRA's robustness check: with 30 % of the grams taken out at random, what is measured should hold. */

import { max, mean, min } from "d3-array";
import type { GramEntry } from "../lexicon/match.js";
import { pearson } from "../statistics/correlation.js";
import { seededRandom } from "../statistics/random.js";
import { rounded } from "../statistics/rounding.js";
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
  /** correlation over traces of their shares of planning words, with all and with the rest (Pearson); 0 where they do not vary */
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
    correlation.push(pearson(all.shares, rest.shares) ?? 0);
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

const rangeOf = (values: readonly number[]): Range => ({
  mean: rounded(mean(values)!),
  least: rounded(min(values)!),
  most: rounded(max(values)!),
});
