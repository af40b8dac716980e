import { InputError } from "./errors.js";
import { linesOf } from "./files/lines.js";
import { tracesOf } from "./shapes/record.js";
import type { Block, Records } from "./source.js";
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
export async function* strictly(
  batches: AsyncIterable<Block | Records>,
  options: TraceOptions,
): AsyncGenerator<Block | Records> {
  for await (const batch of batches) {
    const { file } = batch;
    const refuse = (place: string, why: string) => {
      throw new InputError(`${file}:${place}: ${why}; without --strict such records are skipped`);
    };
    const check = (value: unknown, place: string) => {
      for (const { reason } of tracesOf(value, options, { file }).skipped)
        if (isBad(reason)) refuse(place, BAD[reason]);
    };
    if (batch.kind === "lines") {
      for (const { line, value, error } of linesOf(batch))
        if (error === undefined) check(value, String(line));
        else refuse(String(line), error);
    } else {
      for (const { place, why } of batch.malformed) refuse(` ${place}`, why);
      for (const { place, value } of batch.records) check(value, ` ${place}`);
    }
    yield batch;
  }
}

const isBad = (reason: SkipReason): reason is keyof typeof BAD => reason in BAD;
