import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packed } from "../selection/candidates.js";
import { isUnspaced, normalise } from "../text/words.js";
import { startThread, type Thread as ThreadOf } from "../threads.js";
import { addDigest, textHash } from "../traces/digest.js";
import { InputError } from "../traces/errors.js";
import type { Block, Records } from "../traces/source.js";
import type { TraceOptions } from "../traces/trace.js";
import { type Candidates, type Contexts, candidateCount } from "./contexts.js";
import { COUNTERS, PROBLEMS, RARE, type Share, SUMMED } from "./counting.js";
import type { Incidence } from "./incidence.js";
import { REPORTED, type Reading } from "./reading.js";
import {
  createSketch,
  EMPTY,
  extend,
  SLOT_BYTES,
  type Survivors,
  survives,
  survivorsAmong,
  survivorsOf,
} from "./sketch.js";
import { type SpooledTraces, type Stored, type StoredSums, storedTraces, wordsIn } from "./stored.js";
import { createTrie, type Trie } from "./trie.js";
import type { ClusterCounts } from "./union.js";
import { hashOf } from "./vocabulary.js";
import type { CountedNodes, Replies, Request, WorkerSetup } from "./worker.js";

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
}

/** What the threads' readings add up to. */
type Sums = Omit<Reading, "problems" | "spellings" | "index">;

/** Sums over everything read. */
export interface Corpus extends Omit<Sums, "lostWords"> {
  problems: number;
}

/** Counted grams: node g of `trie` is a gram, with its counts in `rows` (PROBLEMS, TRACES, … of counting.ts). */
export interface Grams {
  trie: Omit<Trie, "add" | "rows"> & { rows: ArrayLike<number> };
  /** by word number */
  words: string[];
}

/** Where the counts of a corpus come from: traces counted now, or a file of counts. */
export interface GramSource {
  /** exact counts of all grams with at least `floor` problems */
  count(floor: number): Promise<Grams>;
  /** spellings of the candidates, most frequent first */
  spellings(candidates: Candidates): Promise<Spelling[][]>;
  /** exact counts of every cluster: a problem or trace counts once, however many of the cluster's grams it has */
  union(candidates: Candidates, clusterOf: Int32Array, clusters: number): Promise<ClusterCounts>;
}

export interface GramCounter extends GramSource {
  /** takes one batch; resolves when another is welcome */
  take(batch: Block | Records): Promise<void>;
  /** takes the traces of an earlier mining or of a part again; before anything else */
  restore(stored: Stored): Promise<void>;
  /** ends reading */
  finish(): Promise<Corpus>;
  /** all traces taken, to be restored another time; after finish */
  store(): Stored;
  /** all traces taken, in so many shares of whole problems, without those that have none; after finish */
  divide(shares: number): Generator<StoredShare>;
  /** instead of count: exact counts of these grams and of what begins them; a few others may come with them */
  countAmong(grams: readonly (readonly string[])[]): Promise<Grams>;
  /** instead of count: these grams as the passes below take them, but for those with a word that no trace has */
  select(grams: readonly (readonly string[])[]): Promise<{ candidates: Candidates; index: number[] }>;
  /** neighbours and spellings of the candidates */
  contexts(candidates: Candidates): Promise<GramContexts>;
  /** exact counts of the candidates in each problem, the problems in the order of their names */
  incidence(candidates: Candidates): Promise<Omit<Incidence, "problem">>;
  /** ends the threads and removes the spool; call it on every path */
  close(): Promise<void>;
}

/** Contexts of the candidates with their spellings as text, most frequent first. */
export interface GramContexts extends Omit<Contexts, "spellings"> {
  spellings: Spelling[][];
}
export interface Spelling {
  text: string;
  count: number;
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
/** Beyond this, the grams of one pair of words would not fit, and splitting does not help. */
const MOST_ROUNDS = 1 << 12;
/** What a node of a trie takes, the copy while it grows included. */
const NODE_BYTES = 64;

export function createGramCounter({ traces, maxN, threads, memory }: GramOptions): GramCounter {
  const budget = memory / 2 / threads;
  const slots = 2 ** Math.floor(Math.log2(Math.max(64, budget / SLOT_BYTES)));
  const limit = Math.max(1024, Math.floor(budget / NODE_BYTES));
  const sketches = Array.from({ length: threads }, () => createSketch(Math.min(slots, MOST_SLOTS)));
  const fds = openSpools(threads);
  const pool = fds.map((fd, t): Thread => {
    const setup: WorkerSetup = { traces, maxN, fd, sketch: sketches[t] };
    return startThread(new URL("./worker.js", import.meta.url), setup);
  });
  const inHand = new Set<Promise<unknown>>();
  let numbering: Numbering | undefined;
  let surviving: Survivors | undefined;
  const earlier: Sums[] = [];
  let sums: StoredSums | undefined;
  let failure: unknown;

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

  async function countSurvivors(survivors: Survivors, floor: number): Promise<Grams> {
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
      if (counted.every((nodes) => nodes !== undefined)) keepFrequent(counted, floor, kept);
      else {
        // The table was too small for this many grams: start the remaining rounds again with narrower ones.
        // Rounds already done divide evenly, so round r becomes rounds 2r and 2r + 1.
        rounds *= 2;
        round = round * 2 - 1;
      }
    }
    return { trie: kept, words };
  }

  return {
    take(batch) {
      const buffers = batch.kind === "lines" ? [batch.bytes.buffer as ArrayBuffer] : [];
      return give((thread) => thread.ask<"read">({ do: "read", batch }, buffers));
    },
    async restore({ batches, spellings, sums }) {
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
      const all = [...readings, ...earlier];
      const corpus = corpusOf(all, numbering.problemNames.length);
      const { records, skipped, fields, digest } = corpus;
      sums = { records, skipped, fields, digest, lostWords: all.reduce((sum, { lostWords }) => sum + lostWords, 0) };
      return corpus;
    },
    store() {
      const { spellings, shares, problemNames, traces } = numbering!;
      const problems = inOrder(problemNames);
      const order = inOrder(spellings);
      const numberOf = numbersOf(order, spellings.length);
      return {
        sums: sums!,
        problems: problems.map((problem) => problemNames[problem]),
        spellings: order.map((spelling) => spellings[spelling]),
        batches: storedTraces(traces, problemNames, problems, fds, shares[0].spellingOf, numberOf),
      };
    },
    *divide(count) {
      const { spellings, shares, problemNames, traces } = numbering!;
      const { spellingOf } = shares[0];
      const order = inOrder(spellings);
      const problemsOf = Array.from({ length: count }, (): number[] => []);
      for (const problem of inOrder(problemNames)) problemsOf[shareOf(problemNames[problem], count)].push(problem);
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
        };
      }
    },
    count: (floor) => countSurvivors(survivorsOf(sketches, floor), floor),
    countAmong: (grams) => countSurvivors(survivorsAmong(hashesOf(grams)), 1),
    async select(grams) {
      await shareOut(survivorsAmong(hashesOf(grams)));
      const numberOf = new Map(numbering!.words.map((word, number) => [word, number]));
      const index: number[] = [];
      const known: { path: number[] }[] = [];
      grams.forEach((words, g) => {
        const path = words.map((word) => numberOf.get(word) ?? RARE);
        if (path.includes(RARE)) return;
        index.push(g);
        known.push({ path });
      });
      return { candidates: packed(known), index };
    },
    async spellings(candidates) {
      const parts = await Promise.all(pool.map((thread) => thread.ask<"contexts">({ do: "contexts", candidates })));
      return addContexts(parts, candidateCount(candidates), numbering!.spellings).spellings;
    },
    async contexts(candidates) {
      const parts = await Promise.all(pool.map((thread) => thread.ask<"contexts">({ do: "contexts", candidates })));
      return addContexts(parts, candidateCount(candidates), numbering!.spellings);
    },
    async union(candidates, clusterOf, clusters) {
      const parts = await Promise.all(
        pool.map((thread) => thread.ask<"union">({ do: "union", candidates, clusterOf, clusters })),
      );
      const sum = (key: keyof ClusterCounts) =>
        parts[0][key].map((_, c) => parts.reduce((n, part) => n + part[key][c], 0));
      return { problems: sum("problems"), traces: sum("traces"), occurrences: sum("occurrences") };
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

/** One temporary file a thread, nameless from the start: whatever ends the process, nothing stays behind. */
function openSpools(count: number): number[] {
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), "sg-mine-"));
  } catch (cause) {
    throw new InputError(
      `cannot write temporary files in ${tmpdir()} (${(cause as Error).message}); set TMPDIR to a folder with room`,
    );
  }
  try {
    return Array.from({ length: count }, (_, t) => openSync(join(folder, `${t}`), "wx+", 0o600));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Numbers over all threads, and each thread's share of the problems. */
interface Numbering {
  /** by number */
  problemNames: string[];
  spellings: string[];
  words: string[];
  hashOf: Int32Array;
  wordOf: Int32Array;
  traces: SpooledTraces;
  shares: Share[];
}

function numberTogether(readings: readonly Reading[], fds: readonly number[], threads: number): Numbering {
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
    for (let t = traces.first[problem]; t < traces.first[problem + 1]; t++) {
      total[thread] += traces.bytes[t];
      own[thread].push(t);
    }
  }
  const shares = own.map((mine): Share => {
    return {
      fds,
      spool: Uint8Array.from(mine, (t) => traces.spool[t]),
      position: Float64Array.from(mine, (t) => traces.position[t]),
      bytes: Int32Array.from(mine, (t) => traces.bytes[t]),
      problem: Int32Array.from(mine, (t) => traces.problem[t]),
      spellingOf: spelt.of,
      wordOf,
      hashOf: hashes,
    };
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

/** All traces, those of a problem side by side, in the order of spools and places. */
function byProblem(readings: readonly Reading[], problemOf: readonly Int32Array[], problems: number): SpooledTraces {
  const first = new Int32Array(problems + 1);
  readings.forEach(({ index }, spool) => {
    for (const problem of index.problem) first[problemOf[spool][problem] + 1]++;
  });
  for (let problem = 0; problem < problems; problem++) first[problem + 1] += first[problem];
  const count = first[problems];
  const traces = {
    first,
    problem: new Int32Array(count),
    spool: new Uint8Array(count),
    position: new Float64Array(count),
    bytes: new Int32Array(count),
  };
  const next = first.slice();
  readings.forEach(({ index }, spool) => {
    for (let i = 0; i < index.problem.length; i++) {
      const problem = problemOf[spool][index.problem[i]];
      const t = next[problem]++;
      traces.problem[t] = problem;
      traces.spool[t] = spool;
      traces.position[t] = index.position[i];
      traces.bytes[t] = index.bytes[i];
    }
  });
  return traces;
}

function corpusOf(readings: readonly Sums[], problems: number): Corpus {
  const addUp = (records: Record<string, number>[]) => {
    const sum: Record<string, number> = {};
    for (const key of records.flatMap(Object.keys).sort())
      sum[key] ??= records.reduce((total, record) => total + (record[key] ?? 0), 0);
    return sum;
  };
  const total = (key: "records" | "successful" | "words") => readings.reduce((sum, reading) => sum + reading[key], 0);
  return {
    records: total("records"),
    successful: total("successful"),
    words: total("words"),
    skipped: addUp(readings.map((r) => r.skipped)),
    fields: addUp(readings.map((r) => r.fields)),
    bad: firstPlaces(readings.flatMap((r) => r.bad)),
    digest: readings.reduce((sum, { digest }) => addDigest(sum, digest), ""),
    problems,
  };
}

/** In the order of files and lines ("b.jsonl:9" before "b.jsonl:10"), so that the threads' shares do not show. */
function firstPlaces(places: string[]): string[] {
  const { compare } = new Intl.Collator("en", { numeric: true });
  return places.sort(compare).slice(0, REPORTED);
}

/** Adds the threads' counts (their problems are disjoint) and keeps what reaches the floor. */
function keepFrequent(counted: readonly CountedNodes[], floor: number, kept: Trie): void {
  const all = createTrie(COUNTERS);
  for (const { parent, word, rows } of counted) {
    const numberOf = new Int32Array(parent.length);
    for (let node = 1; node < parent.length; node++) {
      const number = all.add(numberOf[parent[node]], word[node]);
      numberOf[node] = number;
      for (let k = 0; k < SUMMED; k++) all.rows[number * COUNTERS + k] += rows[node * COUNTERS + k];
    }
  }
  const numberOf = new Int32Array(all.size);
  for (let node = 1; node < all.size; node++) {
    // A gram stands in no fewer problems than any gram that begins with it: a kept node's parent is kept.
    if (all.rows[node * COUNTERS + PROBLEMS] < floor) continue;
    const number = kept.add(numberOf[all.parent(node)], all.word(node));
    numberOf[node] = number;
    for (let k = 0; k < SUMMED; k++) kept.rows[number * COUNTERS + k] = all.rows[node * COUNTERS + k];
  }
}

function addContexts(parts: readonly Contexts[], count: number, spellings: readonly string[]): GramContexts {
  const add = (key: "left" | "right") => {
    const sum = new Uint32Array(parts[0][key].length);
    for (const part of parts) for (let i = 0; i < sum.length; i++) sum[i] += part[key][i];
    return sum;
  };
  const counts = Array.from({ length: count }, () => new Map<string, number>());
  for (const { spellings: found } of parts)
    found.gram.forEach((gram, s) => {
      const text = spell(found.tokens.subarray(found.offset[s], found.offset[s + 1]), spellings);
      counts[gram].set(text, (counts[gram].get(text) ?? 0) + found.count[s]);
    });
  return {
    left: add("left"),
    right: add("right"),
    spellings: counts.map((of) =>
      Array.from(of, ([text, count]) => ({ text, count })).sort(
        (a, b) => b.count - a.count || (a.text < b.text ? -1 : 1),
      ),
    ),
  };
}

/** The threads' incidences as one, in an order that does not depend on how the problems were shared out. */
function joinIncidence(parts: readonly Incidence[], names: readonly string[]): Omit<Incidence, "problem"> {
  const all = parts.flatMap((part) => Array.from(part.problem, (problem, p) => ({ part, p, name: names[problem] })));
  all.sort((a, b) => (a.name < b.name ? -1 : 1));
  const offset = Int32Array.from([0, ...all.map(({ part, p }) => part.offset[p + 1] - part.offset[p])]);
  for (let p = 1; p < offset.length; p++) offset[p] += offset[p - 1];
  const gram = new Int32Array(offset[all.length]);
  const counts = new Uint32Array(gram.length * SUMMED);
  all.forEach(({ part, p }, i) => {
    const [from, to] = [part.offset[p], part.offset[p + 1]];
    gram.set(part.gram.subarray(from, to), offset[i]);
    counts.set(part.counts.subarray(from * SUMMED, to * SUMMED), offset[i] * SUMMED);
  });
  return { offset, gram, counts };
}

/** The text of a spelling given as `spelling * 2 + (1 after a comma)`. */
function spell(tokens: Int32Array, spellings: readonly string[]): string {
  let text = "";
  let previous = "";
  for (const token of tokens) {
    const word = spellings[token >> 1];
    const unspaced = previous !== "" && isUnspaced(previous, word);
    if (token & 1) text += unspaced ? "，" : ", ";
    else if (previous !== "" && !unspaced) text += " ";
    text += word;
    previous = word;
  }
  return text;
}
