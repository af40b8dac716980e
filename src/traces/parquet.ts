import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AsyncBuffer, parquetMetadataAsync } from "hyparquet";
import type { OpenedBytes } from "./bytes.js";
import { InputError } from "./errors.js";
import { rowsOfGroup } from "./pages.js";
import type { Records } from "./source.js";

/** Rows handed on at a time: a row can hold a long trace. */
const BATCH = 256;

/**
 * Rows of a parquet file, one row group in memory at a time. Row 1 is the first. A pipe or a packed file is written
 * to a temporary file first, for parquet is read from its end.
 * @throws InputError for a file that is not parquet or is broken
 */
export async function* parquetRecords(file: string, source: OpenedBytes): AsyncGenerator<Records> {
  const handle = (await source.plainFile()) ? await open(file) : await spooled(source);
  try {
    const byteLength = (await handle.stat()).size;
    if (byteLength < 12) throw new InputError(`${file}: too short for a parquet file; write the file again`);
    const buffer: AsyncBuffer = {
      byteLength,
      async slice(start, end = byteLength) {
        const bytes = new Uint8Array(Math.max(Math.min(end, byteLength) - start, 0));
        await handle.read(bytes, 0, bytes.length, start);
        return bytes.buffer;
      },
    };
    const metadata = await parquetMetadataAsync(buffer);
    let row = 0;
    for (const group of metadata.row_groups) {
      const values = await rowsOfGroup(buffer, metadata, group);
      for (let at = 0; at < values.length; at += BATCH) {
        const records = values
          .slice(at, at + BATCH)
          .map((value, i) => ({ place: `row ${row + at + i + 1}`, value: plain(value) }));
        yield { kind: "records", file, records, malformed: [] };
      }
      row += values.length;
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    const reason = (error as Error).message.slice(0, 200);
    throw new InputError(`${file}: broken parquet (${reason}); write the file again`, { cause: error });
  } finally {
    await handle.close();
  }
}

/** A copy on disk that has no name any more, so that nothing is left behind however the program ends. */
async function spooled(source: OpenedBytes): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), "sg-mine-parquet-"));
  try {
    const handle = await open(join(folder, "spool.parquet"), "wx+", 0o600);
    for await (const chunk of source.chunks()) await handle.write(chunk);
    return handle;
  } finally {
    await rm(folder, { recursive: true, force: true });
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
