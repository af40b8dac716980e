/** The lexicon's page for `show` and `mine --html`: reads traces, and hands what they show to the report. */
import { availableParallelism } from "node:os";
import type { LexiconFile } from "../lexicon/read.js";
import type { SourceOptions } from "../traces/source.js";
import type { TraceOptions } from "../traces/trace.js";

/** Traces read for a page: enough to meet every entry that is not rare, and read in seconds. */
export const PAGE_TRACES = 5000;

/**
 * The page of a lexicon, with what the first PAGE_TRACES traces of the inputs show of it.
 * @param inputs none: the lexicon alone
 * @param onProgress the share of PAGE_TRACES that is read; there may be fewer
 */
export async function pageOfLexicon(
  file: LexiconFile,
  inputs: readonly string[],
  options: TraceOptions & SourceOptions,
  onSkip: (place: string, why: string) => void,
  onProgress: (share: number) => void = () => {},
): Promise<{ page: string; traces: number }> {
  const [{ createEvidence }, { lexiconPage }, { readModel }, { readRecords }, { openMarking }, { FUNCTIONS }] =
    await Promise.all([
      import("../report/lexicon/evidence.js"),
      import("../report/lexicon/page.js"),
      import("../tagger/model.js"),
      import("../trainers/records.js"),
      import("../trainers/marking.js"),
      import("../lexicon/lexicon.js"),
    ]);
  if (inputs.length === 0) return { page: lexiconPage(file), traces: 0 };
  const { entries } = file;
  const evidence = createEvidence(entries);
  const setup = { by: "context" as const, entries, model: await readModel() };
  const marking = openMarking(setup, availableParallelism());
  let traces = 0;
  try {
    for await (const { of, index, marks } of marking.markAll(
      readRecords([...inputs], options, onSkip),
      {},
      (_of, _index, make) => make(),
    )) {
      const spans = marks.marks.map(({ start, end, entry, function: here }) => {
        return { start, end, entry, function: here === undefined || here === null ? here : FUNCTIONS[here] };
      });
      evidence.add({ ...of.traces[index], success: of.traces[index].success, ...marks, place: of.place, spans });
      onProgress(++traces / PAGE_TRACES);
      if (traces >= PAGE_TRACES) break;
    }
  } finally {
    await marking.stop();
  }
  return { page: lexiconPage(file, evidence.finish()), traces };
}
