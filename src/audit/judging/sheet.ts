/** The same material as a sheet for people: CSV out, and back. */
import { parseString, writeToString } from "fast-csv";
import { InputError } from "../../errors.js";
import { plainCell, safeCell } from "../../text/spreadsheet.js";
import type { Failure } from "./failures.js";
import { cut } from "./requests.js";

const COLUMNS = ["id", "run", "step", "problem", "attempt", "right", "place", "type", "quote", "reason"] as const;
/** A cell holds 32,767 characters in the usual spreadsheets. */
const LONGEST_CELL = 32_000;

export async function writeFailureSheet(failures: readonly Failure[]): Promise<string> {
  const rows = failures.map(({ id, run, step, problem, problemText, text, right, place }) => {
    const cells = [id, run, String(step ?? ""), problemText ?? problem, text, right ?? "", place, "", "", ""];
    return cells.map((cell) => safeCell(cut(cell, LONGEST_CELL)));
  });
  return writeToString(rows, { headers: [...COLUMNS], includeEndRowDelimiter: true, alwaysWriteHeaders: true });
}

export interface JudgedRow {
  id: string;
  place: string;
  /** blank: not judged */
  type: string;
  quote: string;
  reason: string;
}

/** @throws InputError for a file that is no such sheet */
export async function readJudgedSheet(text: string, path: string): Promise<JudgedRow[]> {
  const first = text.slice(0, Math.max(0, text.indexOf("\n")));
  // spreadsheets of some countries save with semicolons
  const delimiter = [",", ";", "\t"].reduce((a, b) => (first.split(b).length > first.split(a).length ? b : a));
  const rows: JudgedRow[] = [];
  await new Promise<void>((resolve, reject) => {
    parseString<Record<string, string>, Record<string, string>>(text, { headers: true, delimiter, ignoreEmpty: true })
      .on("headers", (headers: string[]) => {
        const missing = ["id", "type"].filter((column) => !headers.includes(column));
        if (missing.length > 0)
          reject(
            new InputError(`${path}: no column ${missing.join(", ")}; expected a sheet as errors --sheet writes it`),
          );
      })
      .on("data", (row) => {
        const cell = (name: string) => plainCell(row[name] ?? "").trim();
        const place = `${path}: row ${rows.length + 2}`;
        rows.push({ id: cell("id"), place, type: cell("type"), quote: cell("quote"), reason: cell("reason") });
      })
      .on("error", (error: Error) => reject(new InputError(`${path}: not CSV: ${error.message}`)))
      .on("end", () => resolve());
  });
  return rows;
}
