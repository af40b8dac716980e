/** The paper's choice (its section 3): the union of the clusters in the top share by Cluster DF. */
import { type GramSource, packed } from "../grams/corpus.js";
import type { MineOptions } from "../options.js";
import type { Move } from "./choose.js";
import type { Clustered } from "./cluster.js";

/** The clusters by Cluster DF, the share of solutions that have at least one of a cluster's grams; the highest first. */
export async function byClusterFrequency(
  { grams, clusterOf, clusters }: Clustered,
  counts: Pick<GramSource, "union">,
): Promise<{ cluster: number; traces: number }[]> {
  const { traces } = await counts.union(packed(grams), clusterOf, clusters);
  return Array.from(traces, (count, cluster) => ({ cluster, traces: count })).sort(
    (a, b) => b.traces - a.traces || a.cluster - b.cluster,
  );
}

/** How many clusters are kept. */
export const keptClusters = ({ top }: Pick<MineOptions, "top">, clusters: number) => Math.ceil(top * clusters);

/** All grams of the kept clusters, in their order. */
export async function chooseClusters(
  clustered: Clustered,
  counts: Pick<GramSource, "union">,
  options: Pick<MineOptions, "top">,
): Promise<Move[]> {
  const order = await byClusterFrequency(clustered, counts);
  const kept = new Set(order.slice(0, keptClusters(options, clustered.clusters)).map(({ cluster }) => cluster));
  return [...clustered.grams.keys()]
    .filter((g) => kept.has(clustered.clusterOf[g]))
    .map((index) => ({ index, weight: 1 }));
}
