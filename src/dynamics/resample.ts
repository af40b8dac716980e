/**
 * A step's estimates, their intervals and their size-matched values. Problems are resampled, not traces: rollouts on one
 * problem are alike, and taking them for independent would make intervals too narrow.
 */
import { mean, quantileSorted } from "d3-array";
import { conditionalEntropy, correctedEntropy, coverage, entropy } from "../statistics/entropy.js";
import { below, createRandom, type Random } from "../statistics/random.js";
import type { Tally } from "./tally.js";

export const DRAWS = 200;
const LEVEL = 0.95;

/** A value with its 95 % bootstrap interval. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

export interface EntropyEstimate extends Estimate {
  /** with the correction of Miller and Madow */
  corrected: number;
  /** mean over random subsets of as many traces as the smallest step has; null where the step has fewer */
  matched: number | null;
}

export interface ConditionalEstimate extends Estimate {
  matched: number | null;
  /** Good's coverage of the pairs, in [0, 1]: when it is low, the value is limited by the sample's size */
  coverage: number;
}

export interface StepEstimates {
  grams: EntropyEstimate;
  clusters: EntropyEstimate | null;
  conditional: ConditionalEstimate;
  accuracy: Estimate | null;
  words: Estimate;
  tokens: Estimate | null;
  planningRatio: Estimate;
  /** share of the planning words that a gram of the lexicon covers; null where no word plans */
  lexiconCoverage: Estimate | null;
  movesPerTrace: Estimate;
}

/** A tally made ready for drawing: traces in an order of their own, moves as indices of the kinds seen in this step. */
interface Prepared {
  /** traces of each problem, as positions in the tally */
  problems: number[][];
  traces: number[];
  /** per move its (gram, following) pair, -1 for a move that is none of the lexicon's grams */
  pair: Int32Array;
  /** per pair its gram, and whether words follow at all */
  gramOf: Int32Array;
  followed: Uint8Array;
  /** per gram its cluster; undefined where the lexicon has none */
  clusterOf: Int32Array | undefined;
  grams: number;
  clusters: number;
}

/**
 * @param clusterOf cluster of each entry; undefined for a bare list of grams
 * @param matched traces to compare at, at most those of the tally, or null
 */
export function estimate(
  tally: Tally,
  clusterOf: readonly number[] | undefined,
  matched: number | null,
  seed: number,
): StepEstimates {
  const prepared = prepare(tally, clusterOf);
  const { traces, problems } = prepared;
  const weights = new Float64Array(traces.length);
  const once = weights.slice().fill(1);
  const actual = measures(tally, prepared, once);

  const bootstrap = createRandom(seed, `bootstrap ${tally.step}`);
  const draws: Measures[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    weights.fill(0);
    for (let i = 0; i < problems.length; i++)
      for (const trace of problems[below(bootstrap, problems.length)]) weights[trace]++;
    draws.push(measures(tally, prepared, weights));
  }
  const subsets: Measures[] = [];
  if (matched !== null && matched < traces.length) {
    const random = createRandom(seed, `subset ${tally.step}`);
    for (let draw = 0; draw < DRAWS; draw++) {
      weights.fill(0);
      for (const trace of subset(traces, matched, random)) weights[trace] = 1;
      subsets.push(measures(tally, prepared, weights));
    }
  }

  const interval = (of: (m: Measures) => number | null): Estimate | null => {
    const value = of(actual);
    if (value === null) return null;
    const spread = draws.map(of).filter((drawn) => drawn !== null);
    return { value, ...around(value, spread) };
  };
  const atSize = (of: (m: Measures) => number): number | null =>
    matched === null ? null : subsets.length === 0 ? of(actual) : mean(subsets, of)!;
  const counts = pairCounts(tally, prepared, once);
  return {
    grams: {
      ...interval((m) => m.grams)!,
      corrected: correctedEntropy(sumBy(counts, prepared.gramOf, prepared.grams)),
      matched: atSize((m) => m.grams),
    },
    clusters: prepared.clusterOf
      ? {
          ...interval((m) => m.clusters)!,
          corrected: correctedEntropy(
            sumBy(sumBy(counts, prepared.gramOf, prepared.grams), prepared.clusterOf, prepared.clusters),
          ),
          matched: atSize((m) => m.clusters),
        }
      : null,
    conditional: {
      ...interval((m) => m.conditional)!,
      matched: atSize((m) => m.conditional),
      coverage: coverage(counts.filter((_, i) => prepared.followed[i])),
    },
    accuracy: interval((m) => m.accuracy),
    words: interval((m) => m.words)!,
    tokens: interval((m) => m.tokens),
    planningRatio: interval((m) => m.planningRatio)!,
    lexiconCoverage: interval((m) => m.lexiconCoverage),
    movesPerTrace: interval((m) => m.movesPerTrace)!,
  };
}

function prepare(tally: Tally, clusterOf: readonly number[] | undefined): Prepared {
  const problem = tally.problem.data;
  const key = tally.key.data;
  const traces = Array.from({ length: tally.key.length }, (_, i) => i).sort(
    (a, b) => problem[a] - problem[b] || key[a] - key[b],
  );
  const problems: number[][] = [];
  traces.forEach((trace, i) => {
    if (i > 0 && problem[traces[i - 1]] === problem[trace]) problems.at(-1)!.push(trace);
    else problems.push([trace]);
  });

  const pair = new Int32Array(tally.entry.length);
  const pairs = new Map<string, number>();
  const grams = new Map<number, number>();
  const clusters = new Map<number, number>();
  const gramOf: number[] = [];
  const followed: number[] = [];
  const clusterOfGram: number[] = [];
  // In the order of the sorted traces, so that sums over kinds do not depend on the order of the input.
  for (const trace of traces)
    for (let i = trace === 0 ? 0 : tally.end.data[trace - 1]; i < tally.end.data[trace]; i++) {
      const entry = tally.entry.data[i];
      if (entry < 0) {
        pair[i] = -1;
        continue;
      }
      const following = tally.following.data[i];
      let gram = grams.get(entry);
      if (gram === undefined) {
        gram = grams.size;
        grams.set(entry, gram);
        if (clusterOf) {
          const cluster = clusters.get(clusterOf[entry]) ?? clusters.size;
          clusters.set(clusterOf[entry], cluster);
          clusterOfGram.push(cluster);
        }
      }
      const name = `${entry} ${following}`;
      let index = pairs.get(name);
      if (index === undefined) {
        index = pairs.size;
        pairs.set(name, index);
        gramOf.push(gram);
        followed.push(Number(following > 0));
      }
      pair[i] = index;
    }
  return {
    problems,
    traces,
    pair,
    gramOf: Int32Array.from(gramOf),
    followed: Uint8Array.from(followed),
    clusterOf: clusterOf && Int32Array.from(clusterOfGram),
    grams: grams.size,
    clusters: clusters.size,
  };
}

interface Measures {
  grams: number;
  clusters: number;
  conditional: number;
  accuracy: number | null;
  words: number;
  tokens: number | null;
  planningRatio: number;
  lexiconCoverage: number | null;
  movesPerTrace: number;
}

/** All measures of the step's traces, each counted as often as `weights` says. */
function measures(tally: Tally, prepared: Prepared, weights: Float64Array): Measures {
  let traces = 0;
  let words = 0;
  let planningWords = 0;
  let coveredWords = 0;
  let moves = 0;
  let graded = 0;
  let succeeded = 0;
  let counted = 0;
  let tokens = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i];
    if (weight === 0) continue;
    traces += weight;
    words += weight * tally.words.data[i];
    planningWords += weight * tally.planningWords.data[i];
    coveredWords += weight * tally.coveredWords.data[i];
    moves += weight * (tally.end.data[i] - (i === 0 ? 0 : tally.end.data[i - 1]));
    const success = tally.success.data[i];
    if (success >= 0) {
      graded += weight;
      succeeded += weight * success;
    }
    if (tally.tokens.data[i] >= 0) {
      counted += weight;
      tokens += weight * tally.tokens.data[i];
    }
  }
  const pairs = pairCounts(tally, prepared, weights);
  const grams = sumBy(pairs, prepared.gramOf, prepared.grams);
  for (let i = 0; i < pairs.length; i++) if (!prepared.followed[i]) pairs[i] = 0;
  return {
    grams: entropy(grams),
    clusters: prepared.clusterOf ? entropy(sumBy(grams, prepared.clusterOf, prepared.clusters)) : 0,
    conditional: conditionalEntropy(pairs, prepared.gramOf, prepared.grams),
    accuracy: graded > 0 ? succeeded / graded : null,
    words: words / traces,
    tokens: counted > 0 ? tokens / counted : null,
    planningRatio: words > 0 ? planningWords / words : 0,
    lexiconCoverage: planningWords > 0 ? coveredWords / planningWords : null,
    movesPerTrace: moves / traces,
  };
}

function pairCounts(tally: Tally, { pair, gramOf }: Prepared, weights: Float64Array): Float64Array {
  const counts = new Float64Array(gramOf.length);
  let i = 0;
  for (let trace = 0; trace < weights.length; trace++) {
    const end = tally.end.data[trace];
    if (weights[trace] === 0) i = end;
    for (; i < end; i++) if (pair[i] >= 0) counts[pair[i]] += weights[trace];
  }
  return counts;
}

function sumBy(counts: Float64Array, group: Int32Array, groups: number): Float64Array {
  const sums = new Float64Array(groups);
  for (let i = 0; i < counts.length; i++) sums[group[i]] += counts[i];
  return sums;
}

/** `size` of the traces, each set equally likely (Floyd's algorithm). */
function subset(traces: readonly number[], size: number, random: Random): Set<number> {
  const chosen = new Set<number>();
  for (let top = traces.length - size; top < traces.length; top++) {
    const one = traces[below(random, top + 1)];
    chosen.add(chosen.has(one) ? traces[top] : one);
  }
  return chosen;
}

/**
 * The draws' percentiles, moved so that their mean lies on the value. Plug-in entropies of bootstrap samples are too low
 * once more, so plain percentiles would leave the value at the interval's upper end or outside it.
 */
function around(value: number, draws: number[]): { low: number; high: number } {
  if (draws.length === 0) return { low: value, high: value };
  const shift = value - mean(draws)!;
  const sorted = draws.toSorted((a, b) => a - b);
  const tail = (1 - LEVEL) / 2;
  return {
    low: Math.max(0, Math.min(value, quantileSorted(sorted, tail)! + shift)),
    high: Math.max(value, quantileSorted(sorted, 1 - tail)! + shift),
  };
}
