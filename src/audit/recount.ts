/** Accounts for a lexicon: mining's counts and judgements again, kept this time instead of thrown away. */
import { cluster, clusterCount } from "../clusters/kmeans.js";
import type { Encoder } from "../encoder/encoder.js";
import { type Corpus, createGramCounter, type GramCounter, type Grams } from "../grams/grams.js";
import type { Lexicon } from "../lexicon/lexicon.js";
import { DEFAULTS, type MineOptions } from "../options.js";
import { type CountedGram, gramsOf, packed } from "../selection/candidates.js";
import { chooseMoves, isCandidate, type Judged, judge, type Move } from "../selection/choose.js";
import type { MoveModel } from "../selection/moves.js";
import type { Block, Records } from "../traces/source.js";
import type { TraceOptions } from "../traces/trace.js";

/** The options that a lexicon was mined with, from its provenance. `minProblems` is the number that "auto" came to. */
export function optionsOf({ provenance }: Pick<Lexicon, "provenance">): { mining: MineOptions; traces: TraceOptions } {
  const { options, preset, seed } = provenance;
  const mining = { ...DEFAULTS, seed, preset: preset === "paper" ? "paper" : "default" } as MineOptions;
  for (const key of Object.keys(DEFAULTS) as (keyof MineOptions)[])
    if (key in options) Object.assign(mining, { [key]: options[key] });
  const given = <T>(key: string) => (options[key] ?? undefined) as T | undefined;
  return {
    mining,
    traces: {
      all: given("all"),
      textField: given("textField"),
      problemField: given("problemField"),
      successField: given("successField"),
      successThreshold: given("successThreshold"),
    },
  };
}

export interface RecountTools {
  moveModel: MoveModel;
  threads: number;
  /** bytes for the counting tables of all threads together */
  memory: number;
}

/** Traces counted, with the counter still open for further passes. */
export interface Recount {
  counter: GramCounter;
  corpus: Corpus;
  /** every gram of at least `floor` problems */
  counted: Grams;
}

/**
 * Counts the grams of up to `maxN` words that stand in at least `floor` problems, hands them to `use` and cleans up.
 */
export async function recount<T>(
  batches: AsyncIterable<Block | Records>,
  traces: TraceOptions,
  { maxN, floor }: { maxN: number; floor: number },
  { threads, memory }: Pick<RecountTools, "threads" | "memory">,
  use: (recount: Recount) => Promise<T>,
): Promise<T> {
  const counter = createGramCounter({ traces, maxN, threads, memory });
  try {
    for await (const batch of batches) await counter.take(batch);
    const corpus = await counter.finish();
    return await use({ counter, corpus, counted: await counter.count(floor) });
  } finally {
    await counter.close();
  }
}

/** The grams that mining with these options judges, the strongest first. */
export function candidatesOf(counted: Grams, { minN, maxN, maxPerTrace, preset }: MineOptions): CountedGram[] {
  const grams = gramsOf(
    counted,
    minN,
    maxN,
    (gram) =>
      (maxPerTrace === null || gram.usage.occurrences / gram.usage.traces <= maxPerTrace) &&
      (preset === "paper" || isCandidate(gram)),
  );
  return grams.sort((a, b) => b.usage.problems - a.usage.problems || (a.text < b.text ? -1 : 1));
}

/** Candidates with their vectors' clusters, as mining has them before it chooses. */
export interface Clustered {
  grams: CountedGram[];
  /** grams × dimension, rows of length 1 */
  rows: Float32Array;
  dimension: number;
  clusterOf: Int32Array;
  clusters: number;
}

export async function clusterGrams(grams: CountedGram[], encoder: Encoder, options: MineOptions): Promise<Clustered> {
  const rows = await encoder.embed(grams.map(({ text }) => text));
  return { grams, rows, dimension: encoder.dimension, ...(await clustersOf(rows, encoder.dimension, options)) };
}

export async function clustersOf(
  rows: Float32Array,
  dimension: number,
  options: MineOptions,
): Promise<Pick<Clustered, "clusterOf" | "clusters">> {
  const count = rows.length / dimension;
  const k = options.clusters === "auto" ? clusterCount(count) : options.clusters;
  const { assignment, k: clusters } = await cluster(rows, dimension, Math.max(1, k), options.seed);
  return { clusterOf: assignment, clusters };
}

/**
 * What mining makes of candidates under the default preset: every verdict, and the entries by index, best first.
 * @param shift what the log odds must have beyond the threshold
 */
export function chooseEntries(
  grams: readonly CountedGram[],
  clusterOf: ArrayLike<number>,
  model: MoveModel,
  { minWeight, maxEntries }: Pick<MineOptions, "minWeight" | "maxEntries">,
  shift = 0,
): { judged: Judged<CountedGram>[]; moves: Move[]; entries: Move[] } {
  const judged = judge(grams, clusterOf, model);
  const moves = chooseMoves(shift === 0 ? judged : judged.map((own) => ({ ...own, logit: own.logit - shift })));
  const entries = moves.filter(({ weight }) => weight >= minWeight).slice(0, maxEntries ?? undefined);
  return { judged, moves, entries };
}

/** The paper's clusters by Cluster DF, the highest first, with the solutions that have a gram of each. */
export async function paperClusters(
  { grams, clusterOf, clusters }: Clustered,
  counter: GramCounter,
): Promise<{ cluster: number; traces: number }[]> {
  const { traces } = await counter.union(packed(grams), clusterOf, clusters);
  return Array.from(traces, (count, cluster) => ({ cluster, traces: count })).sort(
    (a, b) => b.traces - a.traces || a.cluster - b.cluster,
  );
}
