/**
 * Takes traces of a training run, with their steps, and a lexicon; gives what the lexicon's strategic grams do from step
 * to step: entropies, ratios, fork tokens, trends, first appearances, phases. Texts are looked at once and not kept.
 *
 *   traces ── movesOf, tokensOf ──▶ one Tally per run and step ──▶ estimates, trends, appearances, phases ──▶ report
 *
 * The JSON Schema of the result is schema/dynamics.schema.json.
 */
import { FUNCTIONS, type StrategicFunction } from "../lexicon/lexicon.js";
import { maskOf } from "../lexicon/mask.js";
import { createMatcher, type GramEntry } from "../lexicon/match.js";
import { roundedAll } from "../statistics/rounding.js";
import { createContextMarker, createGramMarker, type Way } from "../tagger/marks.js";
import type { TaggerModel } from "../tagger/model.js";
import { createTagger } from "../tagger/tagger.js";
import { addDigest, recordDigest } from "../traces/digest.js";
import { numericStep } from "../traces/shapes/step.js";
import type { Trace } from "../traces/trace.js";
import type { Point } from "./changes.js";
import { type Deviation, maximalDeviation } from "./deviation.js";
import { type Drift, driftOf } from "./drift.js";
import { type Candidate, chooseExamples, type Example, keep, shown, wouldKeep } from "./examples.js";
import { addTokens, FORK_SHARE, type Forks, forksOf, meanOf } from "./forks.js";
import { CONTINUATION, movesOf, numberOf } from "./moves.js";
import { type Phases, phasesOf } from "./phases.js";
import { DRAWS, type Estimate, estimate, type StepEstimates } from "./resample.js";
import { type Row, rolloutRows } from "./rollouts.js";
import { appearancesOf } from "./strategies.js";
import { type SuccessComparison, successOf } from "./success.js";
import { addToTally, createTally, type Tally } from "./tally.js";
import { type Decode, type TokenFault, tokensOf } from "./tokens.js";
import { type Trend, trendsOf } from "./trends.js";

const DYNAMICS_FORMAT = "sg-dynamics/1";

/** What is needed of a lexicon; clusters and functions only where it has them. */
export interface DynamicsLexicon {
  entries: readonly GramEntry[];
  clusters?: readonly { id: number; label: string; function: StrategicFunction | null }[];
}

export interface Dynamics {
  format: typeof DYNAMICS_FORMAT;
  lexicon: { grams: number; clusters: number | null };
  input: {
    /** of the records that gave traces, whatever their order; as in a lexicon */
    digest: string;
    records: number;
    traces: number;
    skipped: Record<string, number>;
  };
  method: {
    /** what marks planning: the tagger, by context, or the lexicon's grams alone */
    by: Way;
    seed: number;
    /** bootstrap draws, over problems, behind each 95 % interval */
    draws: number;
    /** traces at which `matched` entropies are compared; null when only one step was read */
    matchedTraces: number | null;
    /** words of the n-gram whose entropy given the strategic gram is measured */
    continuation: number;
    forkShare: number;
  };
  runs: RunDynamics[];
  /** every later run against the first */
  comparisons: { runs: [string, string]; curve: CurveName; deviation: Deviation }[];
}

export interface RunDynamics {
  name: string;
  /** traces on the curves, and their distinct problems */
  traces: number;
  problems: number;
  /** Traces whose step is no number or missing (null): counted here and left out of everything else. */
  unordered: { step: string | null; traces: number; problems: number; graded: number; succeeded: number }[];
  /** traces whose token numbers were left out, by reason */
  tokenFaults: Partial<Record<TokenFault, number>>;
  steps: StepDynamics[];
  /** significant first, then by how much; with a false discovery rate of 5 % `significant` says how many there are */
  rising: GramTrend[];
  falling: GramTrend[];
  significant: { rising: number; falling: number; tested: number };
  clusters: ClusterTrend[];
  strategies: Strategy[];
  phases: Phases;
  /** whether the lexicon still covers the run's planning; null by grams, and with nothing to compare */
  drift: Drift | null;
  /** right against wrong attempts at the same problems; null with too few problems of both outcomes */
  success: SuccessComparison | null;
}

export interface StepDynamics {
  step: number;
  traces: number;
  problems: number;
  graded: number;
  accuracy: Estimate | null;
  words: Estimate;
  tokens: Estimate | null;
  semanticEntropy: { grams: StepEstimates["grams"]; clusters: StepEstimates["clusters"] };
  conditionalEntropy: StepEstimates["conditional"];
  /** share of words that plan */
  planningRatio: Estimate;
  /** by context the share of them that the lexicon's grams cover; null where none plans, and by grams */
  lexiconCoverage: Estimate | null;
  movesPerTrace: Estimate;
  /** moves per trace; null by grams where the lexicon names no functions */
  functions: Record<StrategicFunction, number> | null;
  /** null where the traces come without numbers per token */
  tokenMeasures: TokenMeasures | null;
}

interface ByKind {
  all: number | null;
  planning: number | null;
  execution: number | null;
}

export interface TokenMeasures {
  traces: number;
  /** share of tokens that plan; null where nothing says what the tokens spell */
  planningRatio: number | null;
  /** mean, nats */
  entropy: ByKind | null;
  perplexity: ByKind | null;
  /** perplexity over that of the run's first step that has one */
  relativePerplexity: ByKind | null;
  forks: Forks | null;
}

export interface GramTrend {
  gram: string;
  function?: StrategicFunction | null;
  cluster?: number;
  occurrences: number;
  traces: number;
  early: number;
  late: number;
  z: number;
  q: number;
  shares: number[];
}

export interface ClusterTrend {
  id: number;
  label: string;
  function: StrategicFunction | null;
  occurrences: number;
  traces: number;
  early: number;
  late: number;
  z: number;
  q: number;
}

/** A cluster (a gram, where the lexicon has no clusters) that is absent at first and then used. */
export interface Strategy {
  cluster?: number;
  label: string;
  function?: StrategicFunction | null;
  firstStep: number;
  /** false discovery rate of "it was there from the start, and unseen by chance" */
  q: number;
  problems: number;
  /** step by which half of those problems had it */
  halfway: number;
  spread: { step: number; problems: number; reached: number }[];
}

export type CurveName = keyof ReturnType<typeof curvesOf>;

/** At a false discovery rate of 5 % a trend or a new strategy is called significant. */
export const SIGNIFICANT = 0.05;
const LISTED = 15;
/** Steps with fewer traces (a file cut short) do not set the size at which entropies are compared. */
const LEAST_TRACES = 20;

export interface DynamicsOptions {
  seed?: number;
  /** what token ids spell */
  decode?: Decode;
  /** reads the traces, so that planning is told by its context; without it the lexicon's grams are all that plans */
  tagger?: TaggerModel;
}

interface Run {
  name: string;
  tallies: Map<number, Tally>;
  kept: Map<number, Candidate[]>;
  problems: Map<string, number>;
  unordered: Map<string | null, { traces: number; problems: Set<string>; graded: number; succeeded: number }>;
  tokenFaults: Map<TokenFault, number>;
}

export interface Measurer {
  /** Adds the traces of one record to a run. */
  add(run: string, record: unknown, traces: readonly Trace[]): void;
  /** Counts a record that gave no trace. */
  skip(why: string): void;
  /**
   * The result, traces to show, and a row per rollout, by runs and steps. A run without any numeric step is in `runs`
   * with no steps.
   */
  finish(): { dynamics: Dynamics; examples: Example[]; rollouts: () => Generator<Row> };
}

/**
 * @param names the runs in the order in which they are to be reported
 */
export function createMeasurer(
  lexicon: DynamicsLexicon,
  names: readonly string[],
  { seed = 1, decode, tagger }: DynamicsOptions = {},
): Measurer {
  const matcher = createMatcher(lexicon.entries);
  const marker = tagger ? createContextMarker(createTagger(tagger), matcher) : createGramMarker(matcher);
  const by: Way = tagger ? "context" : "grams";
  const runs = new Map<string, Run>(
    names.map((name) => [
      name,
      { name, tallies: new Map(), kept: new Map(), problems: new Map(), unordered: new Map(), tokenFaults: new Map() },
    ]),
  );
  let digest = "";
  let records = 0;
  let count = 0;
  const skipped = new Map<string, number>();

  function add(name: string, record: unknown, traces: readonly Trace[]): void {
    const run = runs.get(name)!;
    records++;
    digest = addDigest(digest, recordDigest(record));
    traces.forEach((trace, index) => {
      count++;
      const step = numericStep(trace.step);
      if (step === undefined) addUnordered(run, trace);
      else addTrace(run, step, trace, tokensOf(trace, record, index, traces.length, decode));
    });
  }

  function addTrace(run: Run, step: number, trace: Trace, found: ReturnType<typeof tokensOf>): void {
    let tally = run.tallies.get(step);
    if (!tally) {
      tally = createTally(step);
      run.tallies.set(step, tally);
      run.kept.set(step, []);
    }
    let problem = run.problems.get(trace.problem);
    if (problem === undefined) {
      problem = run.problems.size;
      run.problems.set(trace.problem, problem);
    }
    const key = numberOf(trace.text);
    const moves = movesOf(marker, lexicon.entries, trace.text);
    if (typeof found === "string") run.tokenFaults.set(found, (run.tokenFaults.get(found) ?? 0) + 1);
    const tokens = typeof found === "string" ? undefined : found;
    addToTally(tally, { problem, key, success: trace.success, tokens: tokens?.count, moves });
    const placed = tokens?.placed;
    const { marks } = !placed || placed.text === trace.text ? moves : marker.mark(placed.text);
    if (tokens) addTokens(tally.tokenSums, tokens, placed && maskOf(marks, placed.starts, placed.ends));

    const kept = run.kept.get(step)!;
    const problemKey = numberOf(trace.problem);
    if (moves.moves.length > 0 && wouldKeep(kept, problemKey, key))
      keep(kept, {
        problem: trace.problem,
        problemKey,
        key,
        success: trace.success,
        moves: moves.moves.length,
        ...shown(placed?.text ?? trace.text, marks, matcher.entries, placed && { ...tokens!, placed }),
      });
  }

  function finish() {
    const ordered = [...runs.values()].map((run) => ({ run, tallies: orderedTallies(run) }));
    const sizes = ordered.flatMap(({ tallies }) => tallies.map((tally) => tally.key.length));
    const large = sizes.filter((size) => size >= LEAST_TRACES);
    const matchedTraces = sizes.length < 2 ? null : Math.min(...(large.length > 0 ? large : sizes));
    const measured = ordered.map(({ run, tallies }) => ({
      run,
      dynamics: runDynamics(run, tallies, lexicon, { by, matchedTraces, seed }),
    }));
    const dynamics: Dynamics = roundedAll({
      format: DYNAMICS_FORMAT,
      lexicon: { grams: lexicon.entries.length, clusters: lexicon.clusters?.length ?? null },
      input: {
        digest: digest || "0".repeat(64),
        records,
        traces: count,
        skipped: Object.fromEntries([...skipped].sort(([a], [b]) => (a < b ? -1 : 1))),
      },
      method: { by, seed, draws: DRAWS, matchedTraces, continuation: CONTINUATION, forkShare: FORK_SHARE },
      runs: measured.map((one) => one.dynamics),
      comparisons: comparisonsOf(measured.map((one) => one.dynamics)),
    });
    const examples = measured.flatMap(({ run, dynamics: { steps } }) =>
      steps.length === 0
        ? []
        : chooseExamples(
            run.name,
            steps.map(({ step, tokenMeasures }) => ({
              step,
              kept: run.kept.get(step)!,
              threshold: tokenMeasures?.forks?.threshold,
            })),
          ),
    );
    const rollouts = function* () {
      for (const { run, tallies } of ordered)
        yield* rolloutRows(run.name, tallies, [...run.problems.keys()].sort(byCode), named(lexicon, by));
    };
    return { dynamics, examples, rollouts };
  }

  return {
    add,
    skip(why) {
      skipped.set(why, (skipped.get(why) ?? 0) + 1);
    },
    finish,
  };
}

function addUnordered(run: Run, { step, problem, success }: Trace): void {
  const label = step === undefined ? null : String(step);
  const one = run.unordered.get(label) ?? { traces: 0, problems: new Set(), graded: 0, succeeded: 0 };
  run.unordered.set(label, one);
  one.traces++;
  one.problems.add(problem);
  if (success !== undefined) one.graded++;
  if (success) one.succeeded++;
}

const byCode = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Tallies in the order of their steps, with problems numbered in an order of their own instead of that of the input. */
function orderedTallies(run: Run): Tally[] {
  const names = [...run.problems.keys()].sort(byCode);
  const place = new Int32Array(names.length);
  names.forEach((name, i) => {
    place[run.problems.get(name)!] = i;
    run.problems.set(name, i);
  });
  const tallies = [...run.tallies.values()].sort((a, b) => a.step - b.step);
  for (const { problem } of tallies) for (let i = 0; i < problem.length; i++) problem.data[i] = place[problem.data[i]];
  return tallies;
}

function runDynamics(
  run: Run,
  tallies: readonly Tally[],
  lexicon: DynamicsLexicon,
  how: Pick<Dynamics["method"], "by" | "matchedTraces" | "seed">,
): RunDynamics {
  const { entries, clusters } = lexicon;
  const clusterOf = clusters && entries.map((entry) => entry.cluster!);
  const steps = relativeTo(tallies.map((tally) => stepDynamics(tally, clusterOf, named(lexicon, how.by), how)));
  const trends = trendsOf(tallies, (entry) => entry, run.problems.size);
  const clusterTrends = clusterOf ? trendsOf(tallies, (entry) => clusterOf[entry], run.problems.size) : [];
  const labels = new Map(clusters?.map((cluster) => [cluster.id, cluster]));
  const appearances = appearancesOf(tallies, clusterOf ? (entry) => clusterOf[entry] : (entry) => entry);
  const significant = (sign: number) => trends.filter(({ z, q }) => z * sign > 0 && q <= SIGNIFICANT).length;
  return {
    name: run.name,
    traces: steps.reduce((sum, step) => sum + step.traces, 0),
    problems: run.problems.size,
    unordered: [...run.unordered]
      .map(([step, one]) => ({ step, ...one, problems: one.problems.size }))
      .sort((a, b) => b.traces - a.traces || ((a.step ?? "") < (b.step ?? "") ? -1 : 1)),
    tokenFaults: Object.fromEntries([...run.tokenFaults].sort(([a], [b]) => (a < b ? -1 : 1))),
    steps,
    rising: listed(trends, 1, entries),
    falling: listed(trends, -1, entries),
    significant: { rising: significant(1), falling: significant(-1), tested: trends.length },
    clusters: clusterTrends
      .map(({ index, occurrences, traces, early, late, z, q }) => {
        const { label, function: purpose } = labels.get(index)!;
        return { id: index, label, function: purpose, occurrences, traces, early, late, z, q };
      })
      .sort((a, b) => b.occurrences - a.occurrences || a.id - b.id),
    strategies: appearances
      .filter(({ first, q }) => first > 0 && q <= SIGNIFICANT)
      .map(({ index, first, q, problems, halfway, inStep, reached }): Strategy => {
        const cluster = clusterOf ? labels.get(index)! : undefined;
        return {
          ...(cluster ? { cluster: index } : {}),
          label: cluster?.label ?? entries[index].gram,
          function: cluster?.function ?? entries[index].function,
          firstStep: steps[first].step,
          q,
          problems,
          halfway: steps[halfway].step,
          spread: steps.map(({ step }, rank) => ({ step, problems: inStep[rank], reached: reached[rank] })),
        };
      })
      .sort((a, b) => b.problems - a.problems || a.firstStep - b.firstStep || (a.label < b.label ? -1 : 1)),
    phases: phasesOf(phaseCurves(steps), how.seed),
    drift:
      how.by === "context"
        ? driftOf(
            tallies,
            steps.map(({ lexiconCoverage }) => lexiconCoverage),
            how.seed,
          )
        : null,
    success: successOf(tallies, how.seed),
  };
}

function stepDynamics(
  tally: Tally,
  clusterOf: readonly number[] | undefined,
  named: boolean,
  { by, matchedTraces, seed }: Pick<Dynamics["method"], "by" | "matchedTraces" | "seed">,
): StepDynamics {
  const traces = tally.key.length;
  const matched = matchedTraces !== null && traces >= matchedTraces ? matchedTraces : null;
  const estimates = estimate(tally, clusterOf, matched, seed);
  const success = tally.success.data.subarray(0, traces);
  return {
    step: tally.step,
    traces,
    problems: new Set(tally.problem.data.subarray(0, traces)).size,
    graded: success.reduce((sum, value) => sum + Number(value >= 0), 0),
    accuracy: estimates.accuracy,
    words: estimates.words,
    tokens: estimates.tokens,
    semanticEntropy: { grams: estimates.grams, clusters: estimates.clusters },
    conditionalEntropy: estimates.conditional,
    planningRatio: estimates.planningRatio,
    lexiconCoverage: by === "context" ? estimates.lexiconCoverage : null,
    movesPerTrace: estimates.movesPerTrace,
    functions: named ? functionsOf(tally) : null,
    tokenMeasures: tally.tokenSums.traces > 0 ? tokenMeasures(tally) : null,
  };
}

/** Whether it is known what moves do: by context the tagger says so, by grams the lexicon may. */
const named = ({ entries }: DynamicsLexicon, by: Way): boolean =>
  by === "context" || entries.every((entry) => entry.function !== undefined);

function functionsOf(tally: Tally): Record<StrategicFunction, number> {
  const counts = new Array<number>(FUNCTIONS.length).fill(0);
  for (let i = 0; i < tally.purpose.length; i++) if (tally.purpose.data[i] >= 0) counts[tally.purpose.data[i]]++;
  return Object.fromEntries(FUNCTIONS.map((name, f) => [name, counts[f] / tally.key.length])) as Record<
    StrategicFunction,
    number
  >;
}

function tokenMeasures({ tokenSums: sums }: Tally): TokenMeasures {
  const [execution, planning] = sums.tokens;
  const perplexity = (sum: number, count: number) => {
    const mean = meanOf(sum, count);
    return mean === null ? null : Math.exp(-mean);
  };
  return {
    traces: sums.traces,
    planningRatio: sums.placedTraces > 0 ? planning / Math.max(1, planning + execution) : null,
    entropy:
      sums.allEntropyTokens > 0
        ? {
            all: meanOf(sums.allEntropySum, sums.allEntropyTokens),
            planning: meanOf(sums.entropySum[1], sums.entropyTokens[1]),
            execution: meanOf(sums.entropySum[0], sums.entropyTokens[0]),
          }
        : null,
    perplexity:
      sums.allLogprobTokens > 0
        ? {
            all: perplexity(sums.allLogprobSum, sums.allLogprobTokens),
            planning: perplexity(sums.logprobSum[1], sums.logprobTokens[1]),
            execution: perplexity(sums.logprobSum[0], sums.logprobTokens[0]),
          }
        : null,
    relativePerplexity: null,
    forks: forksOf(sums),
  };
}

/** Adds the perplexities over those of the first step that has them. */
function relativeTo(steps: StepDynamics[]): StepDynamics[] {
  const first = (kind: keyof ByKind) =>
    steps.map(({ tokenMeasures }) => tokenMeasures?.perplexity?.[kind] ?? null).find((value) => value !== null) ?? null;
  const base: ByKind = { all: first("all"), planning: first("planning"), execution: first("execution") };
  for (const { tokenMeasures } of steps) {
    const perplexity = tokenMeasures?.perplexity;
    if (!perplexity) continue;
    const over = (kind: keyof ByKind) => (perplexity[kind] === null ? null : perplexity[kind] / base[kind]!);
    tokenMeasures.relativePerplexity = { all: over("all"), planning: over("planning"), execution: over("execution") };
  }
  return steps;
}

function listed(trends: readonly Trend[], sign: number, entries: readonly GramEntry[]): GramTrend[] {
  return trends
    .filter(({ z, early, late }) => z * sign > 0 && (late - early) * sign > 0)
    .sort(
      (a, b) =>
        Number(b.q <= SIGNIFICANT) - Number(a.q <= SIGNIFICANT) ||
        (b.late - b.early - a.late + a.early) * sign ||
        a.index - b.index,
    )
    .slice(0, LISTED)
    .map(({ index, occurrences, traces, early, late, z, q, shares }) => {
      const { gram, function: purpose, cluster } = entries[index];
      return { gram, function: purpose, cluster, occurrences, traces, early, late, z, q, shares };
    });
}

/** The curves of a run, by name, without the steps at which nothing is known. */
export function curvesOf(steps: readonly StepDynamics[]) {
  const curve = (of: (step: StepDynamics) => number | null | undefined): Point[] =>
    steps.flatMap((step) => {
      const value = of(step);
      return value === null || value === undefined ? [] : [{ step: step.step, value }];
    });
  return {
    semanticEntropy: curve((s) => s.semanticEntropy.grams.value),
    semanticEntropyMatched: curve((s) => s.semanticEntropy.grams.matched),
    clusterEntropy: curve((s) => s.semanticEntropy.clusters?.value),
    conditionalEntropy: curve((s) => s.conditionalEntropy.value),
    planningRatio: curve((s) => s.planningRatio.value),
    lexiconCoverage: curve((s) => s.lexiconCoverage?.value),
    movesPerTrace: curve((s) => s.movesPerTrace.value),
    accuracy: curve((s) => s.accuracy?.value),
    words: curve((s) => s.words.value),
    tokens: curve((s) => s.tokens?.value),
    planningEntropy: curve((s) => s.tokenMeasures?.entropy?.planning),
    executionEntropy: curve((s) => s.tokenMeasures?.entropy?.execution),
    planningPerplexity: curve((s) => s.tokenMeasures?.relativePerplexity?.planning),
    executionPerplexity: curve((s) => s.tokenMeasures?.relativePerplexity?.execution),
  };
}

function phaseCurves(steps: readonly StepDynamics[]) {
  const curves = curvesOf(steps);
  return {
    // At equal numbers of traces, for entropy grows with them
    semanticEntropy: curves.semanticEntropyMatched,
    executionEntropy: curves.executionEntropy,
    executionPerplexity: curves.executionPerplexity,
    accuracy: curves.accuracy,
    length: curves.words,
    conditionalEntropy: curves.conditionalEntropy,
    planningRatio: curves.planningRatio,
  };
}

function comparisonsOf(runs: readonly RunDynamics[]): Dynamics["comparisons"] {
  const [first, ...others] = runs;
  return others.flatMap((other) => {
    const [a, b] = [curvesOf(first.steps), curvesOf(other.steps)];
    return (Object.keys(a) as CurveName[]).flatMap((curve) => {
      const deviation = maximalDeviation(a[curve], b[curve]);
      return deviation ? [{ runs: [first.name, other.name] as [string, string], curve, deviation }] : [];
    });
  });
}
