import { parentPort, workerData } from "node:worker_threads";
import { serve } from "../threads.js";
import type { Block, Records } from "../traces/source.js";
import type { TraceOptions } from "../traces/trace.js";
import { type Candidates, type Contexts, contextsOf } from "./contexts.js";
import { COUNTERS, countShare, type Share } from "./counting.js";
import { type Incidence, incidenceOf } from "./incidence.js";
import { createReader, type Reading } from "./reading.js";
import type { Sketch, Survivors } from "./sketch.js";
import type { StoredTraces } from "./stored.js";
import { type ClusterCounts, unionOf } from "./union.js";

/** A counting thread: one per core, alive from the first record to the last context. */
export interface WorkerSetup {
  traces: TraceOptions;
  maxN: number;
  /** the thread's spool, open for reading and writing */
  fd: number;
  sketch: Sketch;
}

/** One request, one reply; replies come in the order of requests. */
export type Request =
  | { do: "read"; batch: Block | Records }
  | { do: "stored"; batch: StoredTraces; spellings: readonly string[] | undefined }
  | { do: "finish" }
  | { do: "share"; share: Share }
  | { do: "count"; survivors: Survivors; maxN: number; round: number; rounds: number; limit?: number }
  | { do: "contexts"; candidates: Candidates }
  | { do: "incidence"; survivors: Survivors; maxN: number; candidates: Candidates }
  | { do: "union"; candidates: Candidates; clusterOf: Int32Array; clusters: number };

/** Grams of pass 2 as parallel arrays: node 0 is the empty gram, a parent precedes its children. */
export interface CountedNodes {
  parent: Int32Array;
  word: Int32Array;
  rows: Uint32Array;
}
export interface Replies {
  read: undefined;
  stored: undefined;
  finish: Reading;
  share: undefined;
  count: CountedNodes | undefined;
  contexts: Contexts;
  incidence: Incidence;
  union: ClusterCounts;
}

if (parentPort) {
  const { traces, maxN, fd, sketch } = workerData as WorkerSetup;
  let reader: ReturnType<typeof createReader> | undefined = createReader(traces, maxN, fd, sketch);
  let share: Share | undefined;
  let spellings: readonly string[] = [];

  const answer = (request: Request): Replies[keyof Replies] => {
    switch (request.do) {
      case "read":
        reader!.take(request.batch);
        return undefined;
      case "stored":
        spellings = request.spellings ?? spellings;
        reader!.takeStored(request.batch, spellings);
        return undefined;
      case "finish": {
        const reading = reader!.finish();
        reader = undefined; // the vocabulary is no longer needed
        return reading;
      }
      case "share":
        share = request.share;
        return undefined;
      case "count": {
        const { survivors, maxN, round, rounds, limit } = request;
        const trie = countShare(share!, survivors, maxN, round, rounds, limit);
        if (!trie) return undefined;
        const parent = new Int32Array(trie.size);
        const word = new Int32Array(trie.size);
        for (let node = 1; node < trie.size; node++) {
          parent[node] = trie.parent(node);
          word[node] = trie.word(node);
        }
        return { parent, word, rows: trie.rows.subarray(0, trie.size * COUNTERS) };
      }
      case "contexts":
        return contextsOf(share!, request.candidates);
      case "incidence":
        return incidenceOf(share!, request.survivors, request.maxN, request.candidates);
      case "union":
        return unionOf(share!, request.candidates, request.clusterOf, request.clusters);
    }
  };
  serve(answer);
}
