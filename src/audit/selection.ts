/** Mining's choice again and again, under resampled problems or other options, without counting again. */

import { packed } from "../grams/corpus.js";
import { COUNTERS, SUMMED } from "../grams/counting.js";
import type { Incidence } from "../grams/incidence.js";
import { usageOf } from "../grams/usage.js";
import type { MineOptions } from "../options.js";
import { type CountedGram, gramsOf, isSparse, strongestFirst } from "../selection/candidates.js";
import { choose, cut } from "../selection/choose.js";
import type { Clustered } from "../selection/cluster.js";
import { judge } from "../selection/judge.js";
import { isKnown, type Prior, priorWeights } from "../selection/prior.js";
import type { TaggedWords } from "../selection/taggedWords.js";
import { planningNodes, type Uses, usesOf } from "../selection/uses.js";
import type { Recount } from "./recount.js";

/** Grams that some resample could make candidates, with their counts in each problem. */
export interface Universe {
  grams: CountedGram[];
  clusterOf: Int32Array;
  incidence: Omit<Incidence, "problem">;
  problems: number;
  /** what the tagger has read, the grams' uses there, and the problem of each text */
  tagged: TaggedWords;
  uses: Uses;
  problemOf: Int32Array;
  prior?: Prior;
}

/**
 * The universe of a recount. @param rowsOf vectors of grams that mining does not judge
 */
export async function universeOf(
  { counted, counter }: Pick<Recount, "counted" | "counter">,
  tagged: TaggedWords,
  { minN, maxN }: Pick<MineOptions, "minN" | "maxN">,
  clustered: Clustered,
  rowsOf: (texts: string[]) => Promise<Float32Array>,
  prior?: Prior,
): Promise<Universe> {
  const grams = strongestFirst(gramsOf(counted, minN, maxN, () => true, planningNodes(counted, tagged, maxN)));
  const { problems } = counter.store();
  const numberOf = new Map(problems.map((problem, number) => [problem, number]));
  return {
    grams,
    clusterOf: await spread(grams, clustered, rowsOf),
    incidence: await counter.incidence(packed(grams)),
    problems: problems.length,
    tagged,
    uses: usesOf(grams, tagged),
    problemOf: Int32Array.from(await counter.sample(), ({ problem }) => numberOf.get(problem)!),
    prior,
  };
}

/** The clusters of mining's candidates for all grams: one that was not clustered gets the nearest centroid's. */
export async function spread(
  grams: readonly CountedGram[],
  clustered: Clustered,
  rowsOf: (texts: string[]) => Promise<Float32Array>,
): Promise<Int32Array> {
  const known = new Map(clustered.grams.map(({ text }, g) => [text, clustered.clusterOf[g]]));
  const strangers = grams.filter(({ text }) => !known.has(text)).map(({ text }) => text);
  assign(await rowsOf(strangers), strangers.length, clustered).forEach((cluster, s) => {
    known.set(strangers[s], cluster);
  });
  return Int32Array.from(grams, ({ text }) => known.get(text)!);
}

function assign(
  rows: Float32Array,
  count: number,
  { rows: known, clusterOf, clusters, dimension }: Clustered,
): Int32Array {
  const centroids = new Float64Array(clusters * dimension);
  clusterOf.forEach((cluster, g) => {
    for (let d = 0; d < dimension; d++) centroids[cluster * dimension + d] += known[g * dimension + d];
  });
  for (let c = 0; c < clusters; c++) {
    const centroid = centroids.subarray(c * dimension, (c + 1) * dimension);
    const length = Math.sqrt(centroid.reduce((sum, x) => sum + x * x, 0)) || 1;
    for (let d = 0; d < dimension; d++) centroid[d] /= length;
  }
  return Int32Array.from({ length: count }, (_, g) => {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < clusters; c++) {
      let cosine = 0;
      for (let d = 0; d < dimension; d++) cosine += rows[g * dimension + d] * centroids[c * dimension + d];
      if (cosine > most) [best, most] = [c, cosine];
    }
    return best;
  });
}

/** Options of one choice; `shift` is added to the least weight. */
export interface Choice extends Pick<MineOptions, "minN" | "maxN" | "maxPerTrace" | "minWeight" | "maxEntries"> {
  floor: number;
  shift?: number;
}

/**
 * The entries, as indices into the universe, best first, that mining would take were problem p drawn weights[p] times.
 * Counted and judged again: everything that is counted and what the tagger has read. Held: the vectors, the clusters,
 * and which traces the tagger has read.
 */
export function chooseFrom(
  { grams, clusterOf, incidence, tagged, uses, problemOf, prior }: Universe,
  weights: ArrayLike<number>,
  choice: Choice,
): number[] {
  const rows = new Uint32Array(grams.length * COUNTERS);
  const { offset, gram, counts } = incidence;
  for (let p = 0; p + 1 < offset.length; p++) {
    const weight = weights[p];
    if (weight === 0) continue;
    for (let i = offset[p]; i < offset[p + 1]; i++)
      for (let k = 0, row = gram[i] * COUNTERS; k < SUMMED; k++) rows[row + k] += weight * counts[i * SUMMED + k];
  }
  const { minN, maxN, floor, shift, maxEntries: most } = choice;
  const candidates = [...grams.keys()].filter((g) => {
    const { text, words } = grams[g];
    const usage = usageOf({ rows }, g);
    return (
      words.length >= minN &&
      words.length <= maxN &&
      isKnown({ text, usage }, floor, prior) &&
      isSparse({ usage }, choice)
    );
  });
  const weightOf = problemOf.map((problem) => weights[problem]);
  const judged = judge(candidates, uses, tagged, clusterOf, { weightOf, prior: priorWeights(grams, prior) });
  return cut(choose(judged, uses, tagged, { most, weightOf, shift }), choice).map(({ index }) => index);
}
