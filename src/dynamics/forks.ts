/**
 * Token entropy and perplexity of planning and execution tokens, and fork tokens: what share of the planning tokens is
 * among the top 30 % by entropy, and what share of those is planning (HICRA, section 5; Wang et al., arXiv 2506.01939).
 */
import type { TokenData } from "./tokens.js";

const EXECUTION = 0;
const PLANNING = 1;
/** Share of all tokens that count as high-entropy. */
export const FORK_SHARE = 0.3;

// Bins of 2^-10 nat, to 16 nats: more than a vocabulary of 8 million tokens can have.
const BINS_PER_NAT = 1024;
const BINS = 16 * BINS_PER_NAT;
// Sums are whole multiples of 2^-20 nat, so that they do not depend on the order of the traces.
const UNIT = 2 ** 20;

/** Sums over the tokens of many traces; pairs are [execution, planning]. */
export interface TokenSums {
  traces: number;
  /** traces whose tokens have places, and their tokens */
  placedTraces: number;
  tokens: [number, number];
  entropyTokens: [number, number];
  entropySum: [number, number];
  logprobTokens: [number, number];
  logprobSum: [number, number];
  /** the same over all tokens, placed or not */
  allTokens: number;
  allEntropyTokens: number;
  allEntropySum: number;
  allLogprobTokens: number;
  allLogprobSum: number;
  /** tokens by entropy, execution at 2i and planning at 2i + 1 */
  histogram?: Uint32Array;
}

export const createTokenSums = (): TokenSums => ({
  traces: 0,
  placedTraces: 0,
  tokens: [0, 0],
  entropyTokens: [0, 0],
  entropySum: [0, 0],
  logprobTokens: [0, 0],
  logprobSum: [0, 0],
  allTokens: 0,
  allEntropyTokens: 0,
  allEntropySum: 0,
  allLogprobTokens: 0,
  allLogprobSum: 0,
});

/** Adds one trace. `mask` says which tokens are planning; undefined where that is not known. */
export function addTokens(sums: TokenSums, tokens: TokenData, mask: ArrayLike<number> | undefined): void {
  sums.traces++;
  sums.allTokens += tokens.count;
  if (mask) {
    sums.placedTraces++;
    for (let i = 0; i < mask.length; i++) sums.tokens[mask[i]]++;
  }
  if (tokens.entropies) {
    const { counts, totals } = split(tokens.entropies, mask);
    sums.allEntropyTokens += counts[EXECUTION] + counts[PLANNING];
    sums.allEntropySum += totals[EXECUTION] + totals[PLANNING];
    if (mask) {
      add(sums.entropyTokens, counts);
      add(sums.entropySum, totals);
      sums.histogram ??= new Uint32Array(2 * BINS);
      for (let i = 0; i < mask.length; i++) {
        const value = tokens.entropies[i];
        if (Number.isFinite(value)) sums.histogram[2 * binOf(value) + mask[i]]++;
      }
    }
  }
  if (tokens.logprobs) {
    const { counts, totals } = split(tokens.logprobs, mask);
    sums.allLogprobTokens += counts[EXECUTION] + counts[PLANNING];
    sums.allLogprobSum += totals[EXECUTION] + totals[PLANNING];
    if (mask) {
      add(sums.logprobTokens, counts);
      add(sums.logprobSum, totals);
    }
  }
}

/** One trace's numbers by kind, passing over what is not finite (a parquet file can hold NaN). */
function split(values: readonly number[], mask: ArrayLike<number> | undefined): { counts: number[]; totals: number[] } {
  const counts = [0, 0];
  const totals = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    const kind = mask ? mask[i] : EXECUTION;
    counts[kind]++;
    totals[kind] += values[i];
  }
  return { counts, totals: totals.map((total) => Math.round(total * UNIT)) };
}

function add(to: [number, number], what: number[]): void {
  to[EXECUTION] += what[EXECUTION];
  to[PLANNING] += what[PLANNING];
}

const binOf = (entropy: number) => Math.min(BINS - 1, Math.max(0, Math.floor(entropy * BINS_PER_NAT)));

/** Mean of sums kept in units of 2^-20; null without tokens. */
export const meanOf = (sum: number, count: number) => (count > 0 ? sum / UNIT / count : null);

export interface Forks {
  /** entropy (nats) from which on a token is among the top 30 %, to 2^-10 */
  threshold: number;
  /** share of planning tokens among the top 30 % */
  planningInTop: number;
  /** share of the top 30 % that is planning */
  topThatIsPlanning: number;
  /** share of all these tokens that is planning: what topThatIsPlanning would be by chance */
  planning: number;
}

/**
 * Fork shares from the histogram; null where there are no entropies, or no planning tokens among them. The top 30 % are
 * exactly 30 % of the tokens: of the bin at the threshold, both kinds count by the same fraction.
 */
export function forksOf(sums: TokenSums): Forks | null {
  const { histogram } = sums;
  if (!histogram) return null;
  const totals = [0, 0];
  for (let i = 0; i < histogram.length; i++) totals[i & 1] += histogram[i];
  if (totals[PLANNING] === 0) return null;
  const all = totals[EXECUTION] + totals[PLANNING];
  const wanted = FORK_SHARE * all;
  let taken = 0;
  let planning = 0;
  let bin = BINS - 1;
  for (; bin >= 0; bin--) {
    const here = histogram[2 * bin] + histogram[2 * bin + 1];
    const fraction = Math.min(1, (wanted - taken) / (here || 1));
    taken += fraction * here;
    planning += fraction * histogram[2 * bin + 1];
    if (taken >= wanted - 1e-9) break;
  }
  return {
    threshold: bin / BINS_PER_NAT,
    planningInTop: planning / totals[PLANNING],
    topThatIsPlanning: planning / wanted,
    planning: totals[PLANNING] / all,
  };
}
