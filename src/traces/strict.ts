import { InputError } from "../errors.js";
import { type Batch, recordsOf } from "./batch.js";
import { tracesOf } from "./shapes/record.js";
import type { SkipReason, TraceOptions } from "./trace.js";

/** A record skipped for one of these reasons is a bad one: it is reported with its place. Others are merely of no use. */
export const BAD = {
  malformed: "not a record",
  "no-trace": "no field holds a model's output (--text-field names it)",
  "no-problem": "neither an id nor a text of the problem (--problem-field names it)",
} as const;

/**
 * Passes batches on up to the first record that is bad, in the order of the input: reading ends there and not when
 * everything is read. Each record is looked at here once more than in the threads that count.
 * @throws InputError that names the place
 */
export async function* strictly(batches: AsyncIterable<Batch>, options: TraceOptions): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    for (const { place, value, error } of recordsOf(batch)) {
      const why =
        error ??
        tracesOf(value, options, batch).skipped.flatMap(({ reason, why }) =>
          isBad(reason) ? [why === undefined ? BAD[reason] : `${BAD[reason]}: ${why}`] : [],
        )[0];
      if (why !== undefined) throw new InputError(`${place}: ${why}; without --strict such records are skipped`);
    }
    yield batch;
  }
}

const isBad = (reason: SkipReason): reason is keyof typeof BAD => reason in BAD;
