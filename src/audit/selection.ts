/** Mining's choice again and again, under resampled problems or other options, without counting again. */

import { packed } from "../grams/corpus.js";
import { COUNTERS, SUMMED } from "../grams/counting.js";
import type { Incidence } from "../grams/incidence.js";
import { usageOf } from "../grams/usage.js";
import type { MineOptions } from "../options.js";
import { type CountedGram, gramsOf, isSparse, strongestFirst } from "../selection/candidates.js";
import { chooseEntries, isCandidate } from "../selection/choose.js";
import type { Clustered } from "../selection/cluster.js";
import type { MoveModel } from "../selection/moves.js";
import type { Recount } from "./recount.js";

/** Grams that some resample could make candidates, with their counts in each problem. */
export interface Universe {
  grams: CountedGram[];
  clusterOf: Int32Array;
  incidence: Omit<Incidence, "problem">;
  problems: number;
}

/** A share this far below what candidates need may be lifted above it by a resample. */
const MARGIN = 0.15;

/** Whether a resample may well make a candidate of a gram. */
function mayQualify(gram: CountedGram): boolean {
  const { usage } = gram;
  const lifted = {
    ...usage,
    opening: usage.opening + MARGIN,
    initial: usage.initial + MARGIN,
    beforeComma: usage.beforeComma + MARGIN,
  };
  return isCandidate({ ...gram, usage: lifted });
}

/**
 * The universe of a recount. @param rowsOf vectors of grams that mining does not judge
 */
export async function universeOf(
  { counted, counter, corpus }: Recount,
  { minN, maxN }: Pick<MineOptions, "minN" | "maxN">,
  clustered: Clustered,
  rowsOf: (texts: string[]) => Promise<Float32Array>,
): Promise<Universe> {
  const grams = gramsOf(counted, minN, maxN, mayQualify);
  return {
    grams,
    clusterOf: await spread(grams, clustered, rowsOf),
    incidence: await counter.incidence(packed(grams)),
    problems: corpus.problems,
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

/** Options of one choice; `shift` is taken off the log odds before the threshold, to move it. */
export interface Choice extends Pick<MineOptions, "minN" | "maxN" | "maxPerTrace" | "minWeight" | "maxEntries"> {
  floor: number;
  shift?: number;
}

/**
 * The entries, as indices into the universe, best first, that mining would take were problem p drawn weights[p] times.
 * Counted again: everything that is counted. Held: the vectors and the clusters.
 */
export function chooseFrom(
  { grams, clusterOf, incidence }: Universe,
  weights: ArrayLike<number>,
  choice: Choice,
  model: MoveModel,
): number[] {
  const rows = new Uint32Array(grams.length * COUNTERS);
  const { offset, gram, counts } = incidence;
  for (let p = 0; p + 1 < offset.length; p++) {
    const weight = weights[p];
    if (weight === 0) continue;
    for (let i = offset[p]; i < offset[p + 1]; i++)
      for (let k = 0, row = gram[i] * COUNTERS; k < SUMMED; k++) rows[row + k] += weight * counts[i * SUMMED + k];
  }
  const { minN, maxN, floor, shift } = choice;
  const drawn: (CountedGram & { index: number })[] = [];
  grams.forEach(({ words, text, path }, index) => {
    if (words.length < minN || words.length > maxN) return;
    const usage = usageOf({ rows }, index);
    if (usage.problems < floor) return;
    const drawnGram = { words, text, path, usage };
    if (isSparse(drawnGram, choice) && isCandidate(drawnGram)) drawn.push({ ...drawnGram, index });
  });
  strongestFirst(drawn);
  const clusters = drawn.map(({ index }) => clusterOf[index]);
  return chooseEntries(drawn, clusters, model, choice, shift).entries.map(({ index }) => drawn[index].index);
}
