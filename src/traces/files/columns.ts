import { InputError } from "../../errors.js";
import { startThread, type Thread, ThreadEnded } from "../../threads.js";
import type { Records } from "./blocks.js";
import type { OpenedBytes } from "./bytes.js";
import { FREE_BYTES } from "./expansion.js";
import type { DecoderReplies, DecoderRequest } from "./rows.js";
import { spooled } from "./spooled.js";
import { PATIENCE, unlessStuck } from "./stuck.js";

/** Bytes per second of the step at work: a large one may take longer. */
const SLOWEST = 5e6;

/** Formats of columns, with the thread that decodes each. */
const DECODERS = {
  parquet: new URL("./parquetWorker.js", import.meta.url),
  arrow: new URL("./arrowWorker.js", import.meta.url),
};

/**
 * Rows of a file of columns: of Parquet one row group in memory at a time, of Arrow the file. Row 1 is the first. A pipe
 * or a packed file is written to a temporary file first, for both are read from their end. The file is decoded in a
 * thread: a damaged one can send the decoder round in circles or through the memory, and a thread can be stopped.
 * @throws InputError for a file that is not of this kind or is broken
 */
export async function* columnRecords(
  kind: keyof typeof DECODERS,
  file: string,
  source: OpenedBytes,
  {
    maxExpansion,
    columns,
    patience = PATIENCE,
  }: { maxExpansion: number; columns?: readonly string[]; patience?: number },
): AsyncGenerator<Records> {
  const own = await source.plainFile();
  const handle = own ?? (await spooled(file, source, kind));
  const broken = (why: string) =>
    new InputError(`${file}: broken ${kind === "arrow" ? "Arrow" : kind} (${why.slice(0, 200)}); write the file again`);
  let decoder: Decoder | undefined;
  /** Whether the decoder has nothing in hand. */
  let done = false;
  try {
    const byteLength = (await handle.stat()).size;
    if (byteLength < 12)
      throw new InputError(
        `${file}: too short for ${kind === "arrow" ? "an Arrow" : "a parquet"} file; write the file again`,
      );
    const maxText = Math.max(FREE_BYTES, maxExpansion * byteLength);
    const progress = new Int32Array(new SharedArrayBuffer(8));
    decoder = idle.get(kind) ?? startThread(DECODERS[kind]);
    idle.delete(kind);
    const { ask } = decoder;
    let row = 0;
    try {
      for (let next = ask({ do: "open", fd: handle.fd, byteLength, columns, maxText, progress }); ; ) {
        const reply = await unlessStuck(
          next,
          () => Atomics.load(progress, 0),
          () => patience + progress[1]! / SLOWEST,
        );
        done = !("rows" in reply) || reply.rows.length === 0;
        if ("tooMuchText" in reply)
          throw new InputError(
            `${file}: its texts are more than ${maxExpansion} times its size, as no traces' are; --max-expansion allows more`,
          );
        if ("error" in reply)
          throw /^(?:no column|two columns) /.test(reply.error)
            ? new InputError(`${file}: ${reply.error}`)
            : broken(reply.error);
        if (done) break;
        // the next rows are decoded while these are counted
        next = ask({ do: "more" });
        next.catch(() => {});
        const first = row + 1;
        row += reply.rows.length;
        const out: Records = { kind: "records", file, records: [], malformed: [] };
        reply.rows.forEach((value, i) => {
          const place = `row ${first + i}`;
          if (value === undefined) out.malformed.push({ place, why: "invalid UTF-8" });
          else out.records.push({ place, value });
        });
        yield out;
      }
    } catch (error) {
      throw error instanceof InputError ? error : broken(whyEnded(error));
    }
    await source.unchanged();
  } finally {
    if (done && !idle.has(kind)) {
      decoder!.rest();
      idle.set(kind, decoder!);
    } else await decoder?.stop();
    if (own === undefined) await handle.close();
  }
}

/** Decodes, one file after the other. */
type Decoder = Thread<DecoderRequest, DecoderReplies>;

/** Kept for the next file: to start a thread takes longer than to read a small one. */
const idle = new Map<keyof typeof DECODERS, Decoder>();

/** What ended the decoder, in words about the file. */
function whyEnded(error: unknown): string {
  if (!(error instanceof ThreadEnded)) return (error as Error).message;
  return error.outOfMemory ? "a row group does not fit in the memory; smaller ones do" : "its decoder ended early";
}
