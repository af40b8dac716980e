import { COMMA, GAP_COMMA, GAP_SPACE } from "../text/words.js";
import { createSpoolReader, SPOOL_BREAK, SPOOL_COMMA, type SpooledTrace } from "./spool.js";
import type { SpooledTraces } from "./stored.js";

/** The traces of a thread's share of the problems, all traces of one problem side by side. */
export interface Share {
  fds: readonly number[];
  /** all traces, which no thread copies */
  traces: SpooledTraces;
  /** the share's own problems, by their numbers over all threads */
  problems: Int32Array;
  /** per spool: its word numbers → spelling numbers over all threads */
  spellingOf: readonly Int32Array[];
  /** spelling number → number of the normalised word, or RARE when no gram with it can reach the floor */
  wordOf: Int32Array;
  /** spelling number → hash of the normalised word, the same whatever the numbering */
  hashOf: Int32Array;
}
export const RARE = -1;

/** Calls `visit` for every trace of the share, decoded, with its own number and its problem's. */
export function forEachTrace(
  { fds, traces, problems }: Share,
  visit: (trace: SpooledTrace, spool: number, index: number, problem: number) => void,
): void {
  const { first, spool, position, bytes } = traces;
  const read = createSpoolReader(fds);
  for (const problem of problems)
    for (let t = first[problem]; t < first[problem + 1]; t++)
      visit(read(spool[t], position[t], bytes[t]), spool[t], t, problem);
}

/** Words and gaps of a trace as numbers over all threads, reused from trace to trace. */
export interface NumberedWords {
  length: number;
  spelling: Int32Array;
  word: Int32Array;
  /** gap[i] before word i, gap[length] after the last */
  gap: Uint8Array;
}
export const createNumberedWords = (): NumberedWords => ({
  length: 0,
  spelling: new Int32Array(0),
  word: new Int32Array(0),
  gap: new Uint8Array(1),
});

export function numberWords(trace: SpooledTrace, share: Share, spool: number, out: NumberedWords): NumberedWords {
  if (trace.length > out.word.length) {
    out.spelling = new Int32Array(trace.length * 2);
    out.word = new Int32Array(trace.length * 2);
    out.gap = new Uint8Array(trace.length * 2 + 1);
  }
  const spellingOf = share.spellingOf[spool];
  let n = 0;
  let gap = -1;
  for (let i = 0; i < trace.length; i++) {
    const v = trace.values[i];
    const kind = v & 3;
    if (kind === SPOOL_BREAK) {
      // a word too long to count leaves a break of its own: the first one's beginning, the last one's end
      gap = gap < 0 ? v >> 2 : (gap & ~7) | ((v >> 2) & 7);
      continue;
    }
    if (kind === SPOOL_COMMA) out.gap[n] = gap >= 0 ? (gap & ~7) | COMMA : GAP_COMMA;
    else out.gap[n] = gap >= 0 ? gap : GAP_SPACE;
    gap = -1;
    const spelling = spellingOf[v >>> 2];
    out.spelling[n] = spelling;
    out.word[n++] = share.wordOf[spelling];
  }
  out.gap[n] = gap;
  out.length = n;
  return out;
}
