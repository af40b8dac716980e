import type { Encoder } from "./encoder/encoder.js";
import { NothingError } from "./errors.js";
import { type Corpus, type GramSource, packed } from "./grams/corpus.js";
import { createGramCounter } from "./grams/counter.js";
import { requireTraces } from "./grams/require.js";
import type { Stored } from "./grams/stored.js";
import { buildLexicon } from "./lexicon/build.js";
import { anchorPhrases, functionsOf } from "./lexicon/functions.js";
import type { Lexicon } from "./lexicon/lexicon.js";
import { floorOf, type MineOptions } from "./options.js";
import { provenanceOf } from "./provenance.js";
import { candidatesOf } from "./selection/candidates.js";
import { chooseEntries, cut, type Move } from "./selection/choose.js";
import { type Clustered, clusterGrams } from "./selection/cluster.js";
import type { MoveModel } from "./selection/moves.js";
import { chooseClusters } from "./selection/paper.js";
import type { Batch } from "./traces/batch.js";
import type { TraceOptions } from "./traces/trace.js";

/** What mining works with. Nothing here changes the result, but the encoder and the move model. */
export interface MineTools {
  openEncoder: () => Promise<Encoder>;
  moveModel: MoveModel;
  threads: number;
  /** bytes for the counting tables of all threads together */
  memory: number;
  version: string;
  /** traces of an earlier mining, to be mined with the new ones */
  earlier?: Stored;
  /** called with all traces when the lexicon is made, to be kept for another time */
  keep?: (stored: Stored) => void;
  /** called once everything is read, before anything is counted or refused; may throw to end the mining */
  onRead?: (corpus: Corpus) => void;
  /** called as a stage begins, and as it goes on where its share done, in [0, 1], is known */
  onProgress?: (stage: Stage, done?: number) => void;
}
export const STAGES = ["reading", "counting", "embedding", "clustering", "choosing", "spelling"] as const;
export type Stage = (typeof STAGES)[number];

export interface Mined {
  lexicon: Lexicon;
  corpus: Corpus;
  /** problems that a gram had to stand in */
  floor: number;
  /** grams that were judged */
  candidates: number;
}

/**
 * Traces → lexicon: counts every gram, clusters and judges them, and names those that are planning moves.
 * @throws InputError when no record can be read
 * @throws NothingError when no trace succeeded, the problems are too few, or no gram is a planning move
 */
export async function mine(
  batches: AsyncIterable<Batch>,
  traces: TraceOptions,
  options: MineOptions,
  tools: MineTools,
): Promise<Mined> {
  const counter = createGramCounter({ traces, maxN: options.maxN, threads: tools.threads, memory: tools.memory });
  try {
    tools.onProgress?.("reading");
    if (tools.earlier) await counter.restore(tools.earlier);
    for await (const batch of batches) await counter.take(batch);
    const corpus = await counter.finish();
    tools.onRead?.(corpus);
    const mined = await lexiconOf(counter, corpus, traces, options, tools);
    tools.keep?.(counter.store());
    return mined;
  } finally {
    await counter.close();
  }
}

/** Counted grams → lexicon; throws as `mine` does. */
export async function lexiconOf(
  counts: GramSource,
  corpus: Corpus,
  traces: TraceOptions,
  options: MineOptions,
  tools: Pick<MineTools, "openEncoder" | "moveModel" | "version" | "threads" | "onProgress">,
): Promise<Mined> {
  const { onProgress = () => {} } = tools;
  requireTraces(corpus);
  let encoder: Encoder | undefined;
  try {
    onProgress("counting");
    const floor = floorOf(options.minProblems, corpus.problems);
    const candidates = candidatesOf(await counts.count(floor), options);
    onProgress("embedding");
    encoder = await tools.openEncoder();
    const clustered = await clusterGrams(candidates, encoder, options, tools);

    onProgress("choosing");
    const paper = options.preset === "paper";
    const moves = paper
      ? await chooseClusters(clustered, counts, options)
      : chooseEntries(candidates, clustered.clusterOf, tools.moveModel, options).moves;
    if (moves.length === 0)
      throw new NothingError(
        `none of the ${candidates.length} grams that ${floor} or more problems share is a planning move; more traces may help`,
      );

    onProgress("spelling");
    const named = await name(moves, clustered, counts, encoder);
    const members = cut(named.members, options);
    if (members.length === 0)
      throw new NothingError(
        `none of the ${moves.length} entries weighs ${options.minWeight} or more; lower --min-weight`,
      );
    const { sizes, united } = named;
    const clusters = Array.from(sizes, (size, c) => ({
      size,
      documentFrequency: paper ? united.traces[c] / corpus.successful : united.problems[c] / corpus.problems,
      perTrace: united.occurrences[c] / united.traces[c],
    }));
    const provenance = provenanceOf(corpus, floor, traces, options, encoder, tools.version);
    return { lexicon: buildLexicon(members, clusters, provenance), corpus, floor, candidates: candidates.length };
  } finally {
    await encoder?.close();
  }
}

/** What entries are called and do, and what is known of their clusters. */
async function name(
  moves: readonly Move[],
  { grams, rows, dimension, clusterOf, clusters }: Clustered,
  counts: GramSource,
  encoder: Encoder,
) {
  const kept = packed(moves.map(({ index }) => grams[index]));
  const spellings = await counts.spellings(kept);
  const united = await counts.union(
    kept,
    Int32Array.from(moves, ({ index }) => clusterOf[index]),
    clusters,
  );
  const ownRows = new Float32Array(moves.length * dimension);
  moves.forEach(({ index }, m) => {
    ownRows.set(rows.subarray(index * dimension, (index + 1) * dimension), m * dimension);
  });
  const functions = functionsOf(ownRows, await encoder.embed(anchorPhrases()), dimension);
  const members = moves.map(({ index, weight, position }, m) => ({
    usage: grams[index].usage,
    weight,
    position,
    function: functions[m],
    cluster: clusterOf[index],
    spellings: spellings[m],
  }));
  const sizes = new Uint32Array(clusters);
  for (const c of clusterOf) sizes[c]++;
  return { members, sizes, united };
}
