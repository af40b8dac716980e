import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { joined } from "./blocks.js";
import { InputError } from "./errors.js";

/** A file's or a pipe's bytes, decompressed. */
export interface OpenedBytes {
  /** The first bytes, up to 1 MB (less when the input is shorter), without taking them. */
  peek(): Promise<Uint8Array>;
  /** All bytes, once; without a UTF-8 byte order mark at the start. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Whether the file on disk holds these bytes as they are. */
  plainFile(): Promise<boolean>;
  close(): void;
}

const CHUNK = 2 ** 20;
/** What a decompressor is fed at a time. Deflate expands at most 1032 times, so that this bounds its output. */
const PACKED_CHUNK = 2 ** 16;
const PEEK = 2 ** 20;

/** Opens a file, or standard input for "-"; gzip and zstd are known by their first bytes, whatever the name. */
export function openBytes(file: string, options: { stdin?: Readable; onBytes?: (bytes: number) => void }): OpenedBytes {
  if (file === "-" && options.stdin === undefined) throw new InputError("-: no standard input here; name a file");
  const packed = file === "-" || /\.(gz|zst)$/i.test(file);
  const stream: Readable =
    file === "-" ? options.stdin! : createReadStream(file, { highWaterMark: packed ? PACKED_CHUNK : CHUNK });
  const raw = rawChunks(file, stream, options.onBytes);
  /** What peek has looked at, and what went wrong while it did: that is told after these bytes. */
  const held: Uint8Array[] = [];
  let failure: unknown;
  let packing: "none" | "gzip" | "zstd" | undefined;
  let unpacked: AsyncGenerator<Uint8Array> | undefined;

  async function open(): Promise<AsyncGenerator<Uint8Array>> {
    if (unpacked === undefined) {
      const head = await gather(raw, 4, []);
      const magic = Buffer.from(joinAll(head)).subarray(0, 4).toString("hex");
      packing = magic.startsWith("1f8b") ? "gzip" : magic === "28b52ffd" ? "zstd" : "none";
      const whole = prepended(head, raw);
      unpacked = packing === "none" ? whole : decompressed(file, whole, packing);
    }
    return unpacked;
  }

  return {
    async peek() {
      try {
        await gather(await open(), PEEK, held);
      } catch (error) {
        if (held.length === 0) throw error;
        failure = error;
      }
      return joinAll(held).subarray(0, PEEK);
    },
    async *chunks() {
      await this.peek();
      const head = joinAll(held.splice(0));
      yield head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? head.subarray(3) : head;
      if (failure !== undefined) throw failure;
      yield* await open();
    },
    async plainFile() {
      await open();
      return file !== "-" && packing === "none";
    },
    close() {
      if (file !== "-") stream.destroy();
    },
  };
}

async function* rawChunks(
  file: string,
  stream: Readable,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) {
      const bytes: Uint8Array = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      onBytes?.(bytes.length);
      yield bytes;
    }
  } catch (error) {
    throw new InputError(`${file}: ${systemReason(error)}`, { cause: error });
  }
}

/** A system error in words that say what to do. */
export function systemReason(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return "no such file; check the name";
    case "EACCES":
    case "EPERM":
      return "no permission to read it";
    case "EISDIR":
      return "is a directory";
    case "EMFILE":
      return "too many open files";
    default:
      return `cannot read it (${(error as Error).message})`;
  }
}

/** Takes chunks until there are enough bytes or no more. */
async function gather(chunks: AsyncGenerator<Uint8Array>, enough: number, held: Uint8Array[]): Promise<Uint8Array[]> {
  let size = held.reduce((sum, chunk) => sum + chunk.length, 0);
  while (size < enough) {
    const { value, done } = await chunks.next();
    if (done) break;
    held.push(value);
    size += value.length;
  }
  return held;
}

function joinAll(chunks: Uint8Array[]): Uint8Array {
  return chunks.length === 1
    ? chunks[0]!
    : joined(
        chunks,
        chunks.reduce((sum, chunk) => sum + chunk.length, 0),
      );
}

async function* prepended(head: Uint8Array[], rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* head.splice(0);
  yield* rest;
}

/**
 * Decompresses chunk by chunk, each chunk's output before the next goes in. A plain pipeline would drop what it still
 * holds when the data turn out broken; here everything before the break comes out first.
 */
async function* decompressed(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  packing: "gzip" | "zstd",
): AsyncGenerator<Uint8Array> {
  const stream = decompressor(file, packing);
  const out: Uint8Array[] = [];
  let failure: Error | undefined;
  stream.on("data", (data: Uint8Array) => out.push(data));
  const failed = new Promise<void>((resolve) =>
    stream.once("error", (error) => {
      failure = error;
      resolve();
    }),
  );
  const ended = new Promise<void>((resolve) => stream.once("end", () => resolve()));
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && failure === undefined; at += PACKED_CHUNK) {
        const part = chunk.subarray(at, at + PACKED_CHUNK);
        await Promise.race([new Promise<void>((resolve) => stream.write(part, () => resolve())), failed]);
        yield* out.splice(0);
      }
      if (failure !== undefined) break;
    }
    if (failure === undefined) {
      stream.end();
      await Promise.race([ended, failed]);
      yield* out.splice(0);
    }
    if (failure !== undefined) throw brokenPacking(file, packing, failure);
  } finally {
    stream.destroy();
  }
}

function brokenPacking(file: string, packing: string, failure: Error): InputError {
  const early = /unexpected end/i.test(failure.message);
  const what = early ? `${packing} data end too early` : `broken ${packing} data (${failure.message})`;
  return new InputError(`${file}: ${what}; copy or download the file again`, { cause: failure });
}

function decompressor(file: string, packing: "gzip" | "zstd"): zlib.Gunzip {
  if (packing === "gzip") return zlib.createGunzip({ chunkSize: CHUNK });
  const create = (zlib as { createZstdDecompress?: (o: { chunkSize: number }) => zlib.Gunzip }).createZstdDecompress;
  if (create === undefined) {
    throw new InputError(
      `${file}: this Node.js (${process.version}) cannot read zstd; use Node 22.15 or later, or unpack it`,
    );
  }
  return create({ chunkSize: CHUNK });
}
