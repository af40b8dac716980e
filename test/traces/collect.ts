import type { Readable } from "node:stream";
import { printable } from "../../src/errors.js";
import { recordsOf } from "../../src/traces/batch.js";
import { addDigest, recordDigest } from "../../src/traces/digest.js";
import { tracesOf } from "../../src/traces/shapes/record.js";
import { readSources } from "../../src/traces/source.js";
import type { Trace, TraceOptions } from "../../src/traces/trace.js";

export interface Collected {
  records: number;
  traces: Trace[];
  skipped: Record<string, number>;
  malformed: string[];
  digest: string;
  /** Message of the error that ended the reading. */
  error?: string;
}

/** Reads inputs the way the pipeline does, in one thread, and keeps everything. */
export async function collect(
  inputs: string[],
  options: TraceOptions & { stdin?: Readable; maxLineBytes?: number; blockBytes?: number } = {},
): Promise<Collected> {
  const out: Collected = { records: 0, traces: [], skipped: {}, malformed: [], digest: "" };
  try {
    for await (const batch of readSources(inputs, options)) {
      for (const { place, line, value, error } of recordsOf(batch)) {
        if (error !== undefined) {
          const within = line === undefined ? place.slice(printable(batch.file).length + 2) : `line ${line}`;
          out.malformed.push(`${within}: ${error}`);
          continue;
        }
        out.records++;
        out.digest = addDigest(out.digest, recordDigest(value));
        const { traces, skipped } = tracesOf(value, options, batch);
        out.traces.push(...traces);
        for (const { reason } of skipped) out.skipped[reason] = (out.skipped[reason] ?? 0) + 1;
      }
    }
  } catch (error) {
    out.error = (error as Error).message;
    if ((error as Error).name !== "InputError") throw error;
  }
  return out;
}
