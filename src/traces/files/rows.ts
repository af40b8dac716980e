/** Rows of a file of columns, as its decoder's thread hands them on. */
import { NO_TEXT } from "./parquetValues.js";

/** A file to decode; its descriptor stays open until the last reply. */
export interface ColumnFile {
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
export type DecoderRequest = ({ do: "open" } & ColumnFile) | { do: "more" };
/** Some rows in their order; none when there are no more; or why there are none. A row without a value is no text. */
export type DecoderReply = { rows: Rows } | { error: string } | { tooMuchText: true };
export type DecoderReplies = Record<DecoderRequest["do"], DecoderReply>;
export type Rows = (Record<string, unknown> | undefined)[];

export class TooMuchText extends Error {}

/** Answers with the rows that a reader of files gives, batch by batch. */
export function answersOf(
  read: (file: ColumnFile) => AsyncGenerator<Rows>,
): (request: DecoderRequest) => Promise<DecoderReply> {
  let batches: AsyncGenerator<Rows> | undefined;
  return async (request) => {
    try {
      if (request.do === "open") batches = read(request);
      const { value, done } = await batches!.next();
      return { rows: done ? [] : value };
    } catch (error) {
      return error instanceof TooMuchText ? { tooMuchText: true } : { error: (error as Error).message };
    }
  };
}

/** Tells the watchdog that a step of so many bytes begins. */
export function stepsOf(progress: Int32Array): (bytes: number) => void {
  return (bytes) => {
    progress[1] = Math.max(0, Math.min(bytes, 2 ** 30));
    Atomics.add(progress, 0, 1);
  };
}

/** Rows handed on at a time, and characters of text after which it is enough. */
const BATCH = 256;
const BATCH_TEXT = 2 ** 22;

/**
 * Makes rows of columns, of some row groups or record batches one after the other.
 * @throws TooMuchText beyond `maxText` characters
 */
export function rowMaker(maxText: number, step: (bytes: number) => void) {
  let text = 0;
  /** Whether all of the row's texts are UTF-8. */
  let whole = true;

  /** Values as JSON has them: whole numbers, texts for dates and for integers beyond 2^53, no bytes. */
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

  return function* (rows: number, named: readonly (readonly [string, (row: number) => unknown])[]): Generator<Rows> {
    for (let row = 0; row < rows; ) {
      const batch: Rows = [];
      const enough = text + BATCH_TEXT;
      for (; row < rows && batch.length < BATCH && text < enough; row++) {
        whole = true;
        const value = Object.fromEntries(named.map(([name, at]) => [name, plain(at(row))]));
        batch.push(whole ? value : undefined);
      }
      step(0);
      yield batch;
    }
  };
}
