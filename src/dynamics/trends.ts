/** Which grams and clusters rise and fall over training. */
import { sum } from "d3-array";
import { falseDiscoveries, twoSided } from "../statistics/significance.js";
import type { Tally } from "./tally.js";

export interface Trend {
  /** entry or cluster */
  index: number;
  occurrences: number;
  /** traces that have it */
  traces: number;
  /** share of the traces that have it, in the first and in the last third of the steps */
  early: number;
  late: number;
  /** score test for a linear trend over the steps' ranks, robust to alike rollouts of one problem; negative: falling */
  z: number;
  p: number;
  /** false discovery rate among all kinds tested */
  q: number;
  /** share of traces that have it, per step */
  shares: number[];
}

/**
 * Trends of all kinds that occur in more than one trace.
 *
 * The test is that of Cochran and Armitage on "the trace has it", with step ranks as scores and the sandwich variance
 * over problems (Liang and Zeger 1986) in place of the binomial one: z = sum u_p / sqrt(P / (P - 1) sum u_p^2), where u_p
 * adds (rank - mean rank)(has - mean has) over all traces of problem p. So neither several rollouts of one problem nor
 * the same problems at every step count as independent evidence.
 * @param tallies the steps in order
 * @param kindOf kind of each entry
 * @param problems number of problems in the run
 */
export function trendsOf(tallies: readonly Tally[], kindOf: (entry: number) => number, problems: number): Trend[] {
  const traces = tallies.map((tally) => tally.key.length);
  const all = sum(traces);
  const meanRank = traces.reduce((sum, n, rank) => sum + n * rank, 0) / all;

  // Per problem the sum of (rank - mean rank) over its traces
  const weight = new Float64Array(problems);
  const seen = new Uint8Array(problems);
  tallies.forEach((tally, rank) => {
    for (let i = 0; i < tally.key.length; i++) {
      weight[tally.problem.data[i]] += rank - meanRank;
      seen[tally.problem.data[i]] = 1;
    }
  });
  let weightSquares = 0;
  let units = 0;
  for (let p = 0; p < problems; p++) {
    weightSquares += weight[p] ** 2;
    units += seen[p];
  }

  interface Found {
    occurrences: number;
    perStep: Int32Array;
    /** per problem the sum of (rank - mean rank) over its traces that have the kind */
    perProblem: Map<number, number>;
  }
  const found = new Map<number, Found>();
  tallies.forEach((tally, rank) => {
    let i = 0;
    for (let trace = 0; trace < tally.key.length; trace++) {
      const kinds = new Set<number>();
      for (; i < tally.end.data[trace]; i++) {
        if (tally.entry.data[i] < 0) continue;
        const kind = kindOf(tally.entry.data[i]);
        let one = found.get(kind);
        if (!one) {
          one = { occurrences: 0, perStep: new Int32Array(tallies.length), perProblem: new Map() };
          found.set(kind, one);
        }
        one.occurrences++;
        if (kinds.has(kind)) continue;
        kinds.add(kind);
        one.perStep[rank]++;
        const problem = tally.problem.data[trace];
        one.perProblem.set(problem, (one.perProblem.get(problem) ?? 0) + rank - meanRank);
      }
    }
  });

  const third = Math.max(1, Math.floor(tallies.length / 3));
  const trends: Trend[] = [];
  for (const [index, { occurrences, perStep, perProblem }] of [...found].sort(([a], [b]) => a - b)) {
    const having = sum(perStep);
    const share = having / all;
    let score = 0;
    let squares = share * share * weightSquares;
    for (const [problem, a] of [...perProblem].sort(([, a], [, b]) => a - b)) {
      score += a;
      squares += (a - share * weight[problem]) ** 2 - (share * weight[problem]) ** 2;
    }
    const variance = (squares * units) / Math.max(1, units - 1);
    // Below one rank's difference there is nothing to tell; squares may then be rounding
    const z = having > 1 && units > 1 && variance > 1e-9 ? score / Math.sqrt(variance) : 0;
    const within = (from: number, to: number) =>
      sum(perStep.subarray(from, to)) / Math.max(1, sum(traces.slice(from, to)));
    trends.push({
      index,
      occurrences,
      traces: having,
      early: within(0, third),
      late: within(tallies.length - third, tallies.length),
      z,
      p: twoSided(z),
      q: 1,
      shares: Array.from(perStep, (n, rank) => n / traces[rank]),
    });
  }
  const q = falseDiscoveries(trends.map(({ p }) => p));
  trends.forEach((trend, i) => {
    trend.q = q[i];
  });
  return trends;
}
