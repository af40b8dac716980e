import { InputError } from "../../errors.js";
import { startThread, type Thread, ThreadEnded } from "../../threads.js";
import type { Records } from "./blocks.js";
import type { OpenedBytes } from "./bytes.js";
import { FREE_BYTES } from "./expansion.js";
import type { ParquetReplies, ParquetReply, ParquetRequest } from "./parquetWorker.js";
import { spooled } from "./spooled.js";

/** Seconds without a step, and bytes per second of the step at work, after which the decoder is taken to be stuck. */
const PATIENCE = 30;
const SLOWEST = 5e6;

/**
 * Rows of a parquet file, one row group in memory at a time. Row 1 is the first. A pipe or a packed file is written
 * to a temporary file first, for parquet is read from its end. The file is decoded in a thread: a damaged one can send
 * the decoder round in circles or through the memory, and a thread can be stopped.
 * @throws InputError for a file that is not parquet or is broken
 */
export async function* parquetRecords(
  file: string,
  source: OpenedBytes,
  {
    maxExpansion,
    columns,
    patience = PATIENCE,
  }: { maxExpansion: number; columns?: readonly string[]; patience?: number },
): AsyncGenerator<Records> {
  const own = await source.plainFile();
  const handle = own ?? (await spooled(file, source, "parquet"));
  const broken = (why: string) =>
    new InputError(`${file}: broken parquet (${why.slice(0, 200)}); write the file again`);
  let decoder: Decoder | undefined;
  /** Whether the decoder has nothing in hand. */
  let done = false;
  try {
    const byteLength = (await handle.stat()).size;
    if (byteLength < 12) throw new InputError(`${file}: too short for a parquet file; write the file again`);
    const maxText = Math.max(FREE_BYTES, maxExpansion * byteLength);
    const progress = new Int32Array(new SharedArrayBuffer(8));
    decoder = idle ?? startThread(new URL("./parquetWorker.js", import.meta.url));
    idle = undefined;
    const { ask } = decoder;
    let row = 0;
    try {
      for (let next = ask({ do: "open", fd: handle.fd, byteLength, columns, maxText, progress }); ; ) {
        const reply = await unlessStuck(next, progress, patience);
        done = !("rows" in reply) || reply.rows.length === 0;
        if ("tooMuchText" in reply)
          throw new InputError(
            `${file}: its texts are more than ${maxExpansion} times its size, as no traces' are; --max-expansion allows more`,
          );
        if ("error" in reply)
          throw reply.error.startsWith("no column ") ? new InputError(`${file}: ${reply.error}`) : broken(reply.error);
        if (done) break;
        // the next rows are decoded while these are counted
        next = ask({ do: "more" });
        next.catch(() => {});
        const first = row + 1;
        row += reply.rows.length;
        const records = reply.rows.map((value, i) => ({ place: `row ${first + i}`, value }));
        yield { kind: "records", file, records, malformed: [] };
      }
    } catch (error) {
      throw error instanceof InputError ? error : broken(whyEnded(error));
    }
    await source.unchanged();
  } finally {
    if (done && idle === undefined) {
      decoder!.rest();
      idle = decoder;
    } else await decoder?.stop();
    if (own === undefined) await handle.close();
  }
}

/** Decodes, one file after the other. */
type Decoder = Thread<ParquetRequest, ParquetReplies>;

/** Kept for the next file: to start a thread takes longer than to read a small one. */
let idle: Decoder | undefined;

/** What ended the decoder, in words about the file. */
function whyEnded(error: unknown): string {
  if (!(error instanceof ThreadEnded)) return (error as Error).message;
  return error.outOfMemory ? "a row group does not fit in the memory; smaller ones do" : "its decoder ended early";
}

/**
 * The reply, or an error when nothing has moved for too long. It counts its own ticks: none pass while the process is
 * suspended.
 */
function unlessStuck(reply: Promise<ParquetReply>, progress: Int32Array, patience: number): Promise<ParquetReply> {
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<never>((_, reject) => {
    let seen = -1;
    let ticks = 0;
    timer = setInterval(() => {
      const now = Atomics.load(progress, 0);
      if (now !== seen) ticks = 0;
      seen = now;
      if (++ticks > 2 * (patience + progress[1]! / SLOWEST)) reject(new Error("its decoding comes to no end"));
    }, 500);
  });
  return Promise.race([reply, stuck]).finally(() => clearInterval(timer));
}
