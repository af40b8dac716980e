import { addDigest, recordDigest } from "../traces/digest.js";
import { tracesOf } from "../traces/record.js";
import { type Block, linesOf, type Records } from "../traces/source.js";
import type { Trace, TraceOptions } from "../traces/trace.js";
import { EMPTY, extend, note, type Sketch } from "./sketch.js";
import { createSpoolWriter } from "./spool.js";
import { createVocabulary } from "./vocabulary.js";
import { createWords, isBreak, scan } from "./words.js";

/** Where a trace lies in its thread's spool. */
export interface TraceIndex {
  /** the thread's number of the trace's problem */
  problem: Int32Array;
  position: Float64Array;
  bytes: Int32Array;
}

/** What one thread has read. */
export interface Reading {
  /** rollouts seen: the successful ones and the skipped add up to it */
  records: number;
  successful: number;
  skipped: Record<string, number>;
  /** the first few malformed records: "file:line: what is wrong" */
  malformed: string[];
  digest: string;
  /** how often each combination of fields was taken: "problem=problem_id text=trace success=correct" */
  fields: Record<string, number>;
  words: number;
  /** by the thread's problem number and word number */
  problems: string[];
  spellings: string[];
  index: TraceIndex;
}

const REPORTED = 20;

/**
 * Pass 1 of one thread: records in, their successful traces tokenised into the spool, their n-grams noted in the sketch.
 */
export function createReader(options: TraceOptions, maxN: number, fd: number, sketch: Sketch) {
  const spool = createSpoolWriter(fd);
  const vocabulary = createVocabulary();
  const words = createWords();
  const problems = new Map<string, number>();
  const index = { problem: [] as number[], position: [] as number[], bytes: [] as number[] };
  const reading: Reading = {
    records: 0,
    successful: 0,
    skipped: {},
    malformed: [],
    digest: "",
    fields: {},
    words: 0,
    problems: [],
    spellings: [],
    index: { problem: new Int32Array(0), position: new Float64Array(0), bytes: new Int32Array(0) },
  };
  const hashes = new Int32Array(maxN);

  const skip = (reason: string) => {
    reading.records++;
    reading.skipped[reason] = (reading.skipped[reason] ?? 0) + 1;
  };

  function takeTrace(trace: Trace): void {
    reading.records++;
    reading.successful++;
    const taken = `problem=${trace.fields.problem} text=${trace.fields.text} success=${trace.fields.success ?? "-"}`;
    reading.fields[taken] = (reading.fields[taken] ?? 0) + 1;
    let problem = problems.get(trace.problem);
    if (problem === undefined) {
      problem = problems.size;
      problems.set(trace.problem, problem);
    }
    const { text } = trace;
    scan(text, words);
    const position = spool.position;
    const { length, start, end, gap } = words;
    let run = 0; // words of the clause so far, at most maxN
    for (let i = 0; i < length; i++) {
      const id = vocabulary.add(text, start[i], end[i]);
      if (id < 0) {
        spool.break(gap[i]);
        run = 0;
        continue;
      }
      spool.word(id, gap[i]);
      if (isBreak(gap[i])) run = 0;
      const word = vocabulary.hash(id);
      // hashes[k] is of the k+1 words that end here
      for (let k = run < maxN ? run : maxN - 1; k > 0; k--) {
        const hash = extend(hashes[k - 1], word);
        hashes[k] = hash;
        note(sketch, hash, problem);
      }
      hashes[0] = extend(EMPTY, word);
      note(sketch, hashes[0], problem);
      run++;
    }
    spool.break(gap[length]);
    reading.words += length;
    index.problem.push(problem);
    index.position.push(position);
    index.bytes.push(spool.position - position);
  }

  function takeRecord(value: unknown, file: string): void {
    reading.digest = addDigest(reading.digest, recordDigest(value));
    const { traces, skipped } = tracesOf(value, options, { file });
    for (const { reason } of skipped) skip(reason);
    for (const trace of traces) {
      if (options.all || trace.success) takeTrace(trace);
      else skip(trace.success === false ? "failed" : "unknown-success");
    }
  }

  function takeMalformed(what: string): void {
    skip("malformed");
    if (reading.malformed.length < REPORTED) reading.malformed.push(what);
  }

  return {
    take(batch: Block | Records): void {
      if (batch.kind === "lines") {
        for (const { line, value, error } of linesOf(batch))
          if (error === undefined) takeRecord(value, batch.file);
          else takeMalformed(`${batch.file}:${line}: ${error}`);
      } else {
        for (const { value } of batch.records) takeRecord(value, batch.file);
        for (const { place, why } of batch.malformed) takeMalformed(`${batch.file}: ${place}: ${why}`);
      }
    },
    finish(): Reading {
      spool.flush();
      reading.problems = [...problems.keys()];
      reading.spellings = Array.from({ length: vocabulary.size }, (_, id) => vocabulary.spelling(id));
      reading.index = {
        problem: Int32Array.from(index.problem),
        position: Float64Array.from(index.position),
        bytes: Int32Array.from(index.bytes),
      };
      return reading;
    },
  };
}
