/** The sheet on which people say whether an entry plans where it stands: drawn, written as CSV, read back. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseString, writeToString } from "fast-csv";
import { InputError } from "../errors.js";
import { createMatcher, type GramEntry } from "../lexicon/match.js";
import { below, seededRandom } from "../statistics/random.js";
import { plainCell, safeCell } from "../text/spreadsheet.js";
import type { PlacedTrace } from "./examples.js";

/** One occurrence to be labelled. */
export interface SheetRow {
  /** names the row whatever order a spreadsheet puts it in */
  id: string;
  gram: string;
  function: string;
  weight: string;
  before: string;
  occurrence: string;
  after: string;
  place: string;
  label: string;
  comment: string;
}
const COLUMNS = [
  "id",
  "gram",
  "function",
  "weight",
  "before",
  "occurrence",
  "after",
  "place",
  "label",
  "comment",
] as const;

const CONTEXT = 160;

/**
 * A stratified sample of a lexicon's entries, each with one occurrence in its context. The entries, best first, are
 * cut into `size` bands of equal size; from each band one entry that occurs is drawn, and one of its occurrences, so
 * that every entry has the same chance and good and poor ranks are all there. The share labelled planning therefore
 * estimates the precision by entries.
 */
export async function drawSheet(
  entries: readonly GramEntry[],
  traces: AsyncIterable<PlacedTrace>,
  size: number,
  seed: number,
): Promise<SheetRow[]> {
  const matcher = createMatcher(entries);
  // Of each entry the occurrence with the smallest hash: a random one, whatever the order of the input
  const drawn = new Map<number, { hash: string; row: SheetRow }>();
  for await (const { place, trace } of traces) {
    const { text } = trace;
    for (const { entry, start, end } of matcher.find(text)) {
      const context = text.slice(Math.max(0, start - CONTEXT), end + CONTEXT);
      const hash = createHash("sha256")
        .update(`${seed}\0${entry}\0${trace.problem}\0${start}\0${context}`)
        .digest("hex");
      const known = drawn.get(entry);
      if (known && known.hash <= hash) continue;
      const { gram, function: name, weight } = entries[entry];
      drawn.set(entry, {
        hash,
        row: {
          id: hash.slice(0, 12),
          gram,
          function: name ?? "",
          weight: weight === undefined ? "" : String(weight),
          before: oneLine(text.slice(Math.max(0, start - CONTEXT), start)),
          occurrence: text.slice(start, end),
          after: oneLine(text.slice(end, end + CONTEXT)),
          place,
          label: "",
          comment: "",
        },
      });
    }
  }
  const found = [...drawn].sort(([a], [b]) => a - b).map(([, { row }]) => row);
  const random = seededRandom(seed);
  const bands = Math.min(size, found.length);
  return Array.from({ length: bands }, (_, band) => {
    const from = Math.floor((band * found.length) / bands);
    const to = Math.floor(((band + 1) * found.length) / bands);
    return found[from + below(random, to - from)];
  });
}

const oneLine = (text: string) => text.replace(/\s+/g, " ");

export async function writeSheet(rows: readonly SheetRow[]): Promise<string> {
  return writeToString(
    rows.map((row) => COLUMNS.map((column) => safeCell(row[column]))),
    { headers: [...COLUMNS], includeEndRowDelimiter: true, alwaysWriteHeaders: true },
  );
}

/** A labelled sheet: per row id the verdict, undefined where the cell is blank. */
export interface Labels {
  path: string;
  rows: { id: string; gram: string; planning: boolean | undefined }[];
}

const YES = new Set(["1", "y", "yes", "true", "planning"]);
const NO = new Set(["0", "n", "no", "false", "other"]);

/** @throws InputError for a file without the sheet's columns, an unknown label, or a row that stands twice */
export async function readSheet(path: string): Promise<Labels> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(code === "ENOENT" ? `${path}: no such sheet` : `${path}: cannot be read: ${message}`);
  }
  const body = text.replace(/^\uFEFF/, "");
  const first = body.slice(0, Math.max(0, body.indexOf("\n")));
  // spreadsheets of some countries save with semicolons, some people as TSV
  const delimiter = [",", ";", "\t"].reduce((a, b) => (first.split(b).length > first.split(a).length ? b : a));
  const rows: Labels["rows"] = [];
  const seen = new Set<string>();
  await new Promise<void>((resolve, reject) => {
    parseString<Record<string, string>, Record<string, string>>(body, { headers: true, delimiter, ignoreEmpty: true })
      .on("headers", (headers: string[]) => {
        const missing = ["id", "gram", "label"].filter((column) => !headers.includes(column));
        if (missing.length > 0)
          reject(
            new InputError(`${path}: no column ${missing.join(", ")}; expected a sheet as audit --sheet writes it`),
          );
      })
      .on("data", (row) => {
        const place = `${path}: row ${rows.length + 2}`;
        const id = plainCell(row.id ?? "").trim();
        if (id === "") reject(new InputError(`${place}: no id; the id column must stay as it was written`));
        if (seen.has(id)) reject(new InputError(`${place}: ${JSON.stringify(id)} stands twice`));
        seen.add(id);
        const label = plainCell(row.label ?? "")
          .trim()
          .toLowerCase();
        const planning = YES.has(label) ? true : NO.has(label) ? false : undefined;
        if (label !== "" && planning === undefined)
          reject(
            new InputError(`${place}: label ${JSON.stringify(label)}; expected 1 (planning), 0 (not), or nothing`),
          );
        rows.push({ id, gram: plainCell(row.gram ?? ""), planning });
      })
      .on("error", (error: Error) => reject(new InputError(`${path}: not CSV: ${error.message}`)))
      .on("end", () => resolve());
  });
  if (rows.length === 0) throw new InputError(`${path}: no rows`);
  return { path, rows };
}
