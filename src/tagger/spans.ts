/** Stretches of a text that plan, from what the tagger says of its tokens, and what a move does there. */
import type { TaggerModel } from "./model.js";
import { BREAK, CHARACTER, NUMBER, type Stream, WORD } from "./stream.js";
import { FUNCTION_HEADS, type Reading, WHOLE } from "./tagger.js";

/** One stretch that plans. */
export interface PlanningSpan {
  /** its first and last token */
  first: number;
  last: number;
  /** UTF-16 offsets [start, end) */
  start: number;
  end: number;
  /** mean probability of its words that they plan, in [0, 1], in steps of 1/10,000 */
  probability: number;
  /** what it does, by its place in the order goal, deduction, branching, backtracing; null where that cannot be told */
  function: number | null;
}

const isWord = (stream: Stream, token: number) => stream.kind[token] === WORD || stream.kind[token] === CHARACTER;

/**
 * The planning spans of a text that was read: longest runs of tokens that plan, cut where a move begins and at empty
 * lines, from a word to a word. They do not overlap.
 */
export function spansOf(model: TaggerModel, reading: Reading): PlanningSpan[] {
  const { threshold } = model;
  const { stream, plan, begin } = reading;
  const spans: PlanningSpan[] = [];
  // First token of the run being read, -1: none.
  let open = -1;
  for (let token = 0; token <= stream.length; token++) {
    const plans =
      token < stream.length &&
      plan[token] >= threshold.plan &&
      !(stream.kind[token] === BREAK && stream.lines[token] === 2);
    if (open >= 0 && (!plans || begin[token] >= threshold.begin)) {
      const span = spanOf(model, reading, open, token - 1);
      if (span) spans.push(span);
      open = -1;
    }
    if (plans && open < 0) open = token;
  }
  return spans;
}

/** The span of tokens [first, last], from its first word to its last; undefined if it has no word. */
function spanOf(model: TaggerModel, reading: Reading, first: number, last: number): PlanningSpan | undefined {
  const { stream } = reading;
  while (first <= last && !isWord(stream, first)) first++;
  while (last >= first && !isWord(stream, last)) last--;
  if (first > last) return undefined;
  return {
    first,
    last,
    start: stream.start[first],
    end: stream.end[last],
    probability: probabilityOf(reading, first, last) ?? 0,
    function: functionOf(model, addFunctions(reading, first, last)),
  };
}

/** Mean probability that the words among tokens [first, last] plan, in steps of 1/10,000; undefined if there is none. */
export function probabilityOf({ stream, plan }: Reading, first: number, last: number): number | undefined {
  let sum = 0;
  let count = 0;
  for (let token = first; token <= last; token++)
    if (isWord(stream, token)) {
      sum += plan[token];
      count++;
    }
  return count === 0 ? undefined : Math.floor((2 * sum + count) / (2 * count)) / WHOLE;
}

/** Logits of the functions, summed over words and numbers. Whole numbers: the order of the sums makes no difference. */
export interface FunctionSums {
  sums: number[];
  count: number;
}

export const noFunctions = (): FunctionSums => ({ sums: new Array<number>(FUNCTION_HEADS).fill(0), count: 0 });

/** Adds those of tokens [first, last]. */
export function addFunctions(
  { stream, functions }: Reading,
  first: number,
  last: number,
  to: FunctionSums = noFunctions(),
): FunctionSums {
  for (let token = first; token <= last; token++) {
    if (!isWord(stream, token) && stream.kind[token] !== NUMBER) continue;
    for (let f = 0; f < FUNCTION_HEADS; f++) to.sums[f] += functions[token * FUNCTION_HEADS + f];
    to.count++;
  }
  return to;
}

/** Probabilities of the functions, 0 to WHOLE, rounded down; all 0 where there are no logits. */
export function functionShares({ tables }: Pick<TaggerModel, "tables">, sums: FunctionSums): number[] {
  const { weights, total } = functionWeights(tables, sums);
  return weights.map((weight) => (total === 0 ? 0 : Math.floor((weight * WHOLE) / total)));
}

/** The most probable function, the first of equals; null where it is not probable enough to be told. */
export function functionOf({ tables, threshold }: TaggerModel, sums: FunctionSums): number | null {
  const { weights, total } = functionWeights(tables, sums);
  if (total === 0) return null;
  let best = 0;
  for (let f = 1; f < weights.length; f++) if (sums.sums[f] > sums.sums[best]) best = f;
  return weights[best] * WHOLE < threshold.function * total ? null : best;
}

/** Unnormalised probabilities by the mean logits; a total of 0 where there are none. */
function functionWeights({ exp, expShift }: TaggerModel["tables"], { sums, count }: FunctionSums) {
  if (count === 0) return { weights: sums.map(() => 0), total: 0 };
  const means = sums.map((sum) => Math.floor(sum / count));
  const highest = Math.max(...means);
  const weights = means.map((mean) => exp[Math.min(exp.length - 1, (highest - mean) >> expShift)]);
  return { weights, total: weights.reduce((sum, weight) => sum + weight, 0) };
}
