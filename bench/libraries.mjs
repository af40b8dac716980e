// The encoder and the clustering against plain calls of the libraries that do the same.

import { availableParallelism } from "node:os";
import { env, pipeline } from "@xenova/transformers";
import { kmeans } from "ml-kmeans";
import { cluster, clusterCount } from "../dist/clusters/kmeans.js";
import { openEncoder } from "../dist/encoder/encoder.js";
import { createNormaliser } from "./corpus.mjs";
import { median } from "./measure.mjs";

const threads = availableParallelism();
const ROUNDS = 3;
const MODEL = new URL("../models/phrase-encoder", import.meta.url).pathname;
/** Its own start makes ml-kmeans take a minute and a half for 12,000 rows. */
const COMPARED = 2000;

/** The most frequent grams of 2 to 5 words, at most `count`. */
export function frequentPhrases({ spellings, words, opens }, count) {
  const normalised = createNormaliser(spellings);
  const texts = [];
  const word = (i) => {
    const number = normalised(words[i]);
    texts[number] ??= spellings.strings[words[i]].toLowerCase();
    return texts[number];
  };
  const occurrences = new Map();
  const limit = Math.min(words.length, 2_000_000);
  for (let i = 0; i < limit; i++) {
    let gram = word(i);
    for (let j = i + 1; j < Math.min(i + 5, limit) && !opens[j]; j++) {
      gram += ` ${word(j)}`;
      occurrences.set(gram, (occurrences.get(gram) ?? 0) + 1);
    }
  }
  return [...occurrences]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, count)
    .map(([gram]) => gram);
}

async function secondsOf(run) {
  const started = performance.now();
  const result = await run();
  return { seconds: (performance.now() - started) / 1000, result };
}

/** Runs the named functions in turn, several rounds; the median seconds and the last result of each. */
async function alternating(runs) {
  const all = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(runs)) all[name].push(await secondsOf(run));
  }
  return Object.entries(all).map(([name, times]) => ({
    name,
    seconds: median(times.map(({ seconds }) => seconds)),
    result: times[0].result,
  }));
}

/** @returns rows of { name, phrases, perSecond } */
export async function compareEncoders(phrases) {
  const encoder = await openEncoder();
  env.allowRemoteModels = false;
  const extract = await pipeline("feature-extraction", MODEL, { dtype: "q8", device: "cpu" });
  const plain = phrases.slice(0, COMPARED);
  await encoder.embed(plain.slice(0, 256));
  await extract(plain.slice(0, 64), { pooling: "mean", normalize: true });
  const rows = await alternating({
    "encoder, all phrases": () => encoder.embed(phrases),
    encoder: () => encoder.embed(plain),
    "transformers.js pipeline, 64 at a time": async () => {
      for (let i = 0; i < plain.length; i += 64) {
        await extract(plain.slice(i, i + 64), { pooling: "mean", normalize: true });
      }
    },
  });
  const vectors = rows[0].result;
  await Promise.all([encoder.close(), extract.dispose()]);
  const counts = [phrases.length, plain.length, plain.length];
  return {
    vectors,
    dimension: encoder.dimension,
    rows: rows.map(({ name, seconds }, i) => ({ name, phrases: counts[i], perSecond: counts[i] / seconds })),
  };
}

/** The sum of squared distances of rows from the centroids they are nearest to. */
function inertia(rows, dimension, centroids) {
  let sum = 0;
  for (let r = 0; r < rows.length; r += dimension) {
    let least = Infinity;
    for (let c = 0; c < centroids.length; c += dimension) {
      let square = 0;
      for (let d = 0; d < dimension; d++) square += (rows[r + d] - centroids[c + d]) ** 2;
      if (square < least) least = square;
    }
    sum += least;
  }
  return sum;
}

/** @returns rows of { name, points, k, seconds, inertia } */
export async function compareClusterings(vectors, dimension) {
  const points = vectors.length / dimension;
  const some = Math.min(points, COMPARED);
  const part = vectors.subarray(0, some * dimension);
  const lists = Array.from({ length: some }, (_, i) => Array.from(part.subarray(i * dimension, (i + 1) * dimension)));
  const k = clusterCount(some);
  const rows = await alternating({
    "clusters, all points": async () =>
      (await cluster(vectors, dimension, clusterCount(points), 42, { threads })).centroids,
    clusters: async () => (await cluster(part, dimension, k, 42, { threads })).centroids,
    "ml-kmeans": () => Float32Array.from(kmeans(lists, k, { seed: 42, maxIterations: 20 }).centroids.flat()),
  });
  return rows.map(({ name, seconds, result }, i) => ({
    name,
    points: i === 0 ? points : some,
    k: i === 0 ? clusterCount(points) : k,
    seconds,
    inertia: inertia(i === 0 ? vectors : part, dimension, result),
  }));
}
