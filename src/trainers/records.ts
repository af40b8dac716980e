/** Records in, in the order of the input: what tagging and credit walk over. */

import { recordsOf } from "../traces/batch.js";
import { tracesOf } from "../traces/shapes/record.js";
import { readSources, type SourceOptions } from "../traces/source.js";
import type { Trace, TraceOptions } from "../traces/trace.js";

/** One record and the traces in it: one as a rule, several for parallel lists of rollouts. */
export interface RecordOfTraces {
  record: unknown;
  traces: Trace[];
  /** "FILE:LINE" or "FILE: row 3", for messages */
  place: string;
  /** line in its file, or the record's number, from 1 */
  number: number;
}

/**
 * Reads traces of any success, in input order. What gives no trace is passed to `onSkip` as place, reason and, where
 * more is known, what decides. A record
 * that names no problem is kept all the same, as a problem of its own (`problemOf` its place).
 */
export async function* readRecords(
  inputs: string[],
  options: TraceOptions & SourceOptions,
  onSkip: (place: string, why: string, detail?: string) => void,
): AsyncGenerator<RecordOfTraces> {
  const traceOptions: TraceOptions = { ...options, all: true };
  let file: string | undefined;
  let count = 0;
  for await (const batch of readSources(inputs, options)) {
    if (batch.file !== file) count = 0;
    file = batch.file;
    for (const { place, line, value, error } of recordsOf(batch)) {
      if (error !== undefined) {
        onSkip(place, error);
        continue;
      }
      const number = line ?? ++count;
      let { traces, skipped } = tracesOf(value, traceOptions, batch);
      if (traces.length === 0 && skipped.some(({ reason }) => reason === "no-problem")) {
        const named = { ...(value as object), problem_id: `record:${place}` };
        ({ traces, skipped } = tracesOf(named, { ...traceOptions, problemField: undefined }, batch));
      }
      for (const { reason, why } of skipped) onSkip(place, reason, why);
      if (traces.length > 0) yield { record: value, traces, place, number };
    }
  }
}

const IDENTIFIERS = [
  ..."id uid uuid trace_id rollout_id sample_id completion_id problem_id question_id task_id instance_id".split(" "),
  ..."prompt_id unique_id doc_id idx index step global_step".split(" "),
];

/**
 * How a line of output names the record it is about: the record's own identifiers as given; the line number as `id`
 * where it has no `id`; and `rollout`, the place in the record, where the record holds several traces.
 */
export function identifiersOf({ record, traces, number }: RecordOfTraces, index: number): Record<string, unknown> {
  const ids: Record<string, unknown> = {};
  if (typeof record === "object" && record !== null && !Array.isArray(record))
    for (const name of IDENTIFIERS) {
      const value = Object.hasOwn(record, name) ? (record as Record<string, unknown>)[name] : undefined;
      if (typeof value === "string" || typeof value === "number") ids[name] = value;
    }
  if (ids.id === undefined) ids.id = number;
  if (traces.length > 1) ids.rollout = index;
  return ids;
}

/** The trace's text if it is not word for word what the record's field holds (a prompt was cut off, messages joined). */
export function changedText(record: unknown, trace: Trace): string | undefined {
  const value = (record as Record<string, unknown> | null)?.[trace.fields.text];
  return value === trace.text ? undefined : trace.text;
}
