import { open } from "node:fs/promises";
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { Limits } from "./blocks.js";
import type { OpenedBytes } from "./bytes.js";
import { InputError } from "./errors.js";
import type { Records } from "./source.js";

/** Rows handed on at a time: a row can hold a long trace. */
const BATCH = 256;

/**
 * Rows of a parquet file, one row group in memory at a time. Row 1 is the first.
 * @throws InputError for a file that is not parquet or is broken
 */
export async function* parquetRecords(file: string, source: OpenedBytes, _limits: Limits): AsyncGenerator<Records> {
  if (!(await source.plainFile()))
    throw new InputError(`${file}: parquet is read from plain files only; unpack it first`);
  const handle = await open(file);
  try {
    const buffer: AsyncBuffer = {
      byteLength: (await handle.stat()).size,
      async slice(start, end) {
        const bytes = new Uint8Array((end ?? this.byteLength) - start);
        await handle.read(bytes, 0, bytes.length, start);
        return bytes.buffer;
      },
    };
    const metadata = await parquetMetadataAsync(buffer);
    let row = 0;
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows);
      const values = await parquetReadObjects({
        file: buffer,
        metadata,
        compressors,
        rowStart: row,
        rowEnd: row + rows,
      });
      for (let at = 0; at < values.length; at += BATCH) {
        const records = values
          .slice(at, at + BATCH)
          .map((value, i) => ({ place: `row ${row + at + i + 1}`, value: plain(value) }));
        yield { kind: "records", file, records, malformed: [] };
      }
      row += rows;
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${file}: broken parquet (${(error as Error).message.slice(0, 200)}); write the file again`, {
      cause: error,
    });
  } finally {
    await handle.close();
  }
}

/** Parquet values as JSON has them: whole numbers, texts for dates and for integers beyond 2^53, no bytes. */
function plain(value: unknown, depth = 0): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (typeof value !== "object" || value === null) return value === undefined ? null : value;
  if (depth > 50 || ArrayBuffer.isView(value)) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, depth + 1)]));
}
