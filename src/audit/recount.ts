/** Traces counted again for a lexicon, with the counter kept open. */
import type { Corpus, Grams } from "../grams/corpus.js";
import { createGramCounter, type GramCounter } from "../grams/counter.js";
import type { TaggerModel } from "../tagger/model.js";
import type { Batch } from "../traces/batch.js";
import type { TraceOptions } from "../traces/trace.js";

export interface RecountTools {
  tagger: TaggerModel;
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
 * Counts the grams of up to `maxN` words that stand in at least `floor` problems, and the others, hands them to `use` and cleans up.
 */
export async function recount<T>(
  batches: AsyncIterable<Batch>,
  traces: TraceOptions,
  {
    maxN,
    floor,
    others,
  }: { maxN: number; floor: number | ((corpus: Corpus) => number); others?: readonly (readonly string[])[] },
  { threads, memory }: Pick<RecountTools, "threads" | "memory">,
  use: (recount: Recount) => Promise<T>,
): Promise<T> {
  const counter = createGramCounter({ traces, maxN, threads, memory });
  try {
    for await (const batch of batches) await counter.take(batch);
    const corpus = await counter.finish();
    return await use({
      counter,
      corpus,
      counted: await counter.count(typeof floor === "number" ? floor : floor(corpus), others),
    });
  } finally {
    await counter.close();
  }
}
