import { cluster, clusterCount } from "./clusters/kmeans.js";
import type { Encoder } from "./encoder/encoder.js";
import { type Corpus, createGramCounter, type GramSource } from "./grams/grams.js";
import type { Stored } from "./grams/stored.js";
import { buildLexicon } from "./lexicon/build.js";
import { anchorPhrases, functionsOf } from "./lexicon/functions.js";
import type { Lexicon, Provenance } from "./lexicon/lexicon.js";
import { floorOf, type MineOptions } from "./options.js";
import { type CountedGram, gramsOf, packed } from "./selection/candidates.js";
import { chooseMoves, isCandidate, judge } from "./selection/choose.js";
import type { MoveModel } from "./selection/moves.js";
import { InputError } from "./traces/errors.js";
import type { Block, Records } from "./traces/source.js";
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

/** No trace succeeded, or too few problems have one: exit code 4. */
export class NothingToMine extends Error {
  readonly exitCode = 4;
}

/** A gram that was chosen, by its index among the clustered ones. */
interface Chosen {
  index: number;
  weight: number;
  position?: "clause-start";
}

/**
 * Traces → lexicon: counts every gram, chooses those that are planning moves, clusters and names them.
 * @throws InputError when no record can be read
 * @throws NothingToMine when no trace succeeded, or the problems are too few for a document frequency
 */
export async function mine(
  batches: AsyncIterable<Block | Records>,
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

/**
 * Counted grams → lexicon.
 * @throws NothingToMine when no trace succeeded, or the problems are too few for a document frequency
 */
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
    const counted = await counts.count(floor);

    const paper = options.preset === "paper";
    const sparing = ({ usage }: CountedGram) =>
      options.maxPerTrace === null || usage.occurrences / usage.traces <= options.maxPerTrace;
    const grams = gramsOf(counted, options.minN, options.maxN, (gram) => sparing(gram) && (paper || isCandidate(gram)));
    // the strongest first: they shape the clusters
    grams.sort((a, b) => b.usage.problems - a.usage.problems || (a.text < b.text ? -1 : 1));

    onProgress("embedding");
    encoder = await tools.openEncoder();
    const rows = await encoder.embed(
      grams.map(({ text }) => text),
      (done, total) => onProgress("embedding", done / total),
    );
    onProgress("clustering");
    const k = options.clusters === "auto" ? clusterCount(grams.length) : options.clusters;
    const { assignment, k: clusters } = await cluster(rows, encoder.dimension, Math.max(1, k), options.seed, {
      threads: tools.threads,
    });

    onProgress("choosing");
    const chosen: Chosen[] = paper
      ? await chooseClusters(grams, assignment, clusters, counts, options)
      : chooseMoves(judge(grams, assignment, tools.moveModel));
    if (chosen.length === 0)
      throw new NothingToMine(
        `none of the ${grams.length} grams that ${floor} or more problems share is a planning move; more traces may help`,
      );

    onProgress("spelling");
    const kept = packed(chosen.map(({ index }) => grams[index]));
    const spellings = await counts.spellings(kept);
    const united = await counts.union(
      kept,
      Int32Array.from(chosen, ({ index }) => assignment[index]),
      clusters,
    );
    const { dimension } = encoder;
    const chosenRows = new Float32Array(chosen.length * dimension);
    chosen.forEach(({ index }, c) => {
      chosenRows.set(rows.subarray(index * dimension, (index + 1) * dimension), c * dimension);
    });
    const functions = functionsOf(chosenRows, await encoder.embed(anchorPhrases()), dimension);
    const members = chosen.map(({ index, weight, position }, c) => ({
      usage: grams[index].usage,
      weight,
      position,
      function: functions[c],
      cluster: assignment[index],
      spellings: spellings[c],
    }));
    const sizes = new Uint32Array(clusters);
    for (const c of assignment) sizes[c]++;
    const facts = Array.from({ length: clusters }, (_, c) => ({
      size: sizes[c],
      documentFrequency: paper ? united.traces[c] / corpus.successful : united.problems[c] / corpus.problems,
      perTrace: united.occurrences[c] / united.traces[c],
    }));
    const strong = members
      .filter(({ weight }) => weight >= options.minWeight)
      .slice(0, options.maxEntries ?? undefined);
    if (strong.length === 0)
      throw new NothingToMine(
        `none of the ${members.length} entries weighs ${options.minWeight} or more; lower --min-weight`,
      );
    const provenance = provenanceOf(corpus, floor, traces, options, encoder, tools.version);
    return { lexicon: buildLexicon(strong, facts, provenance), corpus, floor, candidates: grams.length };
  } finally {
    await encoder?.close();
  }
}

/**
 * The paper's recipe (section 3): the union of the clusters in the top share by Cluster DF, the share of solutions
 * that have at least one of a cluster's grams.
 */
async function chooseClusters(
  grams: readonly CountedGram[],
  clusterOf: Int32Array,
  clusters: number,
  counts: GramSource,
  { top }: MineOptions,
): Promise<Chosen[]> {
  const { traces } = await counts.union(packed(grams), clusterOf, clusters);
  const order = Array.from(traces.keys()).sort((a, b) => traces[b] - traces[a] || a - b);
  const kept = new Set(order.slice(0, Math.ceil(top * clusters)));
  return [...grams.keys()].filter((g) => kept.has(clusterOf[g])).map((index) => ({ index, weight: 1 }));
}

function requireTraces({ records, successful, skipped, problems, bad }: Corpus): void {
  if (successful > 0 && problems > 1) return;
  if (successful > 0)
    throw new NothingToMine(
      "all successful traces answer one problem: a document frequency needs several " +
        "(is the right field taken for the problem? --problem-field names it)",
    );
  if (records === 0) throw new NothingToMine("the input holds no records; sg-mine --help says what it reads");
  if (skipped.malformed === records) throw new InputError(`${bad[0]}; none of the ${records} records can be read`);
  const reasons = Object.entries(skipped)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(", ");
  if (!skipped.failed && !skipped["unknown-success"])
    throw new NothingToMine(
      `none of the ${records} records holds a trace (${reasons}); --text-field and --problem-field name the fields`,
    );
  throw new NothingToMine(
    `none of the ${records} traces is known to be successful (${reasons}); ` +
      (skipped["unknown-success"]
        ? "name the field that tells with --success-field (and --success-threshold for a score), or take every trace with --all"
        : "--success-field and --success-threshold say what success is, --all takes every trace"),
  );
}

/** Only what can change the result: no threads, paths or memory budget. */
function provenanceOf(
  corpus: Corpus,
  floor: number,
  traces: TraceOptions,
  { preset, ...options }: MineOptions,
  { name, dimension, sha256 }: Encoder,
  version: string,
): Provenance {
  const { seed, ...rest } = options;
  return {
    tool: "sg-mine",
    version,
    preset,
    options: {
      ...rest,
      minProblems: floor,
      all: traces.all ?? false,
      textField: traces.textField ?? null,
      problemField: traces.problemField ?? null,
      successField: traces.successField ?? null,
      successThreshold: traces.successThreshold ?? null,
    },
    seed,
    encoder: { name, dimension, sha256 },
    input: {
      digest: corpus.digest,
      records: corpus.records,
      successful: corpus.successful,
      skipped: corpus.skipped,
    },
    corpus: { problems: corpus.problems, traces: corpus.successful, words: corpus.words },
  };
}
