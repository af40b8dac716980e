import { readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { type AsyncBuffer, parquetMetadataAsync } from "hyparquet";
import { serve } from "../../threads.js";
import { columnsOfGroup } from "./pages.js";
import { NO_TEXT } from "./parquetValues.js";

/** A file to decode; its descriptor stays open until the last reply. */
export interface ParquetFile {
  fd: number;
  byteLength: number;
  /** The fields wanted; all unless given. */
  columns?: readonly string[];
  /** Characters that all texts together may have. */
  maxText: number;
  /**
   * What the watchdog looks at: [0] grows with every step, [1] is the size in bytes of the step begun. Over a
   * SharedArrayBuffer.
   */
  progress: Int32Array;
}

/** The first request names a file; every later one asks for more of it. */
export type ParquetRequest = ({ do: "open" } & ParquetFile) | { do: "more" };
/** Some rows in their order; none when there are no more; or why there are none. A row without a value is no text. */
export type ParquetReply =
  | { rows: (Record<string, unknown> | undefined)[] }
  | { error: string }
  | { tooMuchText: true };
export type ParquetReplies = Record<ParquetRequest["do"], ParquetReply>;

/** Rows handed on at a time, and characters of text after which it is enough. */
const BATCH = 256;
const BATCH_TEXT = 2 ** 22;

if (parentPort) {
  let batches: AsyncGenerator<Rows> | undefined;
  serve(async (request: ParquetRequest): Promise<ParquetReply> => {
    try {
      if (request.do === "open") batches = rowsOf(request);
      const { value, done } = await batches!.next();
      return { rows: done ? [] : value };
    } catch (error) {
      return error instanceof TooMuchText ? { tooMuchText: true } : { error: (error as Error).message };
    }
  });
}

type Rows = (Record<string, unknown> | undefined)[];

class TooMuchText extends Error {}

/** The rows of a file in batches, one row group in memory at a time. */
async function* rowsOf({ fd, byteLength, columns, maxText, progress }: ParquetFile): AsyncGenerator<Rows> {
  const step = (bytes: number) => {
    progress[1] = Math.max(0, Math.min(bytes, 2 ** 30));
    Atomics.add(progress, 0, 1);
  };
  const buffer: AsyncBuffer = {
    byteLength,
    async slice(start, end = byteLength) {
      const bytes = new Uint8Array(Math.max(Math.min(end, byteLength) - start, 0));
      for (let got = 0; got < bytes.length; ) {
        const read = readSync(fd, bytes, got, bytes.length - got, start + got);
        if (read === 0) throw new Error("it ends too early");
        got += read;
      }
      step(bytes.length);
      return bytes.buffer;
    },
  };
  const metadata = await parquetMetadataAsync(buffer);
  let text = 0;
  /** Whether all of the row's texts are UTF-8. */
  let whole = true;
  for (const group of metadata.row_groups) {
    const { rows, named } = await columnsOfGroup(buffer, metadata, group, columns, step);
    for (let row = 0; row < rows; ) {
      const batch: Rows = [];
      const enough = text + BATCH_TEXT;
      for (; row < rows && batch.length < BATCH && text < enough; row++) {
        whole = true;
        const value = Object.fromEntries(named.map(([name, values]) => [name, plain(values[row])]));
        batch.push(whole ? value : undefined);
      }
      step(0);
      yield batch;
    }
  }

  /** Parquet values as JSON has them: whole numbers, texts for dates and for integers beyond 2^53, no bytes. */
  function plain(value: unknown, depth = 0): unknown {
    if (value === NO_TEXT) {
      whole = false;
      return null;
    }
    if (typeof value === "string") {
      text += value.length;
      if (text > maxText) throw new TooMuchText();
      return value;
    }
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
}
