/** 0/1 per token: 1 when any of its characters lies in one of the spans, which come in the order of their starts. */
export function maskOf(
  spans: readonly { start: number; end: number }[],
  starts: Int32Array,
  ends: Int32Array,
): number[] {
  const mask = new Array<number>(starts.length).fill(0);
  let from = 0;
  for (const span of spans) {
    while (from < starts.length && ends[from] <= span.start) from++;
    for (let i = from; i < starts.length && starts[i] < span.end; i++) if (ends[i] > span.start) mask[i] = 1;
  }
  return mask;
}
