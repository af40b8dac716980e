/**
 * Traces as mining keeps them, to be mined again with more: each a problem and a run of spooled words. The rest of the
 * text is gone but for a sample, and nothing that mining needs is.
 */

import { isBreak } from "../text/words.js";
import type { Corpus } from "./corpus.js";
import { endOfLeb, getLebs, LONGEST_LEB, putLeb } from "./leb128.js";
import type { SampledTrace } from "./sample.js";
import { createSpoolReader, SPOOL_BREAK, type SpooledTrace } from "./spool.js";

/** What was read, as far as the traces themselves do not tell it. */
export interface StoredSums extends Pick<Corpus, "records" | "skipped" | "fields" | "digest"> {
  /** words too long to be kept */
  lostWords: number;
}

/** Traces of some problems, side by side: trace t is bytes[offset[t], offset[t + 1]), of problem[t]. */
export interface StoredTraces {
  kind: "stored";
  problem: string[];
  offset: number[];
  bytes: Uint8Array;
}

export interface Stored {
  sums: StoredSums;
  /** names of the problems, sorted */
  problems: readonly string[];
  /** by the word numbers in the traces' bytes */
  spellings: string[];
  batches: AsyncIterable<StoredTraces> | Iterable<StoredTraces>;
  /** a sample of the traces, as they were written */
  sample: readonly SampledTrace[];
}

/** Where all traces lie: those of problem p are first[p] … first[p + 1] - 1. */
export interface SpooledTraces {
  first: Int32Array;
  spool: Uint8Array;
  position: Float64Array;
  bytes: Int32Array;
}

const BATCH = 1 << 22;

/** Of the traces of some problems: how many there are, their words, and whether each spelling is one of these. */
export function wordsIn(
  { first, spool, position, bytes }: SpooledTraces,
  own: readonly number[],
  fds: readonly number[],
  spellingOf: readonly Int32Array[],
  spellings: number,
): { traces: number; words: number; used: Uint8Array } {
  const read = createSpoolReader(fds);
  const used = new Uint8Array(spellings);
  let [traces, words] = [0, 0];
  for (const problem of own)
    for (let t = first[problem]; t < first[problem + 1]; t++) {
      const { length, values } = read(spool[t], position[t], bytes[t]);
      for (let i = 0; i < length; i++) {
        if ((values[i] & 3) === SPOOL_BREAK) continue;
        used[spellingOf[spool[t]][values[i] >>> 2]] = 1;
        words++;
      }
      traces++;
    }
  return { traces, words, used };
}

/**
 * Spooled traces, problem by problem; in the same order and with the same numbers however threads shared them out.
 * @param own the problems wanted, in the order of their names
 * @param spellingOf per spool: its word numbers → spelling
 * @param numberOf spelling → its number in what is stored
 */
export function* storedTraces(
  { first, spool, position, bytes }: SpooledTraces,
  problems: readonly string[],
  own: readonly number[],
  fds: readonly number[],
  spellingOf: readonly Int32Array[],
  numberOf: Int32Array,
): Generator<StoredTraces> {
  const read = createSpoolReader(fds);
  let batch: { problem: string[]; parts: Buffer[]; size: number } = { problem: [], parts: [], size: 0 };
  const flush = (): StoredTraces => {
    const offset = [0];
    for (const part of batch.parts) offset.push(offset[offset.length - 1] + part.length);
    const full: StoredTraces = { kind: "stored", problem: batch.problem, offset, bytes: Buffer.concat(batch.parts) };
    batch = { problem: [], parts: [], size: 0 };
    return full;
  };
  for (const problem of own) {
    const traces: Buffer[] = [];
    for (let t = first[problem]; t < first[problem + 1]; t++)
      traces.push(renumbered(read(spool[t], position[t], bytes[t]), spellingOf[spool[t]], numberOf));
    for (const trace of traces.sort(Buffer.compare)) {
      batch.problem.push(problems[problem]);
      batch.parts.push(trace);
      batch.size += trace.length;
      if (batch.size >= BATCH) yield flush();
    }
  }
  if (batch.problem.length > 0) yield flush();
}

/** Problems in the order of their names, and what their traces' words are called. All in memory that threads share. */
export interface Packing {
  /** numbers of the problems */
  order: Int32Array;
  /** spelling → its number in what is stored */
  numberOf: Int32Array;
}

/** What packTraces gives for the problems order[from, to), from spooled traces; run in a thread, on ranges of any size. */
export function createPacker(
  { first, spool, position, bytes }: SpooledTraces,
  { order, numberOf }: Packing,
  fds: readonly number[],
  spellingOf: readonly Int32Array[],
): (from: number, to: number) => Uint8Array {
  const read = createSpoolReader(fds);
  let own = Buffer.alloc(1 << 16);
  let out = Buffer.alloc(1 << 16);
  return (from, to) => {
    let used = 0;
    for (let number = from; number < to; number++) {
      const problem = order[number];
      const traces: Buffer[] = [];
      let end = 0;
      for (let t = first[problem]; t < first[problem + 1]; t++) {
        const trace = read(spool[t], position[t], bytes[t]);
        // what lies in a buffer that is left stays as it is
        if (end + trace.length * LONGEST_LEB > own.length) {
          own = Buffer.alloc(Math.max(own.length, trace.length * LONGEST_LEB) * 2);
          end = 0;
        }
        const begin = end;
        end = putRenumbered(own, begin, trace, spellingOf[spool[t]], numberOf);
        traces.push(own.subarray(begin, end));
      }
      for (const trace of traces.sort(Buffer.compare)) {
        const room = used + 2 * LONGEST_LEB + trace.length;
        if (room > out.length) out = Buffer.concat([out.subarray(0, used)], room * 2);
        used = putLeb(out, putLeb(out, used, number), trace.length);
        out.set(trace, used);
        used += trace.length;
      }
    }
    return new Uint8Array(out.subarray(0, used));
  };
}

function renumbered(trace: SpooledTrace, spellingOf: Int32Array, numberOf: Int32Array): Buffer {
  const out = Buffer.allocUnsafe(trace.length * LONGEST_LEB);
  return Buffer.from(out.subarray(0, putRenumbered(out, 0, trace, spellingOf, numberOf)));
}

/** Writes a trace at `at`; returns where it ends. */
function putRenumbered(
  out: Uint8Array,
  at: number,
  { length, values }: SpooledTrace,
  spellingOf: Int32Array,
  numberOf: Int32Array,
): number {
  let used = at;
  for (let i = 0; i < length; i++) {
    const v = values[i];
    const kind = v & 3;
    used = putLeb(out, used, kind === SPOOL_BREAK ? v : ((numberOf[spellingOf[v >>> 2]] << 2) | kind) >>> 0);
  }
  return used;
}

/** Traces as bytes: for each, the number of its problem and of its own bytes as LEB128, then these. */
export function* packTraces(problems: readonly string[], batches: Iterable<StoredTraces>): Generator<Buffer> {
  const numberOf = new Map(problems.map((problem, number) => [problem, number]));
  for (const { problem, offset, bytes } of batches) {
    const parts: Uint8Array[] = [];
    for (let t = 0; t < problem.length; t++) {
      const trace = bytes.subarray(offset[t], offset[t + 1]);
      parts.push(leb(numberOf.get(problem[t])!), leb(trace.length), trace);
    }
    yield Buffer.concat(parts);
  }
}

function leb(value: number): Buffer {
  const bytes = Buffer.alloc(LONGEST_LEB);
  return bytes.subarray(0, putLeb(bytes, 0, value));
}

/**
 * Reads what packTraces wrote, a few megabytes at a time.
 * @throws Error when the bytes end inside a trace, or name a problem or word that is not there
 */
export async function* unpackTraces(
  tables: Tables,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<StoredTraces> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    if (rest.length < BATCH) continue;
    const { batch, end } = unpack(tables, rest);
    rest = rest.subarray(end);
    if (batch.problem.length > 0) yield batch;
  }
  const { batch, end } = unpack(tables, rest);
  if (end < rest.length) throw new Error("it ends inside a trace");
  if (batch.problem.length > 0) yield batch;
}

type Tables = Readonly<Record<"problems" | "spellings", readonly string[]>>;

/** The whole traces at the beginning of the bytes, and where they end. */
function unpack({ problems, spellings }: Tables, bytes: Buffer): { batch: StoredTraces; end: number } {
  const batch = { kind: "stored" as const, problem: [] as string[], offset: [0] };
  const parts: Buffer[] = [];
  const heads = new Uint32Array(2 * LONGEST_LEB);
  let values = new Uint32Array(1 << 12);
  let [at, size] = [0, 0];
  for (;;) {
    const next = endOfLeb(bytes, at);
    const start = next === undefined ? undefined : endOfLeb(bytes, next);
    if (start === undefined) break;
    getLebs(bytes, at, start, heads);
    const [problem, length] = heads;
    if (start + length > bytes.length) break;
    if (problem >= problems.length) throw new Error("a trace of no problem");
    if (length > values.length) values = new Uint32Array(length * 2);
    const numbers = getLebs(bytes, start, start + length, values);
    for (let i = 0; i < numbers; i++) {
      const number = values[i] >>> 2;
      const kind = values[i] & 3;
      if (kind === SPOOL_BREAK ? number > 255 || !isBreak(number) : kind > SPOOL_BREAK || number >= spellings.length)
        throw new Error("a trace in it is no run of words");
    }
    batch.problem.push(problems[problem]);
    parts.push(bytes.subarray(start, start + length));
    at = start + length;
    size += length;
    batch.offset.push(size);
  }
  return { batch: { ...batch, bytes: Buffer.concat(parts) }, end: at };
}
