import { mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../errors.js";
import { GAP_COMMA, isBreak } from "../text/words.js";
import { getLebs, putLeb } from "./leb128.js";

/**
 * The tokenised traces on disk, so that later passes neither parse nor tokenise again and memory does not grow with the
 * input. A trace is a run of LEB128 numbers v: v & 3 = 0 a word after a space, 1 a word after a comma (its number is
 * v >> 2), 2 a clause break (its gap is v >> 2). About 2.2 bytes a word.
 */
export const SPOOL_WORD = 0;
export const SPOOL_COMMA = 1;
export const SPOOL_BREAK = 2;

const BLOCK = 1 << 22;

/** One temporary file a thread, nameless from the start: whatever ends the process, nothing stays behind. */
export function openSpools(count: number): number[] {
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), "sg-mine-"));
  } catch (cause) {
    throw new InputError(
      `cannot write temporary files in ${tmpdir()} (${(cause as Error).message}); set TMPDIR to a folder with room`,
    );
  }
  try {
    return Array.from({ length: count }, (_, t) => openSync(join(folder, `${t}`), "wx+", 0o600));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface SpoolWriter {
  /** bytes written so far: where the next trace begins */
  readonly position: number;
  word(id: number, gap: number): void;
  break(gap: number): void;
  flush(): void;
}

/** Writes to the file descriptor from its start. @throws InputError when it cannot: the disk may be full */
export function createSpoolWriter(fd: number): SpoolWriter {
  const buffer = new Uint8Array(BLOCK + 16);
  let used = 0;
  let flushed = 0;
  const flush = () => {
    let written = 0;
    try {
      while (written < used) written += writeSync(fd, buffer, written, used - written, flushed + written);
    } catch (cause) {
      throw new InputError(
        `cannot write temporary files in ${tmpdir()} (${(cause as Error).message}); set TMPDIR to a folder with room`,
        { cause },
      );
    }
    flushed += used;
    used = 0;
  };
  const put = (value: number) => {
    used = putLeb(buffer, used, value);
    if (used >= BLOCK) flush();
  };
  return {
    get position() {
      return flushed + used;
    },
    word(id, gap) {
      if (isBreak(gap)) put((gap << 2) | SPOOL_BREAK);
      put((id << 2) | (gap === GAP_COMMA ? SPOOL_COMMA : SPOOL_WORD));
    },
    break: (gap) => put((gap << 2) | SPOOL_BREAK),
    flush,
  };
}

/** One trace's numbers, decoded into `values`; reused from trace to trace. */
export interface SpooledTrace {
  length: number;
  values: Uint32Array;
}

/** Reads traces back by position. Where one follows the other, several are read at once. */
export function createSpoolReader(fds: readonly number[]) {
  let buffer = new Uint8Array(1 << 18);
  let from = 0;
  let to = 0;
  let open = -1;
  // where the last trace ended
  let end = -1;
  const trace: SpooledTrace = { length: 0, values: new Uint32Array(1 << 14) };
  return (spool: number, position: number, bytes: number): SpooledTrace => {
    if (spool !== open || position < from || position + bytes > to) {
      if (bytes > buffer.length) buffer = new Uint8Array(bytes * 2);
      const wanted = spool === open && position === end ? buffer.length : bytes;
      let got = 0;
      while (got < wanted) {
        const read = readSync(fds[spool], buffer, got, wanted - got, position + got);
        if (read === 0) break;
        got += read;
      }
      if (got < bytes) throw new Error(`spool: ${bytes} bytes expected at ${position}, ${got} found`);
      open = spool;
      from = position;
      to = position + got;
    }
    if (bytes > trace.values.length) trace.values = new Uint32Array(bytes * 2);
    end = position + bytes;
    trace.length = getLebs(buffer, position - from, end - from, trace.values);
    return trace;
  };
}
