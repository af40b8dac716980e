import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { InputError } from "../../errors.js";
import { joined } from "./blocks.js";
import { FREE_BYTES, MAX_EXPANSION } from "./expansion.js";
import { gunzip, unzstd } from "./unpack.js";
import { isZstd } from "./zstdFrames.js";

/** A file's or a pipe's bytes, decompressed. */
export interface OpenedBytes {
  /** The first bytes, up to 1 MB (less when the input is shorter), without taking them. */
  peek(): Promise<Uint8Array>;
  /** All bytes, once; without a UTF-8 byte order mark at the start. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** The open file, where the file on disk holds these bytes as they are. */
  plainFile(): Promise<FileHandle | undefined>;
  /** @throws InputError when the file is not as it was when it was opened; chunks() looks itself, at its end */
  unchanged(): Promise<void>;
  close(): Promise<void>;
}

export interface BytesOptions {
  stdin?: Readable;
  onBytes?: (bytes: number) => void;
  /** How many times its size a packed file may unpack to. */
  maxExpansion?: number;
  /** What files were like when they were first read, by name: another state is an error. */
  seen?: Map<string, string>;
}

const CHUNK = 2 ** 20;
/** What a decompressor is fed at a time. */
const PACKED_CHUNK = 2 ** 16;
const PEEK = 2 ** 20;

/** What messages call a file. */
export const nameOf = (path: string): string => (path === "-" ? "stdin" : path);

/** Opens a file, or standard input for "-"; gzip and zstd are known by their first bytes, whatever the name. */
export function openBytes(path: string, options: BytesOptions): OpenedBytes {
  const file = nameOf(path);
  if (path === "-" && options.stdin === undefined) throw new InputError("stdin: none here; name a file");
  const disk = path === "-" ? undefined : diskFile(path, options.seen);
  const raw = rawChunks(file, disk ?? options.stdin!, options.onBytes);
  /** What peek has looked at, and what went wrong while it did: that is told after these bytes. */
  const held: Uint8Array[] = [];
  let failure: unknown;
  let packing: "none" | "gzip" | "zstd" | undefined;
  let unpacked: AsyncGenerator<Uint8Array> | undefined;

  async function open(): Promise<AsyncGenerator<Uint8Array>> {
    if (unpacked === undefined) {
      const head = await gather(raw, 4, []);
      const magic = joinAll(head);
      packing = magic[0] === 0x1f && magic[1] === 0x8b ? "gzip" : isZstd(magic) ? "zstd" : "none";
      const whole = prepended(head, raw);
      unpacked = packing === "none" ? whole : decompressed(file, whole, packing, options.maxExpansion ?? MAX_EXPANSION);
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
      return packing === "none" ? disk?.regular() : undefined;
    },
    async unchanged() {
      await disk?.unchanged();
    },
    async close() {
      await disk?.close();
    },
  };
}

/** A file that is opened when its first chunk is asked for. */
interface DiskFile extends AsyncIterable<Uint8Array> {
  /** The handle of a regular file; undefined for a pipe or device. */
  regular(): FileHandle | undefined;
  unchanged(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Every byte is read from one handle, so that a file that is replaced or removed goes on as it was; one that is written
 * to meanwhile could give records of two states, and is refused.
 */
function diskFile(file: string, seen: Map<string, string> | undefined): DiskFile {
  const packed = /\.(gz|zst)$/i.test(file);
  let handle: FileHandle | undefined;
  let state: string | undefined;
  const stateNow = async () => {
    const { ino, size, mtimeNs } = await handle!.stat({ bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  };
  const changed = () => new InputError(`${file}: it was changed while it was read; wait until it is whole, or copy it`);
  return {
    async *[Symbol.asyncIterator]() {
      handle = await open(file);
      if ((await handle.stat()).isFile()) {
        state = await stateNow();
        const before = seen?.get(file) ?? state;
        seen?.set(file, state);
        if (before !== state) throw changed();
      }
      for (;;) {
        const chunk = new Uint8Array(packed ? PACKED_CHUNK : CHUNK);
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
        if (bytesRead === 0) break;
        yield chunk.subarray(0, bytesRead);
      }
      await this.unchanged();
    },
    regular: () => (state === undefined ? undefined : handle),
    async unchanged() {
      if (state !== undefined && state !== (await stateNow())) throw changed();
    },
    close: async () => handle?.close(),
  };
}

async function* rawChunks(
  file: string,
  stream: AsyncIterable<Uint8Array | string>,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) {
      const bytes: Uint8Array = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      onBytes?.(bytes.length);
      yield bytes;
    }
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(`${file}: ${systemReason(error)}`, { cause: error });
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

/** Unpacks what comes, a few kilobytes at a time. @throws InputError where it is broken, or unpacks without end */
async function* decompressed(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  packing: "gzip" | "zstd",
  maxExpansion: number,
): AsyncGenerator<Uint8Array> {
  let [bytesIn, bytesOut] = [0, 0];
  async function* parts(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks)
      for (let at = 0; at < chunk.length; at += PACKED_CHUNK) {
        const part = chunk.subarray(at, at + PACKED_CHUNK);
        bytesIn += part.length;
        yield part;
      }
  }
  try {
    for await (const data of packing === "gzip" ? gunzip(parts()) : unzstd(parts())) {
      bytesOut += data.length;
      if (bytesOut > FREE_BYTES && bytesOut > maxExpansion * bytesIn)
        throw new InputError(
          `${file}: unpacks to more than ${maxExpansion} times its size, as no traces do; --max-expansion allows more`,
        );
      yield data;
    }
  } catch (error) {
    throw error instanceof InputError ? error : brokenPacking(file, packing, error as Error);
  }
}

function brokenPacking(file: string, packing: string, failure: Error): InputError {
  const early = /unexpected end/i.test(failure.message);
  const what = early ? `${packing} data end too early` : `broken ${packing} data (${failure.message})`;
  return new InputError(`${file}: ${what}; copy or download the file again`, { cause: failure });
}
