import { printable } from "../errors.js";
import type { Batch, Block } from "./files/blocks.js";
import { linesOf } from "./files/lines.js";

export type { Batch, Block, Records } from "./files/blocks.js";

/** A record and where it stands, or why there is none there. */
export interface PlacedRecord {
  /** "FILE:12", "FILE: row 3" */
  place: string;
  /** the line's number in its file, of JSONL */
  line?: number;
  value?: unknown;
  /** the UTF-8 that it was parsed from, of JSONL */
  json?: Uint8Array;
  /** why the place holds no record; there is no value then */
  error?: string;
}

/** The records of a batch: of all walks over what is read, the one. */
export function* recordsOf(batch: Batch): Generator<PlacedRecord> {
  const file = printable(batch.file);
  if (batch.kind === "lines") {
    for (const found of linesOf(batch)) yield { place: `${file}:${found.line}`, ...found };
    return;
  }
  for (const { place, value } of batch.records) yield { place: `${file}: ${place}`, value };
  for (const { place, why } of batch.malformed) yield { place: `${file}: ${place}`, error: why };
}

/** The first records, in the order of the input. */
export async function* limited(batches: AsyncIterable<Batch>, most: number): AsyncGenerator<Batch> {
  let left = most;
  if (left <= 0) return;
  for await (const batch of batches) {
    const places = [...recordsOf(batch)];
    if (places.length <= left) yield batch;
    else if (batch.kind === "lines") {
      const lines = places.slice(0, left).map(({ line }) => line!);
      yield { ...batch, bytes: linesUpTo(batch, lines.at(-1)!) };
    } else {
      const records = batch.records.slice(0, left);
      yield { ...batch, records, malformed: batch.malformed.slice(0, left - records.length) };
    }
    left -= places.length;
    if (left <= 0) return;
  }
}

/** The block's bytes up to the end of a line. */
function linesUpTo({ bytes, firstLine }: Block, last: number): Uint8Array<ArrayBuffer> {
  let end = 0;
  for (let line = firstLine; line <= last; line++) {
    const newline = bytes.indexOf(10, end);
    if (newline < 0) return bytes;
    end = newline + 1;
  }
  return bytes.slice(0, end);
}
