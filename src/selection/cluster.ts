/** Grams that lie near each other in the encoder's space. */
import { cluster, clusterCount } from "../clusters/kmeans.js";
import type { Encoder } from "../encoder/encoder.js";
import type { MineOptions } from "../options.js";
import type { CountedGram } from "./candidates.js";

/** Candidates with their vectors' clusters. */
export interface Clustered {
  grams: CountedGram[];
  /** grams × dimension, rows of length 1 */
  rows: Float32Array;
  dimension: number;
  clusterOf: Int32Array;
  clusters: number;
}

export interface ClusteringTools {
  threads: number;
  onProgress?: (stage: "embedding" | "clustering", done?: number) => void;
}

/** @param grams the strongest first: they shape the clusters */
export async function clusterGrams(
  grams: CountedGram[],
  encoder: Encoder,
  options: Pick<MineOptions, "clusters" | "seed">,
  { threads, onProgress = () => {} }: ClusteringTools,
): Promise<Clustered> {
  const { dimension } = encoder;
  onProgress("embedding");
  const rows = await encoder.embed(
    grams.map(({ text }) => text),
    (done, total) => onProgress("embedding", done / total),
  );
  onProgress("clustering");
  return { grams, rows, dimension, ...(await clusterRows(rows, dimension, options, threads)) };
}

/** The same from vectors that are there already. */
export async function clusterRows(
  rows: Float32Array,
  dimension: number,
  options: Pick<MineOptions, "clusters" | "seed">,
  threads: number,
): Promise<Pick<Clustered, "clusterOf" | "clusters">> {
  const k = options.clusters === "auto" ? clusterCount(rows.length / dimension) : options.clusters;
  const { assignment, k: clusters } = await cluster(rows, dimension, Math.max(1, k), options.seed, { threads });
  return { clusterOf: assignment, clusters };
}
