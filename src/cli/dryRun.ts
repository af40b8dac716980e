import { InputError, NothingError, printable } from "../errors.js";
import { isObject } from "../json.js";
import { recordsOf } from "../traces/batch.js";
import { survey } from "../traces/shapes/fields.js";
import { tracesOf } from "../traces/shapes/record.js";
import { readSources, type SourceOptions } from "../traces/source.js";
import type { Trace, TraceOptions } from "../traces/trace.js";
import { writeOutput } from "./output.js";

/** Letters of a sample. */
const SAMPLE = 72;
const SAMPLES = 2;

/** Records that are read alike. */
interface Shape {
  taken: Record<"text" | "problem" | "success", string>;
  files: Set<string>;
  traces: number;
  succeeded: number;
  failed: number;
  /** of unknown success: why, where a threshold would tell */
  unscaled: { count: number; why: string };
  problems: Set<string>;
  samples: string[];
  /** other fields that could have been meant */
  others: Set<string>;
}

/** Shows what would be taken from the inputs, and does nothing with it: a table of the shapes of records in them. */
export async function dryRun(files: readonly string[], options: TraceOptions & SourceOptions): Promise<void> {
  const shapes = new Map<string, Shape>();
  const skipped = new Map<string, number>();
  let records = 0;
  const skip = (why: string) => skipped.set(why, (skipped.get(why) ?? 0) + 1);
  const inputs = files.length > 0 ? [...files] : ["-"];
  for await (const batch of readSources(inputs, { ...options, stdin: process.stdin })) {
    for (const { value, error } of recordsOf(batch)) {
      records++;
      if (error !== undefined) {
        skip(`malformed: ${error}`);
        continue;
      }
      const found = tracesOf(value, { ...options, all: true }, batch);
      for (const { reason, why } of found.skipped) skip(why === undefined ? reason : `${reason}: ${why}`);
      for (const trace of found.traces) take(shapes, trace, value, batch.file);
    }
  }
  const traces = [...shapes.values()].reduce((sum, shape) => sum + shape.traces, 0);
  await writeOutput(tableOf([...shapes.values()], skipped, records), undefined);
  if (traces > 0) return;
  if (records > 0 && [...skipped.keys()].every((why) => why.startsWith("malformed")))
    throw new InputError(`none of the ${records} records can be read`);
  throw new NothingError(`none of the ${records} records holds a trace`);
}

function take(shapes: Map<string, Shape>, trace: Trace, record: unknown, file: string): void {
  const { text, problem, success = "-" } = trace.fields;
  const key = JSON.stringify([text, problem, success]);
  let shape = shapes.get(key);
  if (shape === undefined) {
    shape = {
      taken: { text, problem, success },
      files: new Set(),
      traces: 0,
      succeeded: 0,
      failed: 0,
      unscaled: { count: 0, why: "" },
      problems: new Set(),
      samples: [],
      others: new Set(),
    };
    shapes.set(key, shape);
  }
  shape.files.add(file);
  shape.traces++;
  if (trace.success === true) shape.succeeded++;
  if (trace.success === false) shape.failed++;
  if (trace.unscaled !== undefined) shape.unscaled = { count: shape.unscaled.count + 1, why: trace.unscaled };
  shape.problems.add(trace.problem);
  if (shape.samples.length < SAMPLES) {
    shape.samples.push(shortened(trace.text));
    if (isObject(record)) {
      const { texts, verdicts, unclaimed, problemId, problemText, weakId } = survey(record);
      const names = [...texts, ...unclaimed, ...verdicts, problemId, problemText, weakId];
      for (const name of names)
        if (name !== undefined && ![text, problem, success].some((field) => field.split(".").includes(name)))
          shape.others.add(name);
    }
  }
  for (const field of trace.fields.against ?? []) shape.others.add(`${field} (says otherwise)`);
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return printable(line.length > SAMPLE ? `${line.slice(0, SAMPLE)}…` : line);
}

/** The shapes, most traces first, as a table of lines to read. */
function tableOf(shapes: Shape[], skipped: ReadonlyMap<string, number>, records: number): string {
  const share = (count: number) => (records === 0 ? "" : ` (${((100 * count) / records).toFixed(1)} %)`);
  const out: string[] = [];
  for (const shape of shapes.sort((a, b) => b.traces - a.traces || (a.taken.text < b.taken.text ? -1 : 1))) {
    const [file] = shape.files;
    const unknown = shape.traces - shape.succeeded - shape.failed;
    const rows: [string, string][] = [
      ["file", `${file}${shape.files.size > 1 ? ` and ${shape.files.size - 1} more` : ""}`],
      ["text", shape.taken.text],
      ["problem", `${shape.taken.problem} (${shape.problems.size} problems)`],
      ["success", shape.taken.success],
      ["traces", `${shape.traces}: ${shape.succeeded} succeeded, ${shape.failed} failed, ${unknown} unknown`],
      ...(shape.unscaled.count === 0
        ? []
        : [["scale", `${shape.unscaled.count} times ${shape.unscaled.why}`] as [string, string]]),
      ...shape.samples.map((sample): [string, string] => ["sample", sample]),
      ["not taken", [...shape.others].sort().join(", ") || "-"],
    ];
    for (const [name, value] of rows) out.push(`${name.padEnd(10)}${printable(value)}`);
    out.push("");
  }
  for (const [why, count] of [...skipped].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 20))
    out.push(`${"skipped".padEnd(10)}${count}${share(count)} ${printable(why)}`);
  out.push(`${"records".padEnd(10)}${records}`);
  return `${out.join("\n")}\n`;
}
