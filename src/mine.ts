import type { Encoder } from "./encoder/encoder.js";
import { NothingError } from "./errors.js";
import { type Corpus, type GramSource, packed } from "./grams/corpus.js";
import { createGramCounter } from "./grams/counter.js";
import { requireTraces } from "./grams/require.js";
import type { Stored } from "./grams/stored.js";
import { buildLexicon } from "./lexicon/build.js";
import type { Lexicon, StrategicFunction } from "./lexicon/lexicon.js";
import { floorOf, type MineOptions } from "./options.js";
import { provenanceOf } from "./provenance.js";
import { candidatesOf } from "./selection/candidates.js";
import { choose, cut, type Move } from "./selection/choose.js";
import { type Clustered, clusterGrams } from "./selection/cluster.js";
import { coverageOf } from "./selection/coverage.js";
import { functionsOf } from "./selection/functions.js";
import { judge } from "./selection/judge.js";
import { chooseClusters } from "./selection/paper.js";
import { gramsOfPrior, isKnown, type Prior, priorWeights } from "./selection/prior.js";
import { tagSample } from "./selection/tagged.js";
import type { TaggedWords } from "./selection/taggedWords.js";
import { planningNodes, type Uses, usesAmong, usesOf } from "./selection/uses.js";
import type { TaggerModel } from "./tagger/model.js";
import type { Batch } from "./traces/batch.js";
import type { TraceOptions } from "./traces/trace.js";

/** What mining works with. Nothing here changes the result, but the encoder, the tagger and the prior. */
export interface MineTools {
  openEncoder: () => Promise<Encoder>;
  tagger: TaggerModel;
  /** another lexicon, whose grams count as evidence where they occur; not with the paper's preset */
  prior?: Prior;
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
export const STAGES = ["reading", "counting", "tagging", "embedding", "clustering", "choosing", "spelling"] as const;
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
 * Traces → lexicon: counts every gram, lets the tagger read a sample, judges the grams by their uses there and names
 * those that are planning moves.
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
  tools: Pick<MineTools, "openEncoder" | "tagger" | "prior" | "version" | "threads" | "onProgress">,
): Promise<Mined> {
  const { tagger, prior, threads, onProgress = () => {} } = tools;
  requireTraces(corpus);
  // while threads count and read, this one has time to load it; a failure is told where it is needed
  const opening = tools.openEncoder();
  opening.catch(() => {});
  try {
    onProgress("counting");
    const floor = floorOf(options.minProblems, corpus.problems);
    const counted = await counts.count(floor, gramsOfPrior(prior));
    onProgress("tagging");
    const tagged = await tagSample(await counts.sample(), counted.words, tagger, threads);
    const paper = options.preset === "paper";
    const nodes = paper ? undefined : planningNodes(counted, tagged, options.maxN);
    const candidates = candidatesOf(counted, options, nodes, (gram) => isKnown(gram, floor, prior));
    onProgress("embedding");
    const encoder = await opening;
    const clustered = await clusterGrams(candidates, encoder, options, tools);

    onProgress("choosing");
    // the paper's recipe does not ask what its many candidates do in the sample
    const uses = paper ? undefined : usesOf(clustered.grams, tagged);
    const moves = uses
      ? chooseMoves(clustered, uses, tagged, options, prior)
      : await chooseClusters(clustered, counts, options);
    if (moves.length === 0)
      throw new NothingError(
        `none of the ${candidates.length} grams that ${floor} or more problems share is a planning move; more traces may help`,
      );
    onProgress("spelling");
    const indices = moves.map(({ index }) => index);
    const own = uses
      ? usesAmong(uses, indices)
      : usesOf(
          indices.map((index) => clustered.grams[index]),
          tagged,
        );
    const { named, sizes, united } = await name(moves, clustered, counts, functionsOf(own, tagged, tagger));
    const members = cut(named, options);
    if (members.length === 0)
      throw new NothingError(
        `none of the ${moves.length} entries weighs ${options.minWeight} or more; lower --min-weight`,
      );
    const clusters = Array.from(sizes, (size, c) => ({
      size,
      documentFrequency: paper ? united.traces[c] / corpus.successful : united.problems[c] / corpus.problems,
      perTrace: united.occurrences[c] / united.traces[c],
    }));
    const chosen = new Set(members);
    const among = [...named.keys()].filter((m) => chosen.has(named[m]));
    const coverage = coverageOf(own, tagged, tagger, among);
    const known = prior && { sha256: prior.sha256, entries: prior.weights.size };
    const judges = { encoder, tagger, coverage, prior: known };
    const provenance = provenanceOf(corpus, floor, traces, options, judges, tools.version);
    return { lexicon: buildLexicon(members, clusters, provenance), corpus, floor, candidates: candidates.length };
  } finally {
    await opening.then(
      (encoder) => encoder.close(),
      () => {},
    );
  }
}

function chooseMoves(
  { grams, clusterOf }: Clustered,
  uses: Uses,
  tagged: TaggedWords,
  { maxEntries }: MineOptions,
  prior: Prior | undefined,
): Move[] {
  const judged = judge([...grams.keys()], uses, tagged, clusterOf, { prior: priorWeights(grams, prior) });
  return choose(judged, uses, tagged, { most: maxEntries });
}

/** What entries are called, and what is known of their clusters. @param functions what each does */
async function name(
  moves: readonly Move[],
  { grams, clusterOf, clusters }: Clustered,
  counts: GramSource,
  functions: readonly (StrategicFunction | null)[],
) {
  const own = moves.map(({ index }) => grams[index]);
  const kept = packed(own);
  const spellings = await counts.spellings(kept);
  const united = await counts.union(
    kept,
    Int32Array.from(moves, ({ index }) => clusterOf[index]),
    clusters,
  );
  const named = moves.map(({ index, weight }, m) => ({
    usage: grams[index].usage,
    weight,
    function: functions[m],
    cluster: clusterOf[index],
    spellings: spellings[m],
  }));
  const sizes = new Uint32Array(clusters);
  for (const c of clusterOf) sizes[c]++;
  return { named, sizes, united };
}
