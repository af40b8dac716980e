import type { Usage } from "../grams/corpus.js";
import { sigmoid } from "./moves.js";

/**
 * What the corpus itself says of its grams. Each signal of use (where in the clause and in the trace, before math, how
 * spread over problems, how often in one trace) is weighed by how well it goes with the move model's opinion *in this
 * corpus*: co-training on two views, words and use (Blum and Mitchell 1998). Signals are ranked within the corpus, so that
 * nothing depends on its size or kind.
 */

/** Ranks of equal size into which a signal is cut. */
const BINS = 10;
/** The signals lean on the same facts; added up whole they would count them twice. */
const SHARE_OF_SUM = 0.75;

/**
 * Log odds of each gram being a move by its use, to be added to the model's.
 * @param logits the move model's, in the order of `usages`
 */
export function evidenceOf(logits: readonly number[], usages: readonly Usage[]): number[] {
  const signals = [
    usages.map(({ opening }) => opening),
    usages.map(({ late }) => late),
    usages.map(({ early }) => early),
    usages.map(({ beforeMath }) => beforeMath),
    usages.map(({ lavish }) => lavish),
    concentration(usages),
  ];
  const beliefs = logits.map(sigmoid);
  const sums = new Array<number>(usages.length).fill(0);
  for (const signal of signals) {
    const bins = binsOf(signal);
    // Laplace: every bin starts with one gram of each kind
    const moves = new Array<number>(BINS).fill(1);
    const others = new Array<number>(BINS).fill(1);
    bins.forEach((bin, g) => {
      moves[bin] += beliefs[g];
      others[bin] += 1 - beliefs[g];
    });
    const total = Math.log(sum(moves) / sum(others));
    bins.forEach((bin, g) => {
      sums[g] += SHARE_OF_SUM * (Math.log(moves[bin] / others[bin]) - total);
    });
  }
  return sums;
}

/**
 * How much a gram keeps to some problems: traces per problem, against other grams of as many traces. What the problem
 * dictates comes back in every trace of it; a move comes where the reasoning needs it.
 */
function concentration(usages: readonly Usage[]): number[] {
  const perProblem = usages.map(({ traces, problems }) => Math.log(traces / problems));
  const bins = binsOf(usages.map(({ traces }) => traces));
  const medians = Array.from({ length: BINS }, (_, bin) => median(perProblem.filter((_, g) => bins[g] === bin)));
  return perProblem.map((value, g) => value - medians[bins[g]]);
}

/** Each value's bin by rank; equal values share the bin of their first. */
function binsOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const edges = Array.from({ length: BINS - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / BINS)]);
  return values.map((value) => {
    let bin = 0;
    while (bin < edges.length && value >= edges[bin]) bin++;
    return bin;
  });
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

function median(values: number[]): number {
  if (values.length === 0) return 0;
  values.sort((a, b) => a - b);
  return values[values.length >> 1];
}
