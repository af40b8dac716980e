/** A placebo for the attempts at hand: random grams, each as frequent there as the entry that it stands for. */
import { packed } from "../../grams/corpus.js";
import type { GramEntry } from "../../lexicon/match.js";
import { wordsOf } from "../../lexicon/match.js";
import { gramsOf } from "../../selection/candidates.js";
import type { Batch } from "../../traces/batch.js";
import type { TraceOptions } from "../../traces/trace.js";
import { placeboOf } from "../placebo.js";
import { type RecountTools, recount } from "../recount.js";

export interface PlaceboHere {
  /** with function and cluster of the entry that each stands for */
  entries: GramEntry[];
  /** entries too rare here to be matched: they stand in fewer problems than `floor` */
  rare: number;
  /** entries for which no other gram of as many words is left */
  unmatched: number;
  /** its occurrences / those of the entries it stands for */
  occurrences: number;
}

const MOST_WORDS = 8;
/** Share of the problems that a gram must stand in to be counted, as in mining; two problems at least. */
const FLOOR = 0.003;

/** Counts the grams of all attempts, right and wrong, and draws the placebo among them. */
export async function placeboHere(
  batches: AsyncIterable<Batch>,
  traces: TraceOptions,
  entries: readonly GramEntry[],
  seed: number,
  tools: Pick<RecountTools, "threads" | "memory">,
): Promise<PlaceboHere> {
  const wordsOfEntries = entries.map(({ gram }) => wordsOf(gram) ?? []);
  const maxN = Math.min(MOST_WORDS, Math.max(1, ...wordsOfEntries.map((words) => words.length)));
  const floor = ({ problems }: { problems: number }) => Math.max(2, Math.ceil(FLOOR * problems));
  return recount(batches, { ...traces, all: true }, { maxN, floor }, tools, async ({ counter, counted }) => {
    const wanted = new Set(wordsOfEntries.map((words) => words.join(" ")));
    const occurrences = new Map(
      gramsOf(counted, 1, maxN, ({ text }) => wanted.has(text)).map(({ text, usage }) => [text, usage.occurrences]),
    );
    const present = entries.flatMap((entry, i) => {
      const words = wordsOfEntries[i];
      const found = occurrences.get(words.join(" "));
      return found === undefined ? [] : [{ entry, words, occurrences: found }];
    });
    const placebo = placeboOf(present, counted, maxN, seed);
    const spellings = await counter.spellings(packed(placebo.grams));
    return {
      entries: placebo.grams.map((_, i) => {
        const { function: purpose, cluster } = present[placebo.of[i]].entry;
        const gram = spellings[i][0].text.toLowerCase();
        return { gram, spellings: [gram], function: purpose, cluster };
      }),
      rare: entries.length - present.length,
      unmatched: placebo.unmatched,
      occurrences: placebo.occurrences,
    };
  });
}
