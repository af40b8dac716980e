import { COUNTS_FORMAT, type CountsFacts } from "./grams/countsFile.js";
import type { Wanted } from "./grams/countsReader.js";
import { clusterCountsBytes, countsBytes } from "./grams/countsWriter.js";
import { type Corpus, createGramCounter, type GramOptions } from "./grams/grams.js";
import type { Stored } from "./grams/stored.js";
import { partFloorOf } from "./options.js";
import type { Block, Records } from "./traces/source.js";

/** What is counted: new traces, those of parts, or both. */
export interface CountInput {
  batches: AsyncIterable<Block | Records>;
  parts: AsyncIterable<Stored>;
}

export interface CountOptions extends GramOptions {
  /** problems that a gram must stand in; "auto": 0.3 % of them */
  minProblems: number | "auto";
  /** counts only these, however few problems have them, and leaves the traces out */
  wanted?: Wanted;
  /** called once everything is read; may throw to end the counting */
  onRead?: (corpus: Corpus) => void;
  /** called as a stage begins */
  onProgress?: (stage: "reading" | "counting" | "spelling") => void;
  /** called before the counts go out, with the names of the problems */
  onFacts?: (facts: CountsFacts, problems: readonly string[]) => void;
}

/**
 * Traces → the bytes of a file of counts: the counting stage alone. Counts of disjoint problems add up, and every gram
 * that reaches 0.3 % of all problems reaches it in at least one part.
 */
export async function* count({ batches, parts }: CountInput, options: CountOptions): AsyncGenerator<Uint8Array> {
  const { maxN, traces, wanted, onProgress = () => {} } = options;
  const counter = createGramCounter(options);
  try {
    onProgress("reading");
    for await (const part of parts) await counter.restore(part);
    for await (const batch of batches) await counter.take(batch);
    const corpus = await counter.finish();
    const stored = counter.store();
    options.onRead?.(corpus);
    const { bad: _, ...sums } = corpus;
    const floor = wanted ? 1 : options.minProblems === "auto" ? partFloorOf(corpus.problems) : options.minProblems;
    const { lostWords } = stored.sums;
    const facts: CountsFacts = { format: COUNTS_FORMAT, maxN, floor, corpus: sums, lostWords, traces };
    options.onFacts?.(facts, stored.problems);
    onProgress("counting");
    if (wanted?.clusterOf) {
      const { clusterOf, grams } = wanted;
      const { candidates, index } = await counter.select(grams);
      const clusters = clusterOf.reduce((most, cluster) => Math.max(most, cluster + 1), 0);
      yield clusterCountsBytes(
        await counter.union(
          candidates,
          Int32Array.from(index, (g) => clusterOf[g]),
          clusters,
        ),
      );
      return;
    }
    const grams = wanted ? await counter.countAmong(wanted.grams) : await counter.count(floor);
    onProgress("spelling");
    const asked = wanted && new Set(wanted.grams.map((words) => words.join(" ")));
    yield* countsBytes(counter, grams, (gram) => asked?.has(gram) ?? true, facts, wanted ? undefined : stored);
  } finally {
    await counter.close();
  }
}
