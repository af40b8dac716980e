/** The state beside a lexicon (`--state FILE`): a file of counts without rows, with what the lexicon was mined with. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { InputError } from "../errors.js";
import type { Corpus } from "../grams/corpus.js";
import type { Stored, StoredTraces } from "../grams/stored.js";
import type { TraceOptions } from "../traces/trace.js";
import { COUNTS_FORMAT, type UpdateFacts } from "./file.js";
import { openCounts } from "./reader.js";
import { countsBytes } from "./writer.js";

export interface State {
  update: UpdateFacts;
  traces: TraceOptions;
  /** all in memory */
  stored: Stored & { batches: StoredTraces[] };
}

/** The bytes of a state. @param stored what the lexicon was mined from, and `corpus` its sums */
export function stateBytes(
  stored: Stored,
  { bad: _, ...corpus }: Corpus,
  { update, traces }: Pick<State, "update" | "traces">,
): AsyncGenerator<Uint8Array> {
  const { maxN } = update.mining;
  // no gram stands in more problems than there are: every one that does has a row
  const floor = corpus.problems + 1;
  const { lostWords } = stored.sums;
  return countsBytes(none(), { format: COUNTS_FORMAT, maxN, floor, corpus, lostWords, traces, update }, stored);
}

async function* none(): AsyncGenerator<never> {}

/** Reads a state. @throws InputError for a file that is none, or is broken */
export async function readState(path: string): Promise<State> {
  if (!existsSync(path)) throw new InputError(`${path}: no such state; sg-mine --state ${path} writes one`);
  const { facts, stored } = await openCounts(path);
  const traces = await stored();
  if (!facts.update || !traces)
    throw new InputError(`${path}: counts, but no state of a lexicon; sg-mine --state ${path} writes one`);
  const batches: StoredTraces[] = [];
  for await (const batch of traces.batches) batches.push(batch);
  return { update: facts.update, traces: facts.traces, stored: { ...traces, batches } };
}

/**
 * Forgets a share of the problems, all of their traces at once: each stays with probability `keep`, by a hash of its
 * name and the update's number, so that the same updates forget the same.
 */
export function forget({ update, traces, stored }: State, keep: number): State {
  const stays = (problem: string) => fraction(`${update.updates}\0${problem}`) < keep;
  let forgotten = 0;
  const batches = stored.batches.map(({ problem, offset, bytes }): StoredTraces => {
    const rest = { kind: "stored" as const, problem: [] as string[], offset: [0] };
    const parts: Uint8Array[] = [];
    problem.forEach((name, t) => {
      if (!stays(name)) {
        forgotten++;
        return;
      }
      rest.problem.push(name);
      parts.push(bytes.subarray(offset[t], offset[t + 1]));
      rest.offset.push(rest.offset[rest.offset.length - 1] + offset[t + 1] - offset[t]);
    });
    return { ...rest, bytes: Buffer.concat(parts) };
  });
  const skipped = { ...stored.sums.skipped };
  if (forgotten > 0) skipped.forgotten = (skipped.forgotten ?? 0) + forgotten;
  const sample = stored.sample.filter(({ problem }) => stays(problem));
  return { update, traces, stored: { ...stored, sums: { ...stored.sums, skipped }, batches, sample } };
}

/** A number in [0, 1) that follows from the text alone. */
const fraction = (text: string) => createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32;
