import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { limited } from "./batch.js";
import { type Batch, jsonlBlocks } from "./files/blocks.js";
import { nameOf, type OpenedBytes, openBytes } from "./files/bytes.js";
import { columnRecords } from "./files/columns.js";
import { csvRecords } from "./files/csv.js";
import { eventRecords } from "./files/events.js";
import { MAX_EXPANSION } from "./files/expansion.js";
import { jsonRecords } from "./files/json.js";
import { type FileKind, kindOfContent } from "./files/kind.js";
import { expandInputs } from "./files/paths.js";
import { zipRecords } from "./files/zip.js";
import { requireNamed } from "./named.js";
import type { TraceOptions } from "./trace.js";

/** What the user names decides which lists of a document are records, and must occur. */
export interface SourceOptions
  extends Pick<TraceOptions, "textField" | "problemField" | "successField" | "stepField" | "tokenField"> {
  /** What "-" reads: the command line gives it. */
  stdin?: Readable;
  /** A longer line (or JSON value, or CSV row) is passed over and reported; the longest string unless given. */
  maxLineBytes?: number;
  /** Aim for the size of blocks and batches; 4 MB unless given. */
  blockBytes?: number;
  /** Called with the number of bytes read from disk (compressed ones, where they are). */
  onBytes?: (bytes: number) => void;
  /** Records to read at most; all unless given. */
  limit?: number;
  /** How many times its size a packed file may unpack to, beyond the first gigabyte; 300 unless given. */
  maxExpansion?: number;
  /**
   * For those who read twice: one map given to both readings. A file that is not as it was the first time is an error.
   */
  seen?: Map<string, string>;
  /** The input is a part of what is counted: a field that is named may be in others alone. */
  part?: boolean;
}

/** The longest string V8 holds, 2^29 - 24 characters: no line beyond it can be parsed. */
export const MAX_LINE_BYTES = 536_870_888;
export const BLOCK_BYTES = 4 * 2 ** 20;

/**
 * Reads files, directories (recursively, known extensions), globs and "-" (standard input), in this order and sorted
 * within a directory or glob; a file named twice is read once. Memory stays bounded by the block size and the longest
 * record, whatever a compressed file expands to.
 * @throws InputError for a file that is missing, unreadable, broken, or written to while it is read; what came before
 * has been given; NothingError where a field that is named is in none of the records, unless they are but a part.
 */
export async function* readSources(inputs: string[], options: SourceOptions = {}): AsyncGenerator<Batch> {
  const all = readFiles(inputs, options);
  const some = options.limit === undefined ? all : limited(all, options.limit);
  yield* options.part ? some : requireNamed(some, options);
}

async function* readFiles(inputs: string[], options: SourceOptions): AsyncGenerator<Batch> {
  for (const file of await expandInputs(inputs)) {
    const source = openBytes(file, options);
    try {
      yield* readOne(nameOf(file), source, options);
    } catch (error) {
      // a file that was cut or written over looks broken
      await source.unchanged();
      throw error;
    } finally {
      await source.close();
    }
  }
}

/** Bytes on disk of all that readSources would read: what onBytes adds up to. Undefined with standard input. */
export async function sizeOfSources(inputs: string[]): Promise<number | undefined> {
  if (inputs.includes("-")) return undefined;
  let size = 0;
  for (const file of await expandInputs(inputs)) size += (await stat(file)).size;
  return size;
}

async function* readOne(file: string, source: OpenedBytes, options: SourceOptions): AsyncGenerator<Batch> {
  const limits = {
    maxLineBytes: Math.min(options.maxLineBytes ?? MAX_LINE_BYTES, MAX_LINE_BYTES),
    blockBytes: options.blockBytes ?? BLOCK_BYTES,
  };
  const kind: FileKind = kindOfContent(file, await source.peek());
  switch (kind) {
    case "jsonl":
      return yield* jsonlBlocks(file, source.chunks(), limits);
    case "json":
      return yield* jsonRecords(file, source.chunks(), limits, options);
    case "events": {
      const named = options.textField !== undefined || options.problemField !== undefined;
      return yield* (named ? jsonlBlocks : eventRecords)(file, source.chunks(), limits);
    }
    case "zip":
      return yield* zipRecords(file, source, limits, options);
    case "csv":
    case "tsv":
      return yield* csvRecords(file, source.chunks(), kind === "csv" ? "," : "\t", limits);
    case "parquet":
    case "arrow":
      return yield* columnRecords(kind, file, source, { maxExpansion: options.maxExpansion ?? MAX_EXPANSION });
  }
}
