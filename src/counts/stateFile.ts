/**
 * The state beside a lexicon (`--state FILE`): gzip of one line of JSON, then the traces as in stored.ts. About a tenth
 * of the traces' text.
 */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { packTraces, type Stored, type StoredSums, type StoredTraces, unpackTraces } from "../grams/stored.js";
import type { MineOptions } from "../options.js";
import { InputError } from "../traces/errors.js";
import { FREE_BYTES, MAX_EXPANSION } from "../traces/files/expansion.js";
import type { TraceOptions } from "../traces/trace.js";
import { checkStateHeader } from "./stateChecks.js";

const FORMAT = "sg-state/1";

/** The state's first line. */
export interface StateHeader {
  format: typeof FORMAT;
  /** what the lexicon was mined with; minProblems as it was given */
  mining: MineOptions;
  traces: TraceOptions;
  /** updates since the first mining, and the product of their decays */
  updates: number;
  decay: number;
  sums: StoredSums;
  problems: readonly string[];
  spellings: string[];
}

/** Writes a state whole or not at all: into a temporary file in the same folder, then renamed. */
export async function writeState(
  path: string,
  stored: Stored,
  facts: Omit<StateHeader, "format" | "sums" | "problems" | "spellings">,
  temporary = `${path}.${randomUUID()}.tmp`,
): Promise<void> {
  const { mining, traces, updates, decay } = facts;
  const { sums, problems, spellings } = stored;
  const header: StateHeader = { format: FORMAT, mining, traces, updates, decay, sums, problems, spellings };
  function* parts(): Generator<Buffer> {
    yield Buffer.from(`${JSON.stringify(header)}\n`);
    yield* packTraces(problems, stored.batches as Iterable<StoredTraces>);
  }
  try {
    await pipeline(Readable.from(parts()), createGzip({ level: 9 }), createWriteStream(temporary, { flags: "wx" }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new InputError(`${path}: cannot be written: ${(error as Error).message}`);
  }
}

export interface State {
  header: StateHeader;
  batches: StoredTraces[];
}

/** Reads a state. @throws InputError for a file that is none, or is broken */
export async function readState(path: string): Promise<State> {
  const chunks: Buffer[] = [];
  let [packed, size] = [0, 0];
  try {
    const file = createReadStream(path);
    file.on("data", (chunk) => {
      packed += chunk.length;
    });
    await pipeline(file, createGunzip(), async (source) => {
      for await (const chunk of source) {
        size += chunk.length;
        if (size > FREE_BYTES && size > MAX_EXPANSION * packed)
          throw new InputError(`${path}: a broken state: it unpacks to more than ${MAX_EXPANSION} times its size`);
        chunks.push(chunk);
      }
    });
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(
      code === "ENOENT"
        ? `${path}: no such state; sg-mine --state ${path} writes one`
        : `${path}: no state, or a broken one: ${message}`,
    );
  }
  const bytes = Buffer.concat(chunks);
  const end = bytes.indexOf(10);
  let header: StateHeader;
  try {
    header = JSON.parse(bytes.toString("utf8", 0, Math.max(0, end)));
  } catch {
    throw new InputError(`${path}: no state of a lexicon`);
  }
  if (header?.format !== FORMAT)
    throw new InputError(
      `${path}: format ${JSON.stringify(header?.format) ?? "none"} is not one that this version reads ("${FORMAT}")`,
    );
  checkStateHeader(header, path);
  const batches: StoredTraces[] = [];
  try {
    for await (const batch of unpackTraces(header, pieces(bytes.subarray(end + 1)))) batches.push(batch);
  } catch (error) {
    throw new InputError(`${path}: a broken state: ${(error as Error).message}; mine again with --state`);
  }
  return { header, batches };
}

/**
 * Forgets a share of the problems, all of their traces at once: each stays with probability `keep`, by a hash of its
 * name and the update's number, so that the same updates forget the same.
 */
export function forget({ header, batches }: State, keep: number): State {
  let forgotten = 0;
  const kept = batches.map(({ problem, offset, bytes }): StoredTraces => {
    const rest = { kind: "stored" as const, problem: [] as string[], offset: [0] };
    const parts: Uint8Array[] = [];
    problem.forEach((name, t) => {
      if (fraction(`${header.updates}\0${name}`) >= keep) {
        forgotten++;
        return;
      }
      rest.problem.push(name);
      parts.push(bytes.subarray(offset[t], offset[t + 1]));
      rest.offset.push(rest.offset[rest.offset.length - 1] + offset[t + 1] - offset[t]);
    });
    return { ...rest, bytes: Buffer.concat(parts) };
  });
  const skipped = { ...header.sums.skipped };
  if (forgotten > 0) skipped.forgotten = (skipped.forgotten ?? 0) + forgotten;
  return { header: { ...header, sums: { ...header.sums, skipped } }, batches: kept };
}

/** A number in [0, 1) that follows from the text alone. */
const fraction = (text: string) => createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32;

/** A few megabytes at a time. */
function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1 << 22) yield bytes.subarray(at, at + (1 << 22));
}
