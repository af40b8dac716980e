/** What judges found: shares of error types per run and step, what training reduced, and how far judges agree. */
import { wilson } from "../../statistics/proportions.js";
import { roundedAll } from "../../statistics/rounding.js";
import { LEAST_PROBLEMS, percentiles, type Ranged, resampled } from "../../statistics/within.js";
import { FAULTS, type Fault, type Judge } from "./answers.js";
import type { Survey } from "./failures.js";
import { ERROR_TYPES, type ErrorType } from "./guide.js";

export const ERRORS_FORMAT = "sg-errors/1";

export type Shares = Record<ErrorType, Ranged>;

export interface ErrorReport {
  format: typeof ERRORS_FORMAT;
  seed: number;
  draws: number;
  /** attempts whose success is known; distinct failed ones; those that answers are asked for; those with a verdict */
  attempts: number;
  failed: number;
  asked: number;
  judged: number;
  ungraded: number;
  judges: { path: string; verdicts: number; missing: number; faults: Partial<Record<Fault, number>> }[];
  /** each pair of judges, on the attempts that both judged: of all four types, and of planning against the rest */
  agreement: {
    a: string;
    b: string;
    both: number;
    agreement: number | null;
    kappa: number | null;
    kappaPlanning: number | null;
  }[];
  runs: RunErrors[];
  findings: string[];
  /** each judged attempt; where judges differ, each verdict */
  verdicts: {
    id: string;
    run: string;
    step: number | null;
    problem: string;
    by: { judge: number; type: ErrorType; quote: string; reason: string }[];
  }[];
}

export interface RunErrors {
  run: string;
  attempts: number;
  failed: number;
  judged: number;
  /** of the failed attempts, steps counting by their failures; null where nothing was judged */
  shares: Shares | null;
  steps: { step: number | null; attempts: number; failed: number; judged: number; shares: Shares | null }[];
  /** errors per attempt in the first and the last third of the steps, and the difference; null with too few */
  reduced: Record<ErrorType, { early: number; late: number; reduction: Ranged }> | null;
}

const DRAWS = 1000;

/** What is known of one problem at one step. */
interface Cell {
  problem: string;
  step: number | null;
  attempts: number;
  failed: number;
  judged: number;
  /** judged attempts by type; judges who differ share an attempt */
  types: number[];
}

export function errorReport(survey: Survey, judges: readonly Judge[], seed: number): ErrorReport {
  const verdicts = [...survey.failed].flatMap(([id, { run, step, problem }]) => {
    const by = judges.flatMap(({ verdicts }, judge) => {
      const verdict = verdicts.get(id);
      return verdict ? [{ judge, ...verdict }] : [];
    });
    return by.length > 0 ? [{ id, run, step, problem, by }] : [];
  });
  const typesOf = new Map<string, number[][]>();
  for (const { run, step, problem, by } of verdicts) {
    const key = JSON.stringify([run, step, problem]);
    const list = typesOf.get(key) ?? [];
    typesOf.set(key, list);
    list.push(ERROR_TYPES.map((type) => by.filter((one) => one.type === type).length / by.length));
  }
  const cells = survey.cells.map((cell) => {
    const judged = typesOf.get(JSON.stringify([cell.run, cell.step, cell.problem])) ?? [];
    return { ...cell, judged: judged.length, types: sumsOf(judged) };
  });
  const names = [...new Set(cells.map(({ run }) => run))];
  const runs = names.map((run): RunErrors => {
    const of = cells.filter((cell) => cell.run === run);
    const steps = [...new Set(of.map(({ step }) => step))];
    return {
      run,
      ...totals(of),
      shares: sharesOf(of, seed),
      steps: steps.map((step) => {
        const at = of.filter((cell) => cell.step === step);
        return { step, ...totals(at), shares: sharesOf(at, seed) };
      }),
      reduced: reducedOf(of, seed),
    };
  });
  const report: ErrorReport = roundedAll({
    format: ERRORS_FORMAT,
    seed,
    draws: DRAWS,
    attempts: cells.reduce((sum, { attempts }) => sum + attempts, 0),
    failed: survey.failed.size,
    asked: survey.chosen.size,
    judged: verdicts.length,
    ungraded: survey.ungraded,
    judges: judges.map(({ path, verdicts, faults, unusable }) => ({
      path,
      verdicts: verdicts.size,
      missing: [...survey.chosen.keys()].filter((id) => !verdicts.has(id) && !unusable.has(id)).length,
      faults: Object.fromEntries(
        FAULTS.flatMap((fault) => {
          const count = faults.filter((one) => one.fault === fault).length;
          return count > 0 ? [[fault, count]] : [];
        }),
      ),
    })),
    agreement: judges.flatMap((a, i) => judges.slice(i + 1).map((b) => ({ a: a.path, b: b.path, ...agreed(a, b) }))),
    runs,
    findings: runs.flatMap((run) => findingsOf(run, runs.length > 1)),
    verdicts,
  });
  return report;
}

const sumsOf = (vectors: readonly number[][]): number[] =>
  ERROR_TYPES.map((_, t) => vectors.reduce((sum, vector) => sum + vector[t], 0));

const totals = (cells: readonly Cell[]) => ({
  attempts: cells.reduce((sum, { attempts }) => sum + attempts, 0),
  failed: cells.reduce((sum, { failed }) => sum + failed, 0),
  judged: cells.reduce((sum, { judged }) => sum + judged, 0),
});

/**
 * Failed attempts by type, each step's judged ones standing for all that failed there; a step without any is left out.
 * @returns sums by type, over the failed attempts that are stood for; and these
 */
function weighed(cells: readonly Cell[]): { types: number[]; failed: number } {
  const steps = new Map<number | null, { failed: number; judged: number; types: number[] }>();
  for (const { step, failed, judged, types } of cells) {
    const sums = steps.get(step) ?? { failed: 0, judged: 0, types: ERROR_TYPES.map(() => 0) };
    steps.set(step, sums);
    sums.failed += failed;
    sums.judged += judged;
    types.forEach((count, t) => {
      sums.types[t] += count;
    });
  }
  const known = [...steps.values()].filter(({ judged }) => judged > 0);
  return {
    types: ERROR_TYPES.map((_, t) => known.reduce((sum, one) => sum + (one.failed * one.types[t]) / one.judged, 0)),
    failed: known.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** Draws of problems for a bootstrap: all cells of each. */
function byProblem<T extends Cell>(cells: readonly T[]): T[][] {
  const of = new Map<string, T[]>();
  for (const cell of cells) {
    const list = of.get(cell.problem);
    if (list) list.push(cell);
    else of.set(cell.problem, [cell]);
  }
  return [...of.values()];
}

/** Intervals over problems where there are enough of them, else Wilson's. */
function sharesOf(cells: readonly Cell[], seed: number): Shares | null {
  const judged = cells.reduce((sum, one) => sum + one.judged, 0);
  if (judged === 0) return null;
  const shares = (of: readonly Cell[]) => {
    const { types, failed } = weighed(of);
    return types.map((sum) => sum / failed);
  };
  const values = shares(cells);
  const problems = byProblem(cells.filter((cell) => cell.judged > 0));
  const draws: number[][] = [];
  if (problems.length >= LEAST_PROBLEMS)
    resampled(problems.length, DRAWS, seed, (draw) => draws.push(shares(draw.flatMap((i) => problems[i]))));
  return Object.fromEntries(
    ERROR_TYPES.map((type, t) => [
      type,
      {
        value: values[t],
        // of a type that nobody has, or all, draws of problems know nothing else
        ...(draws.length > 0 && values[t] > 0 && values[t] < 1
          ? percentiles(draws.map((one) => one[t]))
          : wilson(values[t] * judged, judged)),
      },
    ]),
  ) as Shares;
}

function reducedOf(cells: readonly Cell[], seed: number): RunErrors["reduced"] {
  const steps = [...new Set(cells.flatMap(({ step }) => (step === null ? [] : [step])))].sort((a, b) => a - b);
  if (steps.length < 2) return null;
  const third = Math.max(1, Math.floor(steps.length / 3));
  const [first, last] = [new Set(steps.slice(0, third)), new Set(steps.slice(-third))];
  const rates = (of: readonly Cell[], among: ReadonlySet<number>): number[] | undefined => {
    const here = of.filter(({ step }) => step !== null && among.has(step));
    const attempts = here.reduce((sum, one) => sum + one.attempts, 0);
    const failed = here.reduce((sum, one) => sum + one.failed, 0);
    const { types, failed: known } = weighed(here);
    if (attempts === 0 || (failed > 0 && known === 0)) return undefined;
    return types.map((sum) => (known === 0 ? 0 : (failed / attempts) * (sum / known)));
  };
  const [early, late] = [rates(cells, first), rates(cells, last)];
  const problems = byProblem(cells.filter(({ step }) => step !== null && (first.has(step) || last.has(step))));
  if (!early || !late || problems.length < LEAST_PROBLEMS) return null;
  const draws: number[][] = [];
  resampled(problems.length, DRAWS, seed, (draw) => {
    const drawn = draw.flatMap((i) => problems[i]);
    const [a, b] = [rates(drawn, first), rates(drawn, last)];
    return a && b ? draws.push(a.map((rate, t) => rate - b[t])) : 0;
  });
  return Object.fromEntries(
    ERROR_TYPES.map((type, t) => [
      type,
      {
        early: early[t],
        late: late[t],
        reduction: { value: early[t] - late[t], ...percentiles(draws.map((one) => one[t])) },
      },
    ]),
  ) as RunErrors["reduced"];
}

function agreed(a: Judge, b: Judge) {
  const pairs = [...a.verdicts].flatMap(([id, { type }]) => {
    const other = b.verdicts.get(id);
    return other ? [[type, other.type] as const] : [];
  });
  const planning = pairs.map(([one, other]) => [one === "planning", other === "planning"] as const);
  return {
    both: pairs.length,
    agreement: pairs.length === 0 ? null : pairs.filter(([one, other]) => one === other).length / pairs.length,
    kappa: kappaOf(pairs),
    kappaPlanning: kappaOf(planning),
  };
}

/** Cohen's kappa (1960) of any number of labels; null where chance would always agree, or there is nothing to compare. */
export function kappaOf<T>(pairs: readonly (readonly [T, T])[]): number | null {
  const n = pairs.length;
  if (n === 0) return null;
  const labels = [...new Set(pairs.flat())];
  const share = (of: 0 | 1, label: T) => pairs.filter((pair) => pair[of] === label).length / n;
  const observed = pairs.filter(([a, b]) => a === b).length / n;
  const chance = labels.reduce((sum, label) => sum + share(0, label) * share(1, label), 0);
  return chance >= 1 ? null : (observed - chance) / (1 - chance);
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function findingsOf({ run, judged, failed, shares, reduced, steps }: RunErrors, named: boolean): string[] {
  const head = named ? `${run}: ` : "";
  if (!shares) return [`${head}no failed attempt was judged.`];
  const { value, low, high } = shares.planning;
  const findings = [
    `${head}of the failed attempts ${percent(value)} fail for planning (95 %: ${percent(low)} to ${percent(high)}), ${percent(shares.execution.value)} in execution; ${judged} of ${failed} were judged.`,
  ];
  if (reduced) {
    const change = (type: "planning" | "execution") => {
      const { early, late, reduction } = reduced[type];
      const points = `${percent(early)} of the attempts in the first third of the steps, ${percent(late)} in the last`;
      const range = `${(100 * reduction.low).toFixed(1)} to ${(100 * reduction.high).toFixed(1)} points`;
      return reduction.low > 0
        ? `${type} errors fell: ${points}, a fall of ${range}`
        : reduction.high < 0
          ? `${type} errors rose: ${points}, a fall of ${range}`
          : `no evidence that ${type} errors changed: ${points}, a fall of ${range}`;
    };
    findings.push(`${head}${change("planning")}; ${change("execution")}.`);
  } else if (steps.filter(({ step }) => step !== null).length > 1)
    findings.push(`${head}too few problems were judged to say what training reduced.`);
  return findings;
}
