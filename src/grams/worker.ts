import { parentPort, workerData } from "node:worker_threads";
import { serve } from "../threads.js";
import type { Batch } from "../traces/batch.js";
import type { TraceOptions } from "../traces/trace.js";
import type { Candidates, ClusterCounts } from "./corpus.js";
import { type CountedNodes, countShare, nodesOf } from "./counting.js";
import { type Incidence, incidenceOf } from "./incidence.js";
import { createReader, type Reading } from "./reading.js";
import type { Share } from "./share.js";
import type { Sketch, Survivors } from "./sketch.js";
import { type SpeltGrams, spellingsOf } from "./spellings.js";
import { createPacker, type Packing, type StoredTraces } from "./stored.js";
import { unionOf } from "./union.js";

/** A counting thread: one per core, alive from the first record to the last spelling. */
export interface WorkerSetup {
  traces: TraceOptions;
  maxN: number;
  /** the thread's spool, open for reading and writing */
  fd: number;
  /** where n-grams are noted, if they are */
  sketch?: Sketch;
}

/** One request, one reply; replies come in the order of requests. */
export type Request =
  | { do: "read"; batch: Batch }
  | { do: "stored"; batch: StoredTraces; spellings: readonly string[] | undefined }
  | { do: "finish" }
  | { do: "share"; share: Share }
  | { do: "count"; survivors: Survivors; maxN: number; round: number; rounds: number; limit?: number }
  | { do: "spell"; candidates: Candidates }
  | { do: "incidence"; survivors: Survivors; maxN: number; candidates: Candidates }
  | { do: "packing"; share: Share; packing: Packing }
  | { do: "pack"; from: number; to: number }
  | { do: "union"; candidates: Candidates; clusterOf: Int32Array; clusters: number };

export interface Replies {
  read: undefined;
  stored: undefined;
  finish: Reading;
  share: undefined;
  count: CountedNodes | undefined;
  spell: SpeltGrams;
  incidence: Incidence;
  packing: undefined;
  pack: Uint8Array;
  union: ClusterCounts;
}

if (parentPort) {
  const setup = workerData as WorkerSetup;
  let reader: ReturnType<typeof createReader> | undefined = createReader(
    setup.traces,
    setup.maxN,
    setup.fd,
    setup.sketch,
  );
  setup.sketch = undefined; // it lasts as long as the reader
  let share: Share | undefined;
  let spellings: readonly string[] = [];
  let pack: ReturnType<typeof createPacker> | undefined;

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
        reader = undefined; // neither vocabulary nor sketch are needed any longer
        return reading;
      }
      case "share":
        share = request.share;
        return undefined;
      case "count": {
        const { survivors, maxN, round, rounds, limit } = request;
        const trie = countShare(share!, survivors, maxN, round, rounds, limit);
        return trie && nodesOf(trie);
      }
      case "spell":
        return spellingsOf(share!, request.candidates);
      case "packing": {
        const { traces, fds, spellingOf } = request.share;
        pack = createPacker(traces, request.packing, fds, spellingOf);
        return undefined;
      }
      case "pack":
        return pack!(request.from, request.to);
      case "incidence":
        return incidenceOf(share!, request.survivors, request.maxN, request.candidates);
      case "union":
        return unionOf(share!, request.candidates, request.clusterOf, request.clusters);
    }
  };
  serve(answer);
}
