import { writeToString } from "fast-csv";
import { safeCell } from "../../text/spreadsheet.js";
import type { Exporter } from "./consumers.js";

const HEADER = [
  "gram",
  "function",
  "weight",
  "cluster",
  "position",
  "problems",
  "traces",
  "occurrences",
  "perTrace",
  "clauseInitial",
] as const;

/** With a header; a spreadsheet opens it, and runs no cell of it unless it is to be `raw`. */
export const csv: Exporter = async (entries, _tokenizer, options) => ({
  data: await writeToString(
    entries.map((entry) => HEADER.map((key) => (options?.raw ? entry[key] : safe(entry[key])) ?? "")),
    { headers: [...HEADER], alwaysWriteHeaders: true, includeEndRowDelimiter: true },
  ),
  configuration: 'pandas.read_csv("FILE")',
});

const safe = <T>(cell: T): T | string => (typeof cell === "string" ? safeCell(cell) : cell);
