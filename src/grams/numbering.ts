import { normalise } from "../text/words.js";
import type { Reading } from "./reading.js";
import type { Share } from "./share.js";
import type { SpooledTraces } from "./stored.js";
import { forEachIndexed } from "./traceIndex.js";
import { hashOf } from "./vocabulary.js";

/** Numbers over all threads, and each thread's share of the problems. */
export interface Numbering {
  /** by number */
  problemNames: string[];
  spellings: string[];
  words: string[];
  hashOf: Int32Array;
  wordOf: Int32Array;
  traces: SpooledTraces;
  shares: Share[];
}

/** @param fds the threads' spools */
export function numberTogether(readings: readonly Reading[], fds: readonly number[], threads: number): Numbering {
  const numbers = <T>(lists: readonly T[][]): { all: Map<T, number>; of: Int32Array[] } => {
    const all = new Map<T, number>();
    const of = lists.map((list) => {
      const numbers = new Int32Array(new SharedArrayBuffer(list.length * 4));
      list.forEach((item, i) => {
        let number = all.get(item);
        if (number === undefined) {
          number = all.size;
          all.set(item, number);
        }
        numbers[i] = number;
      });
      return numbers;
    });
    return { all, of };
  };
  const problems = numbers(readings.map((r) => r.problems));
  const spelt = numbers(readings.map((r) => r.spellings));
  const spellings = [...spelt.all.keys()];
  const hashes = new Int32Array(new SharedArrayBuffer(spellings.length * 4));
  const wordOf = new Int32Array(new SharedArrayBuffer(spellings.length * 4));
  const wordNumbers = new Map<string, number>();
  spellings.forEach((spelling, s) => {
    const word = normalise(spelling);
    hashes[s] = hashOf(word);
    const known = wordNumbers.get(word);
    wordOf[s] = known ?? wordNumbers.size;
    if (known === undefined) wordNumbers.set(word, wordNumbers.size);
  });

  const traces = byProblem(readings, problems.of, problems.all.size);
  // each problem to the thread with the least to read so far
  const total = new Float64Array(threads);
  const own: number[][] = Array.from({ length: threads }, () => []);
  for (let problem = 0; problem < problems.all.size; problem++) {
    const thread = total.indexOf(Math.min(...total));
    for (let t = traces.first[problem]; t < traces.first[problem + 1]; t++) total[thread] += traces.bytes[t];
    own[thread].push(problem);
  }
  const shares = own.map((mine): Share => {
    return { fds, traces, problems: Int32Array.from(mine), spellingOf: spelt.of, wordOf, hashOf: hashes };
  });
  return {
    problemNames: [...problems.all.keys()],
    spellings,
    words: [...wordNumbers.keys()],
    hashOf: hashes,
    wordOf,
    traces,
    shares,
  };
}

/** All traces, those of a problem side by side, in the order of spools and places; in memory that threads share. */
function byProblem(readings: readonly Reading[], problemOf: readonly Int32Array[], problems: number): SpooledTraces {
  const first = new Int32Array(new SharedArrayBuffer((problems + 1) * 4));
  readings.forEach(({ index }, spool) => {
    forEachIndexed(index, (problem) => {
      first[problemOf[spool][problem] + 1]++;
    });
  });
  for (let problem = 0; problem < problems; problem++) first[problem + 1] += first[problem];
  const count = first[problems];
  const traces = {
    first,
    spool: new Uint8Array(new SharedArrayBuffer(count)),
    position: new Float64Array(new SharedArrayBuffer(count * 8)),
    bytes: new Int32Array(new SharedArrayBuffer(count * 4)),
  };
  const next = first.slice();
  readings.forEach(({ index }, spool) => {
    forEachIndexed(index, (problem, position, bytes) => {
      const t = next[problemOf[spool][problem]]++;
      traces.spool[t] = spool;
      traces.position[t] = position;
      traces.bytes[t] = bytes;
    });
  });
  return traces;
}
