import { printable } from "../errors.js";
import type { Batch } from "./files/blocks.js";
import { linesOf } from "./files/lines.js";

export type { Batch, Block, Records } from "./files/blocks.js";

/** A record and where it stands, or why there is none there. */
export interface PlacedRecord {
  /** "FILE:12", "FILE: row 3" */
  place: string;
  /** the line's number in its file, of JSONL */
  line?: number;
  value?: unknown;
  /** why the place holds no record; there is no value then */
  error?: string;
}

/** The records of a batch: of all walks over what is read, the one. */
export function* recordsOf(batch: Batch): Generator<PlacedRecord> {
  const file = printable(batch.file);
  if (batch.kind === "lines") {
    for (const { line, value, error } of linesOf(batch)) yield { place: `${file}:${line}`, line, value, error };
    return;
  }
  for (const { place, value } of batch.records) yield { place: `${file}: ${place}`, value };
  for (const { place, why } of batch.malformed) yield { place: `${file}: ${place}`, error: why };
}
