import type { Readable } from "node:stream";
import { addDigest, recordDigest } from "../../src/traces/digest.js";
import { linesOf } from "../../src/traces/files/lines.js";
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
  const take = (file: string, value: unknown, json?: Uint8Array) => {
    out.records++;
    out.digest = addDigest(out.digest, recordDigest(value, json));
    const { traces, skipped } = tracesOf(value, options, { file });
    out.traces.push(...traces);
    for (const { reason } of skipped) out.skipped[reason] = (out.skipped[reason] ?? 0) + 1;
  };
  try {
    for await (const batch of readSources(inputs, options)) {
      if (batch.kind === "lines") {
        for (const { line, value, json, error } of linesOf(batch)) {
          if (error === undefined) take(batch.file, value, json);
          else out.malformed.push(`line ${line}: ${error}`);
        }
      } else {
        for (const { value } of batch.records) take(batch.file, value);
        out.malformed.push(...batch.malformed.map(({ place, why }) => `${place}: ${why}`));
      }
    }
  } catch (error) {
    out.error = (error as Error).message;
    if ((error as Error).name !== "InputError") throw error;
  }
  return out;
}
