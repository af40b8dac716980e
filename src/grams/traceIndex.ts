/**
 * Where traces lie in a thread's spool: 16 bytes each, in pieces that are never copied, neither while they grow nor on
 * their way to another thread.
 */
export interface TraceIndex {
  length: number;
  /** the thread's number of the trace's problem */
  problem: Int32Array[];
  position: Float64Array[];
  bytes: Int32Array[];
}

const PIECE = 1 << 13;

export const createTraceIndex = (): TraceIndex => ({ length: 0, problem: [], position: [], bytes: [] });

export function addTrace(index: TraceIndex, problem: number, position: number, bytes: number): void {
  const at = index.length++ % PIECE;
  if (at === 0) {
    index.problem.push(new Int32Array(new SharedArrayBuffer(PIECE * 4)));
    index.position.push(new Float64Array(new SharedArrayBuffer(PIECE * 8)));
    index.bytes.push(new Int32Array(new SharedArrayBuffer(PIECE * 4)));
  }
  const last = index.problem.length - 1;
  index.problem[last][at] = problem;
  index.position[last][at] = position;
  index.bytes[last][at] = bytes;
}

/** Calls back for every trace, in the order in which they were added. */
export function forEachIndexed(
  index: TraceIndex,
  visit: (problem: number, position: number, bytes: number) => void,
): void {
  for (let i = 0; i < index.length; i++) {
    const piece = Math.floor(i / PIECE);
    const at = i % PIECE;
    visit(index.problem[piece][at], index.position[piece][at], index.bytes[piece][at]);
  }
}
