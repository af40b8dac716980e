/** Marks the traces of many records, on threads where there are enough of them. */
import type { Marks } from "../tagger/marks.js";
import { startThread, type Thread } from "../threads.js";
import { type MarkingSetup, type MarkReplies, type MarkRequest, markerOf } from "./marker.js";
import type { RecordOfTraces } from "./records.js";
import { type MarkedTrace, type TokenOptions, tokensOf } from "./tag.js";

export interface Marking {
  /**
   * Marks the traces of records, in their order, and with a tokenizer the tokens of each. Some batches are read ahead.
   * @param attempt gives what `make` gives, or undefined: then the trace, whose tokens have no certain places, is left out
   */
  markAll(
    records: AsyncIterable<RecordOfTraces>,
    options: Partial<TokenOptions>,
    attempt: <T>(of: RecordOfTraces, index: number, make: () => T) => T | undefined,
  ): AsyncGenerator<MarkedTrace>;
  stop(): Promise<void>;
}

interface Unmarked {
  of: RecordOfTraces;
  index: number;
  tokens?: ReturnType<typeof tokensOf>;
}

/** Text in UTF-16 units below which starting threads takes longer than the marking. */
const SMALL = 1 << 19;
/** Text in UTF-16 units that is marked at a time. */
const BATCH = 1 << 16;

export function openMarking(setup: MarkingSetup, threads: number): Marking {
  const marker = markerOf(setup);
  let pool: Thread<MarkRequest, MarkReplies>[] | undefined;
  let read = 0;

  async function mark(texts: readonly string[]): Promise<Marks[]> {
    for (const text of texts) read += text.length;
    if (threads > 1 && read > SMALL)
      pool ??= Array.from({ length: threads }, () => startThread(new URL("./markWorker.js", import.meta.url), setup));
    if (!pool) return texts.map((text) => marker.mark(text));
    const thread = pool.reduce((least, one) => (one.pending < least.pending ? one : least));
    return thread.ask({ do: "mark", texts });
  }

  async function markBatch(batch: readonly Unmarked[], own: boolean): Promise<MarkedTrace[]> {
    // What a record's own ids spell may be more than its text: the end of a turn, a cut-off character.
    const spelled = own ? batch.flatMap(({ tokens }) => tokens?.text ?? []) : [];
    const marks = await mark([...batch.map(({ of, index }) => of.traces[index].text), ...spelled]);
    return batch.map(({ of, index, tokens }, i) => ({
      of,
      index,
      marks: marks[i],
      tokens: tokens && { ...tokens, marks: marks[spelled.length > 0 ? batch.length + i : i] },
    }));
  }

  return {
    async *markAll(records, options, attempt) {
      const { tokenizer, tokenField } = options;
      const ahead: Promise<MarkedTrace[]>[] = [];
      const batch: Unmarked[] = [];
      let size = 0;
      const start = () => {
        const marked = markBatch(batch.splice(0), tokenField !== undefined);
        // whoever takes it sees the error; until then nobody waits for it
        marked.catch(() => {});
        ahead.push(marked);
        size = 0;
      };
      let failure: unknown;
      try {
        for await (const of of records)
          for (let index = 0; index < of.traces.length; index++) {
            const tokens = tokenizer && attempt(of, index, () => tokensOf(of, index, { tokenizer, tokenField }));
            if (tokenizer && !tokens) continue;
            batch.push({ of, index, tokens });
            size += of.traces[index].text.length;
            if (size < BATCH) continue;
            start();
            if (ahead.length > 2 * threads) yield* await ahead.shift()!;
          }
      } catch (error) {
        // what was read before is not lost
        failure = error;
      }
      start();
      for (const marked of ahead) yield* await marked;
      if (failure !== undefined) throw failure;
    },
    async stop() {
      await Promise.all(pool?.map((thread) => thread.stop()) ?? []);
    },
  };
}
