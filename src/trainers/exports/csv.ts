import { writeToString } from "fast-csv";
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

/** With a header; a spreadsheet opens it. */
export const csv: Exporter = async (entries) => ({
  data: await writeToString(
    entries.map((entry) => HEADER.map((key) => entry[key] ?? "")),
    { headers: [...HEADER], alwaysWriteHeaders: true, includeEndRowDelimiter: true },
  ),
  configuration: 'pandas.read_csv("FILE")',
});
