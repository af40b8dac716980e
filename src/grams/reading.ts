import {
  breakOf,
  CODE,
  COMMA,
  closingOf,
  createWords,
  GAP_COMMA,
  GAP_SPACE,
  isBreak,
  MARK,
  scan,
} from "../text/words.js";
import { type Batch, type PlacedRecord, recordsOf } from "../traces/batch.js";
import { createDigestSum, recordDigest } from "../traces/digest.js";
import { tracesOf } from "../traces/shapes/record.js";
import { BAD } from "../traces/strict.js";
import { type Trace, type TraceOptions, takenFrom } from "../traces/trace.js";
import type { ReadSums } from "./corpus.js";
import { getLebs } from "./leb128.js";
import { createSampler, type SampledTrace } from "./sample.js";
import { EMPTY, extend, note, type Sketch } from "./sketch.js";
import { createSpoolWriter, SPOOL_BREAK, SPOOL_COMMA } from "./spool.js";
import type { StoredTraces } from "./stored.js";
import { addTrace, createTraceIndex, type TraceIndex } from "./traceIndex.js";
import { createVocabulary } from "./vocabulary.js";

/** What one thread has read. */
export interface Reading extends ReadSums {
  /** of the words, too long to be kept */
  lostWords: number;
  /** by the thread's problem number and word number */
  problems: string[];
  spellings: string[];
  index: TraceIndex;
  /** of the traces read now, for the tagger */
  sample: SampledTrace[];
}

/** Places reported at most. */
export const REPORTED = 20;

/**
 * Pass 1 of one thread: records in, their successful traces tokenised into the spool, their n-grams noted in the sketch,
 * where there is one.
 */
export function createReader(options: TraceOptions, maxN: number, fd: number, sketch?: Sketch) {
  const spool = createSpoolWriter(fd);
  const vocabulary = createVocabulary();
  const words = createWords();
  const sampler = createSampler();
  const problems = new Map<string, number>();
  const index = createTraceIndex();
  const reading: Reading = {
    records: 0,
    successful: 0,
    skipped: {},
    bad: [],
    digest: "",
    fields: {},
    words: 0,
    lostWords: 0,
    problems: [],
    spellings: [],
    sample: [],
    index,
  };
  const hashes = new Int32Array(maxN);
  const digests = createDigestSum();

  const skip = (reason: string) => {
    reading.records++;
    reading.skipped[reason] = (reading.skipped[reason] ?? 0) + 1;
  };

  function noteFields(fields: Trace["fields"]): void {
    const taken = takenFrom(fields);
    reading.fields[taken] = (reading.fields[taken] ?? 0) + 1;
  }

  function takeTrace(trace: Trace): void {
    reading.records++;
    reading.successful++;
    noteFields(trace.fields);
    let problem = problems.get(trace.problem);
    if (problem === undefined) {
      problem = problems.size;
      problems.set(trace.problem, problem);
    }
    const { text } = trace;
    sampler.take(trace);
    scan(text, words);
    const position = spool.position;
    const { length, start, end, gap } = words;
    let run = 0; // words of the clause so far, at most maxN
    for (let i = 0; i < length; i++) {
      const id = vocabulary.add(text, start[i], end[i]);
      if (id < 0) {
        reading.lostWords++;
        spool.break(breakAfter(gap[i]));
        run = 0;
        continue;
      }
      spool.word(id, gap[i]);
      if (isBreak(gap[i])) run = 0;
      if (sketch !== undefined) run = noteWord(sketch, id, run, problem);
    }
    spool.break(gap[length]);
    reading.words += length;
    addTrace(index, problem, position, spool.position - position);
  }

  /** Traces of an earlier mining; their records were counted then. */
  function takeStored({ problem: names, offset, bytes }: StoredTraces, spellings: readonly string[]): void {
    const longest = names.reduce((most, _, t) => Math.max(most, offset[t + 1] - offset[t]), 0);
    const values = new Uint32Array(longest);
    names.forEach((name, t) => {
      const problem = problems.get(name) ?? problems.size;
      problems.set(name, problem);
      const position = spool.position;
      let run = 0;
      const length = getLebs(bytes, offset[t], offset[t + 1], values);
      for (let i = 0; i < length; i++) {
        const number = values[i] >>> 2;
        const kind = values[i] & 3;
        if (kind === SPOOL_BREAK) {
          spool.break(number);
          run = 0;
          continue;
        }
        const spelling = spellings[number];
        const id = vocabulary.add(spelling, 0, spelling.length);
        spool.word(id, kind === SPOOL_COMMA ? GAP_COMMA : GAP_SPACE);
        if (sketch !== undefined) run = noteWord(sketch, id, run, problem);
        reading.words++;
      }
      addTrace(index, problem, position, spool.position - position);
    });
  }

  /** Notes the n-grams that end with a word, `run` words into its clause (at most maxN). Returns the run after it. */
  function noteWord(sketch: Sketch, id: number, run: number, problem: number): number {
    const word = vocabulary.hash(id);
    // hashes[k] is of the k+1 words that end here
    for (let k = run < maxN ? run : maxN - 1; k > 0; k--) {
      const hash = extend(hashes[k - 1], word);
      hashes[k] = hash;
      note(sketch, hash, problem);
    }
    hashes[0] = extend(EMPTY, word);
    note(sketch, hashes[0], problem);
    return run + 1;
  }

  function takeRecord({ value, place, json }: PlacedRecord, file: string): void {
    digests.add(recordDigest(value, json));
    const { traces, skipped } = tracesOf(value, options, { file });
    for (const { reason, why, fields } of skipped) {
      skip(reason);
      if (fields !== undefined) noteFields(fields);
      const bad = reason in BAD ? BAD[reason as keyof typeof BAD] : undefined;
      if (bad ?? why) report(place, bad && why ? `${bad}: ${why}` : (bad ?? why)!);
    }
    for (const trace of traces) {
      if (options.all || trace.success) takeTrace(trace);
      else skip(trace.success === false ? "failed" : "unknown-success");
    }
  }

  function report(place: string, what: string): void {
    if (reading.bad.length < REPORTED) reading.bad.push(`${place}: ${what}`);
  }

  return {
    take(batch: Batch): void {
      for (const record of recordsOf(batch)) {
        if (record.error === undefined) takeRecord(record, batch.file);
        else {
          skip("malformed");
          report(record.place, record.error);
        }
      }
    },
    takeStored,
    finish(): Reading {
      spool.flush();
      reading.digest = digests.sum;
      reading.problems = [...problems.keys()];
      reading.sample = sampler.finish();
      reading.spellings = Array.from({ length: vocabulary.size }, (_, id) => vocabulary.spelling(id));
      return reading;
    },
  };
}

/** A word too long to count ends the clause as code does; `gap` stands before it. */
function breakAfter(gap: number): number {
  const first = isBreak(gap) ? closingOf(gap) : gap === GAP_COMMA ? COMMA : CODE;
  return breakOf(first === MARK ? CODE : first, CODE);
}
