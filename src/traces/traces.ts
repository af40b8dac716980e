/**
 * Takes files of model outputs as they are found; gives traces: problem, text, success, step.
 *
 *   files ── readSources ──▶ batches ── recordsOf ──▶ records ── tracesOf ──▶ traces
 *
 * readSources (source.ts) does all the I/O and little else; recordsOf, tracesOf and recordDigest are pure and run in
 * worker threads. Everything looks at one record at a time, so that no result depends on the order of lines.
 */

export { InputError, NothingError } from "../errors.js";
export { type Batch, type Block, type PlacedRecord, type Records, recordsOf } from "./batch.js";
export { addDigest, recordDigest } from "./digest.js";
export { type TracesOfRecord, tracesOf } from "./shapes/record.js";
export { stepOfFile } from "./shapes/step.js";
export { readSources, type SourceOptions, sizeOfSources } from "./source.js";
export { BAD, strictly } from "./strict.js";
export type { SkipReason, Trace, TraceOptions } from "./trace.js";
