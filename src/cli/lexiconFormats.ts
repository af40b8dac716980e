/** What `mine` writes: the lexicon in one of its formats, or a table to look at. */
import { stat } from "node:fs/promises";
import type { Lexicon } from "../lexicon/lexicon.js";
import type { SourceOptions } from "../traces/source.js";
import type { TraceOptions } from "../traces/trace.js";
import { colored } from "./say.js";

/** Traces that are read again for the table's examples. */
const LOOKED_AT = 200;
/** Columns where standard output is no terminal, whose width nobody knows. */
const WIDTH = 100;

/** The text of a lexicon in a format. @param inputs the files that it was mined from, which the table's examples are of */
export async function formatted(
  format: "table" | "json" | "jsonl" | "csv" | "list",
  lexicon: Lexicon,
  inputs: string[],
  options: TraceOptions & SourceOptions,
): Promise<string> {
  if (format === "table") return table(lexicon, inputs, options);
  if (format === "csv") return (await (await import("../trainers/exports/csv.js")).csv(lexicon.entries)).data;
  const { serialise, serialiseEntries, serialiseList } = await import("../lexicon/write.js");
  if (format === "list") return serialiseList(lexicon.grams);
  return format === "jsonl" ? serialiseEntries(lexicon) : serialise(lexicon);
}

async function table(lexicon: Lexicon, inputs: string[], options: TraceOptions & SourceOptions): Promise<string> {
  const [{ lexiconTable, ROWS }, { firstExamples }, { placedTraces }] = await Promise.all([
    import("../report/table.js"),
    import("../report/examples.js"),
    import("../audit/examples.js"),
  ]);
  const files = await Promise.all(inputs.map((file) => stat(file).catch(() => undefined)));
  // what came through a pipe cannot be read again
  const again = inputs.length > 0 && files.every((found) => found?.isFile());
  const traces = again ? await firstExamples(lexicon, placedTraces(inputs, options), ROWS, LOOKED_AT) : {};
  return lexiconTable(lexicon, { width: process.stdout.columns ?? WIDTH, color: colored(process.stdout), ...traces });
}
