/** The lexicon's page for `show` and `mine --html`: reads traces, and hands what they show to the report. */
import type { LexiconFile } from "../lexicon/read.js";
import type { SourceOptions } from "../traces/source.js";
import type { TraceOptions } from "../traces/trace.js";

/** Traces read for a page: enough to meet every entry that is not rare, and read in seconds. */
export const PAGE_TRACES = 5000;

/**
 * The page of a lexicon, with what the first PAGE_TRACES traces of the inputs show of it.
 * @param inputs none: the lexicon alone
 */
export async function pageOfLexicon(
  file: LexiconFile,
  inputs: readonly string[],
  options: TraceOptions & SourceOptions,
  onSkip: (place: string, why: string) => void,
): Promise<{ page: string; traces: number }> {
  const [{ createEvidence }, { createSeer }, { lexiconPage }, { readModel }, { readRecords }] = await Promise.all([
    import("../report/lexicon/evidence.js"),
    import("../report/lexicon/seen.js"),
    import("../report/lexicon/page.js"),
    import("../tagger/model.js"),
    import("../trainers/records.js"),
  ]);
  if (inputs.length === 0) return { page: lexiconPage(file), traces: 0 };
  const evidence = createEvidence(file.entries);
  const see = createSeer(file.entries, await readModel());
  let traces = 0;
  reading: for await (const { place, traces: attempts } of readRecords([...inputs], options, onSkip))
    for (const trace of attempts) {
      evidence.add(see(trace, place));
      if (++traces >= PAGE_TRACES) break reading;
    }
  return { page: lexiconPage(file, evidence.finish()), traces };
}
