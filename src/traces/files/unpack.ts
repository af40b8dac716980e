import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { startThread, type Thread } from "../../threads.js";
import { unlessStuck } from "./stuck.js";
import { type FramePiece, zstdFrames } from "./zstdFrames.js";
import type { UnzstdReplies, UnzstdRequest } from "./zstdWorker.js";

const CHUNK = 2 ** 20;
/** Unpacked bytes that may wait to be taken. */
const HELD = 4 * 2 ** 20;

/**
 * Unpacks gzip: all its members; zero bytes may follow, with which tapes and file systems fill blocks up.
 * @param parts some kilobytes each: what one unpacks to is not held
 * @throws Error where the data are broken, end early or are followed by others; what came before has been given
 */
export async function* gunzip(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacker = through(zlib.createGunzip({ chunkSize: CHUNK }));
  let over = false;
  try {
    for await (const part of parts) {
      const left = over ? part : yield* unpacker.write(part);
      if (left.length === 0) continue;
      over = true;
      if (left.some((byte) => byte !== 0)) throw new Error("other bytes after their end");
    }
    if (!over) yield* unpacker.end();
  } finally {
    await unpacker.close();
  }
}

/**
 * Unpacks zstd: all its frames, each by Node's decoder where it has one (22.15 and later), by fzstd in a thread elsewhere.
 * @throws Error as gunzip does
 */
export async function* unzstd(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = zstdFrames();
  const create = (zlib as { createZstdDecompress?: (options: { chunkSize: number }) => Transform })
    .createZstdDecompress;
  const thread = create ? undefined : startZstdThread();
  let native: Unpacker | undefined;
  try {
    for await (const part of parts)
      for (const piece of frames.take(part)) {
        if (thread) {
          yield* await thread.unpack(piece);
          continue;
        }
        native ??= through(create!({ chunkSize: CHUNK }));
        yield* native.write(piece.bytes);
        if (!piece.last) continue;
        yield* native.end();
        await native.close();
        native = undefined;
      }
    if (!frames.whole()) throw new Error("unexpected end of file");
  } finally {
    await native?.close();
    await thread?.close();
  }
}

function startZstdThread() {
  const thread: Thread<UnzstdRequest, UnzstdReplies> = startThread(new URL("./zstdWorker.js", import.meta.url));
  return {
    unpack: ({ bytes, last, check }: FramePiece) => unlessStuck(thread.ask({ do: "unpack", bytes, last, check })),
    close: () => thread.stop(),
  };
}

interface Unpacker {
  /** What comes out; returns the bytes that the decoder left, which has come to its end then. */
  write(bytes: Uint8Array): AsyncGenerator<Uint8Array, Uint8Array>;
  end(): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/**
 * One of zlib's streams, each piece's output before the next goes in. A plain pipeline would drop what it still holds
 * when the data turn out broken; here everything before the break comes out first. The stream is paused while enough
 * waits to be taken: some kilobytes can unpack to gigabytes.
 */
function through(stream: Transform & { bytesWritten?: number }): Unpacker {
  const out: Uint8Array[] = [];
  let held = 0;
  let failure: Error | undefined;
  let over = false;
  let given = 0;
  let wake = () => {};
  stream.on("data", (data: Uint8Array) => {
    out.push(data);
    held += data.length;
    if (held < HELD) return;
    stream.pause();
    wake();
  });
  stream.once("error", (error) => {
    failure = error;
    wake();
  });
  stream.once("end", () => {
    over = true;
    wake();
  });

  /** What comes out until `begin` calls back, the stream ends, or the data break. */
  async function* outputOf(begin: (done: () => void) => void): AsyncGenerator<Uint8Array> {
    let done = false;
    begin(() => {
      done = true;
      wake();
    });
    for (;;) {
      if (out.length === 0) {
        if (done || over || failure !== undefined) break;
        stream.resume();
        await unlessStuck(
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
        );
      }
      held = 0;
      yield* out.splice(0);
    }
    if (failure !== undefined) throw failure;
  }

  return {
    async *write(bytes) {
      given += bytes.length;
      yield* outputOf((done) => stream.write(bytes, done));
      return over
        ? bytes.subarray(bytes.length - (given - (stream.bytesWritten ?? given)))
        : bytes.subarray(bytes.length);
    },
    end: () =>
      outputOf(() => {
        if (!over) stream.end();
      }),
    async close() {
      stream.destroy();
    },
  };
}
