import { COUNTS_FORMAT, type KnownFacts } from "./counts/file.js";
import { gramHash, hashedBytes } from "./counts/hashed.js";
import type { Wanted } from "./counts/reader.js";
import { candidateRows, clusterRows, countsBytes, countsRows, jsonLines, tableBytes } from "./counts/writer.js";
import type { Corpus } from "./grams/corpus.js";
import { createGramCounter, type GramCounter, type GramOptions } from "./grams/counter.js";
import type { SampledTrace } from "./grams/sample.js";
import type { Stored } from "./grams/stored.js";
import { floorOf, partFloorOf } from "./options.js";
import type { Batch } from "./traces/batch.js";

/** What is counted: new traces, those of parts, or both. */
export interface CountInput {
  batches: AsyncIterable<Batch>;
  parts: AsyncIterable<Stored>;
}

export interface CountOptions extends GramOptions {
  /** problems that a gram must stand in; "auto": 0.3 % of them, and at least 3 unless candidates are asked for */
  minProblems: number | "auto";
  /** counts only these, however few problems have them, and leaves the traces out */
  wanted?: Wanted;
  /** each gram's problems and nothing else: as JSON lines, or as `hashed` */
  candidates?: boolean | "hashed";
  /** rows as JSON lines, without the traces, instead of Parquet */
  lines?: boolean;
  /** called once everything is read; may throw to end the counting */
  onRead?: (corpus: Corpus) => void;
  /** called as a stage begins */
  onProgress?: (stage: "reading" | "counting" | "spelling") => void;
  /** called before the counts go out, with the names of the problems */
  onFacts?: (facts: KnownFacts, problems: readonly string[], sample: readonly SampledTrace[]) => void;
}

/**
 * Traces → the bytes of a file of counts: the counting stage alone. Its rows are the grams that mining these traces would
 * look at; merging counts from the traces that lie beside them, so that it is exact whatever rows the parts have. Only
 * `candidates`, to be added up without traces, have the floor of a part: every gram that reaches 0.3 % of all problems
 * reaches it in at least one.
 */
export async function* count(input: CountInput, options: CountOptions): AsyncGenerator<Uint8Array> {
  const { wanted, lines, onProgress = () => {} } = options;
  const counter = createGramCounter({ ...options, unsketched: wanted !== undefined });
  try {
    onProgress("reading");
    const corpus = await readInto(counter, input);
    const stored = counter.store();
    options.onRead?.(corpus);
    const floor = wanted
      ? 1
      : options.candidates && options.minProblems === "auto"
        ? partFloorOf(corpus.problems)
        : floorOf(options.minProblems, corpus.problems);
    const facts = factsOf(options, corpus, stored.sums.lostWords, floor);
    options.onFacts?.(facts, stored.problems, stored.sample);
    onProgress("counting");
    if (wanted?.clusterOf) {
      const { clusterOf, grams } = wanted;
      const { candidates, index } = await counter.select(grams);
      const clusters = clusterOf.reduce((most, cluster) => Math.max(most, cluster + 1), 0);
      const clusterOfKnown = Int32Array.from(index, (g) => clusterOf[g]);
      const table = clusterRows(await counter.union(candidates, clusterOfKnown, clusters));
      yield* lines ? jsonLines([table]) : [tableBytes(table)];
      return;
    }
    const grams = wanted ? await counter.countAmong(wanted.hashes ?? wanted.grams) : await counter.count(floor);
    if (options.candidates) {
      if (options.candidates === "hashed") yield hashedBytes(grams);
      else yield* jsonLines(candidateRows(grams));
      return;
    }
    onProgress("spelling");
    const rows = countsRows(counter, grams, wanted ? isAmong(wanted) : () => true);
    yield* lines
      ? jsonLines(rows)
      : countsBytes(rows, facts, wanted ? undefined : { ...stored, packed: counter.pack() });
  } finally {
    await counter.close();
  }
}

/**
 * Traces → files of counts without rows, each with the traces of its share of the problems: to be merged, share by
 * share, where what was read does not end with a problem. The first has what is known of records that gave no trace.
 */
export async function* countShares(
  input: CountInput,
  options: CountOptions,
  shares: number,
): AsyncGenerator<{ share: number; bytes: AsyncIterable<Uint8Array> }> {
  const counter = createGramCounter({ ...options, unsketched: true });
  try {
    options.onProgress?.("reading");
    const corpus = await readInto(counter, input);
    options.onRead?.(corpus);
    const stored = counter.store();
    const { lostWords } = stored.sums;
    options.onFacts?.(factsOf(options, corpus, lostWords, corpus.problems + 1), stored.problems, stored.sample);
    const nothing = { records: 0, successful: 0, words: 0, skipped: {}, fields: {}, digest: "", problems: 0, bad: [] };
    let sums: Corpus = corpus;
    let lost = lostWords;
    for (const of of counter.divide(shares)) {
      const { share, problems, traces, words } = of;
      const own = { ...sums, problems: problems.length, successful: traces, words: words + lost };
      yield { share, bytes: countsBytes(none(), factsOf(options, own, lost, problems.length + 1), of) };
      sums = nothing;
      lost = 0;
    }
    if (sums !== nothing)
      yield { share: 0, bytes: countsBytes(none(), factsOf(options, sums, lost, 1), { ...stored, batches: [] }) };
  } finally {
    await counter.close();
  }
}

async function readInto(counter: GramCounter, { batches, parts }: CountInput): Promise<Corpus> {
  for await (const part of parts) await counter.restore(part);
  for await (const batch of batches) await counter.take(batch);
  return counter.finish();
}

/** Whether a gram, its words joined by spaces, is one of these. */
function isAmong({ grams, hashes }: Wanted): (gram: string) => boolean {
  if (hashes) {
    const asked = new Set(hashes);
    return (gram) => asked.has(gramHash(gram.split(" ")));
  }
  const asked = new Set(grams.map((words) => words.join(" ")));
  return (gram) => asked.has(gram);
}

const factsOf = (
  { maxN, traces }: CountOptions,
  { bad: _, ...corpus }: Corpus,
  lostWords: number,
  floor: number,
): KnownFacts => ({ format: COUNTS_FORMAT, maxN, floor, corpus, lostWords, traces });

async function* none(): AsyncGenerator<never> {}
