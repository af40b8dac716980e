/** Attempts as rows of numbers: as many as are wanted, whole problems, the same whatever the order of the input. */
import { startThread, type Thread } from "../../threads.js";
import { textHash } from "../../traces/digest.js";
import type { Trace } from "../../traces/trace.js";
import { createMeasure, type MeasureReplies, type MeasureRequest, type MeasureSetup, ROW } from "./measures.js";

/** An attempt to be measured. */
export interface Attempt {
  trace: Trace;
  /** attempts of one problem are compared only where these are equal; undefined where nothing more is asked */
  within?: string;
}

/** The attempts whose success is known, in an order of their own. */
export interface Attempts {
  problem: string[];
  step: (string | number | undefined)[];
  within: (string | undefined)[];
  success: Uint8Array;
  /** ROW numbers an attempt */
  rows: Float64Array;
  /** attempts whose success the record does not tell */
  ungraded: number;
  /** attempts left out so that memory is bounded, all those of some problems */
  beyond: number;
}

/** Attempts kept at most: some 300 MB of numbers while they are put in order. */
const MOST = 250_000;
/** Text in UTF-16 units that is measured at a time, and below which no thread is started. */
const BATCH = 1 << 17;
const SMALL = 1 << 19;

interface Kept {
  key: string;
  problem: string;
  step: string | number | undefined;
  within: string | undefined;
  success: boolean;
  row: Float64Array;
}

/** Measures attempts on threads. No result depends on their number, or on the order of the attempts. */
export async function measureAttempts(
  attempts: AsyncIterable<Attempt>,
  setup: MeasureSetup,
  threads: number,
  most = MOST,
): Promise<Attempts> {
  const measure = createMeasure(setup);
  let pool: Thread<MeasureRequest, MeasureReplies>[] | undefined;
  let read = 0;
  // Problems by rank; those of the highest ranks make room.
  const kept = new Map<string, { rank: string; attempts: Kept[] }>();
  const pending = new Set<Promise<void>>();
  let ceiling = "g";
  let [count, ungraded, beyond] = [0, 0, 0];

  function keep(one: Kept): void {
    const rank = textHash(`rank ${one.problem}`);
    if (rank >= ceiling) {
      beyond++;
      return;
    }
    let of = kept.get(one.problem);
    if (!of) {
      of = { rank, attempts: [] };
      kept.set(one.problem, of);
    }
    of.attempts.push(one);
    count++;
    if (count > 1.25 * most) cut();
  }

  /** Keeps the problems of the lowest ranks, as many as have room, and one at least. */
  function cut(): void {
    let room = most;
    const byRank = [...kept].sort(([, a], [, b]) => (a.rank < b.rank ? -1 : 1));
    byRank.forEach(([problem, { rank, attempts }], i) => {
      room -= attempts.length;
      if (room >= 0 || i === 0) return;
      if (rank < ceiling) ceiling = rank;
      kept.delete(problem);
      count -= attempts.length;
      beyond += attempts.length;
    });
  }

  async function take(batch: readonly Attempt[]): Promise<void> {
    const texts = batch.map(({ trace }) => trace.text);
    const thread = pool?.reduce((least, one) => (one.pending < least.pending ? one : least));
    const rows = thread ? await thread.ask({ do: "measure", texts }) : measure(texts);
    batch.forEach(({ trace, within }, i) => {
      const { problem, step, success, text } = trace;
      keep({
        key: textHash(text),
        problem,
        step,
        within,
        success: success!,
        row: rows.slice(i * ROW, (i + 1) * ROW),
      });
    });
  }

  let failure: unknown;
  let batch: Attempt[] = [];
  let size = 0;
  const flush = async () => {
    const done: Promise<void> = take(batch)
      .catch((error) => {
        failure ??= error;
      })
      .finally(() => pending.delete(done));
    batch = [];
    size = 0;
    pending.add(done);
    if (pending.size > 2 * threads) await Promise.race(pending);
    if (failure !== undefined) throw failure;
  };
  try {
    for await (const attempt of attempts) {
      if (attempt.trace.success === undefined) {
        ungraded++;
        continue;
      }
      batch.push(attempt);
      size += attempt.trace.text.length;
      read += attempt.trace.text.length;
      if (threads > 1 && read > SMALL)
        pool ??= Array.from({ length: threads }, () =>
          startThread(new URL("./measureWorker.js", import.meta.url), setup),
        );
      if (size >= BATCH) await flush();
    }
    await flush();
    await Promise.all(pending);
    if (failure !== undefined) throw failure;
    cut();
  } finally {
    await Promise.all(pool?.map((thread) => thread.stop()) ?? []);
  }

  const all = [...kept.values()].flatMap((of) => of.attempts).sort(byNames);
  const rows = new Float64Array(all.length * ROW);
  all.forEach(({ row }, i) => {
    rows.set(row, i * ROW);
  });
  return {
    problem: all.map(({ problem }) => problem),
    step: all.map(({ step }) => step),
    within: all.map(({ within }) => within),
    success: Uint8Array.from(all, ({ success }) => Number(success)),
    rows,
    ungraded,
    beyond,
  };
}

function byNames(a: Kept, b: Kept): number {
  const keys = (one: Kept) => [one.problem, typeof one.step, String(one.step), one.within ?? "", one.key];
  const [left, right] = [keys(a), keys(b)];
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return left[i] < right[i] ? -1 : 1;
  return Number(a.success) - Number(b.success);
}
