// Reading traces into the arrays that the generator recombines.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { createWords, isBreak, normalise, scan } from "../dist/text/words.js";

/** A growing list of 32-bit integers. */
export function createInts() {
  let data = new Int32Array(1 << 16);
  const ints = {
    length: 0,
    push(value) {
      if (ints.length === data.length) {
        const larger = new Int32Array(data.length * 2);
        larger.set(data);
        data = larger;
      }
      data[ints.length++] = value;
    },
    /** the last value for 1, the one before for 2, … */
    last: (back) => data[ints.length - back],
    at: (i) => data[i],
    get values() {
      return data.subarray(0, ints.length);
    },
  };
  return ints;
}

/** Numbers for strings, in the order of first sight. */
function createTable() {
  const numbers = new Map();
  const strings = [];
  return {
    strings,
    number(string) {
      let number = numbers.get(string);
      if (number === undefined) {
        number = strings.push(string) - 1;
        numbers.set(string, number);
      }
      return number;
    },
  };
}

/** The records of JSONL files that have a trace; the fixtures have bad lines on purpose. */
async function* records(files) {
  for (const file of files) {
    const raw = createReadStream(file, { highWaterMark: 1 << 20 });
    const text = file.endsWith(".gz") ? raw.pipe(createGunzip({ chunkSize: 1 << 20 })) : raw;
    for await (const line of createInterface({ input: text, crlfDelay: Infinity })) {
      let record;
      try {
        record = JSON.parse(line);
      } catch {
        continue;
      }
      if (typeof record?.trace === "string") yield record;
    }
  }
}

/**
 * Traces as words and the text between them. `traces[i]` has its record and the range [from, to) of its tokens in
 * `words` (spelling), `gaps` (text before the word) and `opens` (1: the word opens a clause), and its last text, `end`.
 * @param keep which records to take
 */
export async function readCorpus(files, keep = () => true) {
  const spellings = createTable();
  const gapTexts = createTable();
  const words = createInts();
  const gaps = createInts();
  const opens = createInts();
  const traces = [];
  const scanned = createWords();
  for await (const { problem_id, problem, trace, correct, model } of records(files)) {
    if (!keep(problem_id)) continue;
    scan(trace, scanned);
    const from = words.length;
    let at = 0;
    for (let i = 0; i < scanned.length; i++) {
      words.push(spellings.number(trace.slice(scanned.start[i], scanned.end[i])));
      gaps.push(gapTexts.number(trace.slice(at, scanned.start[i])));
      opens.push(i === 0 || isBreak(scanned.gap[i]) ? 1 : 0);
      at = scanned.end[i];
    }
    traces.push({ problem_id, problem, correct, model, from, to: words.length, end: trace.slice(at) });
  }
  return { spellings, gapTexts, traces, words: words.values, gaps: gaps.values, opens: opens.values };
}

/** Spelling number → word number, for spellings that come in as they are asked for. */
export function createNormaliser(spellings) {
  const table = createTable();
  const numbers = [];
  return (spelling) => {
    numbers[spelling] ??= table.number(normalise(spellings.strings[spelling]));
    return numbers[spelling];
  };
}
