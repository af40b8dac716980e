import type { StrategicFunction } from "./lexicon.js";

/** A stretch of planning in a text, UTF-16 units [start, end), with what is known of it. */
export interface MarkedSpan {
  start: number;
  end: number;
  /** unknown where the lexicon is a bare list of grams, or the function cannot be told */
  function?: StrategicFunction | null;
  /** null where the stretch belongs to no entry */
  gram?: string | null;
}

/** What a token gets from the spans that it lies in. */
export interface WeightedSpan {
  start: number;
  end: number;
  /** 1 unless given */
  weight?: number;
}

/** Per token the highest weight of the spans that any of its characters lies in, else 0; spans come by their starts. */
export function weightsOf(
  spans: readonly WeightedSpan[],
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
): number[] {
  const weights = new Array<number>(starts.length).fill(0);
  let from = 0;
  for (const { start, end, weight = 1 } of spans) {
    while (from < starts.length && ends[from] <= start) from++;
    for (let i = from; i < starts.length && starts[i] < end; i++)
      if (ends[i] > start && ends[i] > starts[i]) weights[i] = Math.max(weights[i], weight);
  }
  return weights;
}

/** 0/1 per token: 1 when any of its characters lies in one of the spans, which come by their starts. */
export function maskOf(
  spans: readonly { start: number; end: number }[],
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
): number[] {
  return weightsOf(
    spans.map(({ start, end }) => ({ start, end })),
    starts,
    ends,
  );
}
