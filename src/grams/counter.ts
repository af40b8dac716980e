import { closeSync } from "node:fs";
import { startThread, type Thread as ThreadOf } from "../threads.js";
import type { Batch } from "../traces/batch.js";
import { textHash } from "../traces/digest.js";
import type { TraceOptions } from "../traces/trace.js";
import {
  type Candidates,
  type Corpus,
  candidateCount,
  type GramSource,
  type Grams,
  packed,
  type ReadSums,
} from "./corpus.js";
import { COUNTERS, keepFrequent } from "./counting.js";
import { type Incidence, joinIncidence } from "./incidence.js";
import { type Numbering, numberTogether } from "./numbering.js";
import { joinSamples, type SampledTrace } from "./sample.js";
import { RARE } from "./share.js";
import {
  createSketch,
  EMPTY,
  extend,
  hashesWithin,
  keepAlso,
  SLOT_BYTES,
  type Survivors,
  survives,
  survivorsAmong,
  survivorsOf,
  survivorsOfHashes,
} from "./sketch.js";
import { joinSpellings } from "./spellings.js";
import { openSpools } from "./spool.js";
import { type Stored, type StoredSums, storedTraces, wordsIn } from "./stored.js";
import { corpusOf } from "./sums.js";
import { createTrie } from "./trie.js";
import { addUnions } from "./union.js";
import { hashOf } from "./vocabulary.js";
import type { Replies, Request, WorkerSetup } from "./worker.js";

/**
 * Traces in, grams with exact counts out. Batches of records go to threads that tokenise them into a spool and note
 * their n-grams in a sketch (pass 1); every later pass reads the spool, problem by problem.
 */
export interface GramOptions {
  traces: TraceOptions;
  maxN: number;
  threads: number;
  /** bytes for the counting tables of all threads together */
  memory: number;
  /** leaves the sketch out, which `count` alone needs */
  unsketched?: boolean;
}

export interface GramCounter extends GramSource {
  /** takes one batch; resolves when another is welcome */
  take(batch: Batch): Promise<void>;
  /** takes the traces of an earlier mining or of a part again; before anything else */
  restore(stored: Stored): Promise<void>;
  /** ends reading */
  finish(): Promise<Corpus>;
  /** all traces taken, to be restored another time; after finish */
  store(): Stored;
  /** the traces of `store` as packTraces gives them, by the threads; after finish */
  pack(): AsyncGenerator<Uint8Array>;
  /** all traces taken, in so many shares of whole problems, without those that have none; after finish */
  divide(shares: number): Generator<StoredShare>;
  /**
   * Instead of count: exact counts of these grams and of what begins them; a few others may come with them.
   * @param grams their words, or the hashes of all of them
   */
  countAmong(grams: readonly (readonly string[])[] | Int32Array): Promise<Grams>;
  /** instead of count: these grams as the passes below take them, but for those with a word that no trace has */
  select(grams: readonly (readonly string[])[]): Promise<{ candidates: Candidates; index: number[] }>;
  /** exact counts of the candidates in each problem, the problems in the order of their names */
  incidence(candidates: Candidates): Promise<Omit<Incidence, "problem">>;
  /** ends the threads and removes the spool; call it on every path */
  close(): Promise<void>;
}

/** The problems of one share, by the hash of their names: the same problem is in the same share whatever else is read. */
export interface StoredShare extends Omit<Stored, "sums"> {
  share: number;
  traces: number;
  /** of those that are kept */
  words: number;
}

type Thread = ThreadOf<Request, Replies>;

/** Batches that a thread may have in hand: one at work, one waiting. */
const IN_HAND = 2;
/** A larger table is slower to reach than it saves candidates. */
const MOST_SLOTS = 1 << 24;
/** Bytes of traces that a thread is given to pack: enough that asking costs nothing, and little to wait for. */
const PACKED_AT_ONCE = 1 << 20;
/** Beyond this, the grams of one pair of words would not fit, and splitting does not help. */
const MOST_ROUNDS = 1 << 12;
/** What a node of a trie takes, the copy while it grows included. */
const NODE_BYTES = 64;

export function createGramCounter({ traces, maxN, threads, memory, unsketched }: GramOptions): GramCounter {
  const budget = memory / 2 / threads;
  const slots = 2 ** Math.floor(Math.log2(Math.max(64, budget / SLOT_BYTES)));
  const limit = Math.max(1024, Math.floor(budget / NODE_BYTES));
  const sketches = Array.from({ length: unsketched ? 0 : threads }, () => createSketch(Math.min(slots, MOST_SLOTS)));
  const fds = openSpools(threads);
  const pool = fds.map((fd, t): Thread => {
    const setup: WorkerSetup = { traces, maxN, fd, sketch: sketches[t] };
    return startThread(new URL("./worker.js", import.meta.url), setup);
  });
  const inHand = new Set<Promise<unknown>>();
  let numbering: Numbering | undefined;
  let surviving: Survivors | undefined;
  const earlier: (ReadSums & { lostWords: number })[] = [];
  const samples: (readonly SampledTrace[])[] = [];
  let sample: SampledTrace[] = [];
  let sums: StoredSums | undefined;
  let failure: unknown;
  let order: Record<"problems" | "spellings", number[]> | undefined;

  /** Numbers of the problems and of the spellings, in the order of these. */
  const ordered = () => {
    const { spellings, problemNames } = numbering!;
    order ??= { problems: inOrder(problemNames), spellings: inOrder(spellings) };
    return order;
  };
  const leastBusy = () => pool.reduce((a, b) => (b.pending < a.pending ? b : a));
  /** Hands work to a thread; resolves when more is welcome. */
  async function give(work: (thread: Thread) => Promise<unknown>): Promise<void> {
    while (leastBusy().pending >= IN_HAND) await Promise.race(inHand);
    if (failure) throw failure;
    const done = work(leastBusy())
      .catch((error) => {
        failure ??= error;
      })
      .finally(() => inHand.delete(done));
    inHand.add(done);
  }

  /** Gives the threads their problems; words that no survivor has are passed over from now on. */
  async function shareOut(survivors: Survivors): Promise<void> {
    surviving = survivors;
    const { hashOf, wordOf, shares } = numbering!;
    for (let s = 0; s < wordOf.length; s++) if (!survives(survivors, extend(EMPTY, hashOf[s]))) wordOf[s] = RARE;
    await Promise.all(pool.map((thread, t) => thread.ask<"share">({ do: "share", share: shares[t] })));
  }

  async function countSurvivors(survivors: Survivors, floor: number, others = createTrie(1)): Promise<Grams> {
    await shareOut(survivors);
    const { words, wordOf } = numbering!;
    // every round counts single words: splitting could never make less of them
    const room = Math.max(limit, 2 * new Set(wordOf).size);
    const kept = createTrie(COUNTERS);
    let rounds = 1;
    for (let round = 0; round < rounds; round++) {
      const counted = await Promise.all(
        pool.map((thread) =>
          thread.ask<"count">({
            do: "count",
            survivors,
            maxN,
            round,
            rounds,
            limit: rounds < MOST_ROUNDS ? room : undefined,
          }),
        ),
      );
      if (counted.every((nodes) => nodes !== undefined)) keepFrequent(counted, floor, kept, others);
      else {
        // The table was too small for this many grams: start the remaining rounds again with narrower ones.
        // Rounds already done divide evenly, so round r becomes rounds 2r and 2r + 1.
        rounds *= 2;
        round = round * 2 - 1;
      }
    }
    return { trie: kept, words };
  }

  /** The grams as word numbers, without those that have a word that no trace has. */
  function known(grams: readonly (readonly string[])[]): { index: number; path: number[] }[] {
    const numberOf = new Map(numbering!.words.map((word, number) => [word, number]));
    return grams.flatMap((words, index) => {
      const path = words.map((word) => numberOf.get(word) ?? RARE);
      return path.includes(RARE) ? [] : [{ index, path }];
    });
  }

  return {
    take(batch) {
      const buffers = batch.kind === "lines" ? [batch.bytes.buffer as ArrayBuffer] : [];
      return give((thread) => thread.ask<"read">({ do: "read", batch }, buffers));
    },
    async restore({ batches, spellings, sums, sample }) {
      samples.push(sample);
      let traces = 0;
      const told = new Set<Thread>();
      for await (const batch of batches) {
        await give((thread) => {
          // the table of words goes to each thread once
          const table = told.has(thread) ? undefined : spellings;
          told.add(thread);
          return thread.ask<"stored">({ do: "stored", batch, spellings: table });
        });
        traces += batch.problem.length;
      }
      const { records, skipped, fields, digest, lostWords } = sums;
      earlier.push({ records, successful: traces, skipped, fields, bad: [], digest, words: lostWords, lostWords });
    },
    async finish() {
      const readings = await Promise.all(pool.map((thread) => thread.ask<"finish">({ do: "finish" })));
      if (failure) throw failure;
      numbering = numberTogether(readings, fds, threads);
      sample = joinSamples([...samples.splice(0), ...readings.map((reading) => reading.sample)]);
      const all = [...readings, ...earlier];
      const corpus = corpusOf(all, numbering.problemNames.length);
      const { records, skipped, fields, digest } = corpus;
      sums = { records, skipped, fields, digest, lostWords: all.reduce((sum, { lostWords }) => sum + lostWords, 0) };
      return corpus;
    },
    store() {
      const { spellings, shares, problemNames, traces } = numbering!;
      const { problems, spellings: own } = ordered();
      const numberOf = numbersOf(own, spellings.length);
      return {
        sums: sums!,
        problems: problems.map((problem) => problemNames[problem]),
        spellings: own.map((spelling) => spellings[spelling]),
        batches: storedTraces(traces, problemNames, problems, fds, shares[0].spellingOf, numberOf),
        sample,
      };
    },
    async *pack() {
      const { spellings, shares, traces } = numbering!;
      const { problems, spellings: own } = ordered();
      const packing = {
        order: Int32Array.from(problems),
        numberOf: numbersOf(own, spellings.length),
      };
      await Promise.all(pool.map((thread, t) => thread.ask<"packing">({ do: "packing", share: shares[t], packing })));
      const pending: Promise<Uint8Array>[] = [];
      let from = 0;
      let size = 0;
      for (const [at, problem] of problems.entries()) {
        for (let t = traces.first[problem]; t < traces.first[problem + 1]; t++) size += traces.bytes[t];
        if (size < PACKED_AT_ONCE && at + 1 < problems.length) continue;
        const request = { do: "pack", from, to: at + 1 } as const;
        pending.push(leastBusy().ask<"pack">(request));
        // it fails where it is awaited
        pending.at(-1)!.catch(() => {});
        [from, size] = [at + 1, 0];
        if (pending.length > IN_HAND * threads) yield await pending.shift()!;
      }
      for (const packed of pending) yield await packed;
    },
    *divide(count) {
      const { spellings, shares, problemNames, traces } = numbering!;
      const { spellingOf } = shares[0];
      const { problems: inNames, spellings: order } = ordered();
      const problemsOf = Array.from({ length: count }, (): number[] => []);
      for (const problem of inNames) problemsOf[shareOf(problemNames[problem], count)].push(problem);
      for (const [share, problems] of problemsOf.entries()) {
        if (problems.length === 0) continue;
        const { used, ...sizes } = wordsIn(traces, problems, fds, spellingOf, spellings.length);
        const own = order.filter((spelling) => used[spelling] === 1);
        const numberOf = numbersOf(own, spellings.length);
        yield {
          share,
          ...sizes,
          problems: problems.map((problem) => problemNames[problem]),
          spellings: own.map((spelling) => spellings[spelling]),
          batches: storedTraces(traces, problemNames, problems, fds, spellingOf, numberOf),
          sample: sample.filter(({ problem }) => shareOf(problem, count) === share),
        };
      }
    },
    count(floor, others = []) {
      // let go of, as the threads do at the end of reading: from here on their memory is for others
      const survivors = keepAlso(survivorsOf(sketches.splice(0), floor), hashesWithin(hashesOf(others)));
      const trie = createTrie(1);
      for (const { path } of known(others)) path.reduce((node, word) => trie.add(node, word), 0);
      return countSurvivors(survivors, floor, trie);
    },
    countAmong: (grams) =>
      countSurvivors(grams instanceof Int32Array ? survivorsOfHashes(grams) : survivorsAmong(hashesOf(grams)), 1),
    async select(grams) {
      await shareOut(survivorsAmong(hashesOf(grams)));
      const found = known(grams);
      return { candidates: packed(found), index: found.map(({ index }) => index) };
    },
    sample: async () => sample,
    async spellings(candidates) {
      const parts = await Promise.all(pool.map((thread) => thread.ask<"spell">({ do: "spell", candidates })));
      return joinSpellings(parts, candidateCount(candidates), numbering!.spellings);
    },
    async union(candidates, clusterOf, clusters) {
      const parts = await Promise.all(
        pool.map((thread) => thread.ask<"union">({ do: "union", candidates, clusterOf, clusters })),
      );
      return addUnions(parts);
    },
    async incidence(candidates) {
      const parts = await Promise.all(
        pool.map((thread) => thread.ask<"incidence">({ do: "incidence", survivors: surviving!, maxN, candidates })),
      );
      return joinIncidence(parts, numbering!.problemNames);
    },
    async close() {
      await Promise.all(pool.map((thread) => thread.stop()));
      for (const fd of fds) closeSync(fd);
    },
  };
}

/** Share of a problem among so many. */
const shareOf = (problem: string, shares: number): number =>
  Number.parseInt(textHash(problem).slice(0, 8), 16) % shares;

/** Indices of texts in the order of these. */
const inOrder = (texts: readonly string[]): number[] =>
  Array.from(texts.keys()).sort((a, b) => (texts[a] < texts[b] ? -1 : 1));

function numbersOf(order: readonly number[], length: number): Int32Array {
  const numberOf = new Int32Array(length);
  order.forEach((spelling, number) => {
    numberOf[spelling] = number;
  });
  return numberOf;
}

const hashesOf = (grams: readonly (readonly string[])[]) => grams.map((words) => words.map(hashOf));
