/**
 * What planning has to do with success: right and wrong attempts at the same problems, compared feature by feature, raw
 * and at equal length, and by small models that are tried on problems they have not seen.
 */
import { crossValidated, FOLDS } from "../../statistics/pairwise.js";
import { roundedAll } from "../../statistics/rounding.js";
import { falseDiscoveries } from "../../statistics/significance.js";
import {
  aucs,
  type Effect,
  effectOf,
  LEAST_PROBLEMS,
  lengthsOf,
  type MixedGroup,
  meanOverProblems,
  mixedGroupsByStep,
  type Ranged,
  withoutLength,
} from "../../statistics/within.js";
import type { Attempts } from "./attempts.js";
import { FEATURES, type Feature, modelled } from "./features.js";
import { MARKED, ROW } from "./measures.js";
import type { PlaceboHere } from "./placebos.js";

export const SUCCESS_FORMAT = "sg-success/1";

/** How one number differs between right and wrong attempts at a problem. */
export interface Comparison extends Effect {
  /** share of pairs, a right and a wrong attempt at one problem, in which the right one has more; ties are half */
  auc: Ranged;
  /** the same of what is left when length is taken out */
  aucCorrected: Ranged | null;
  /** false discovery rates among all features */
  q: number;
  qCorrected: number | null;
}

/** How well a model tells the right one of two attempts, on problems that it has not seen; and with length added. */
export interface Model {
  marked: (typeof MARKED)[number];
  auc: Ranged;
  withLength: Ranged;
  /** what it adds to length: withLength less the AUC of length alone */
  overLength: Ranged;
  /** the model of planning less this one, alone and with length; absent for planning itself */
  planningLess?: Ranged;
  planningLessWithLength?: Ranged;
}

/** One part of the comparison. Null: too few problems for an interval. */
export interface Part {
  problems: number;
  attempts: number;
  right: number;
  share: Pick<Effect, "right" | "wrong" | "raw" | "corrected"> | null;
  planning: Ranged | null;
  length: Ranged | null;
  withLength: Ranged | null;
}

export interface Success {
  format: typeof SUCCESS_FORMAT;
  attempts: {
    graded: number;
    right: number;
    problems: number;
    /** without a word on their success, and left out for memory's sake */
    ungraded: number;
    beyond: number;
  };
  compared: {
    /** what two compared attempts have in common */
    within: string[];
    groups: number;
    problems: number;
    attempts: number;
    /** pairs of a right and a wrong attempt */
    pairs: number;
  };
  method: { draws: number; folds: number; seed: number; leastProblems: number };
  placebo: Pick<PlaceboHere, "rare" | "unmatched" | "occurrences"> & { grams: number };
  /** words of an attempt; undefined in JSON where too few problems have both outcomes */
  length?: Omit<Comparison, "q" | "qCorrected" | "corrected" | "aucCorrected">;
  features: Partial<Record<Feature, Comparison>>;
  /** of length alone; null with too few problems */
  lengthAlone: Ranged | null;
  models: Model[];
  /** problems by their share of right attempts */
  problemGroups: (Part & { name: string; from: number; to: number })[];
  steps: (Part & { step: string | number })[];
  /** each problem (and step) with both outcomes, and the AUC of the model of planning there */
  problems: {
    problem: string;
    step?: string | number;
    right: number;
    wrong: number;
    shareRight: number;
    shareWrong: number;
    auc: number | null;
  }[];
}

export interface SuccessOptions {
  draws: number;
  seed: number;
  /** name of the field that `Attempt.within` comes from */
  within?: string;
}

const BANDS: readonly [name: string, from: number, to: number][] = [
  ["mostly wrong", 0, 1 / 3],
  ["mixed", 1 / 3, 2 / 3],
  ["mostly right", 2 / 3, 1],
];

/** Compares; every number of the result is rounded to six significant digits. */
export function compareAttempts(attempts: Attempts, placebo: PlaceboHere, options: SuccessOptions): Success {
  const { draws, seed } = options;
  const rows = attempts.problem.length;
  const words = Float64Array.from({ length: rows }, (_, i) => attempts.rows[i * ROW]);
  const columnOf = (marked: number, feature: number) =>
    Float64Array.from({ length: rows }, (_, i) => attempts.rows[i * ROW + 1 + marked * FEATURES.length + feature]);
  const { groups, problems, byStep } = mixedGroupsByStep(
    attempts.problem,
    attempts.success,
    attempts.step,
    (row) => attempts.within[row] ?? "",
  );
  const within = ["problem", ...(byStep ? ["step"] : []), ...(options.within === undefined ? [] : [options.within])];
  const stepOf = ({ right }: MixedGroup) => attempts.step[right[0]];
  const lengths = lengthsOf(words);

  const planning = FEATURES.map((_, f) => columnOf(0, f));
  const withoutRates = (values: Float64Array) => {
    const effect = effectOf(groups, values, lengths, draws, seed);
    const auc = effect && meanOverProblems(aucs(groups, values, problems), draws, seed);
    return effect && auc ? { effect, auc } : undefined;
  };
  const compared = FEATURES.flatMap((name, f) => {
    const values = planning[f];
    const found = withoutRates(values);
    if (!found) return [];
    const left = found.effect.corrected && withoutLength(groups, values, lengths);
    return [
      {
        name,
        ...found,
        aucCorrected: (left && meanOverProblems(aucs(groups, left, problems), draws, seed)) ?? null,
      },
    ];
  });
  const qs = falseDiscoveries(compared.map(({ effect }) => effect.raw.p));
  const qsCorrected = falseDiscoveries(compared.map(({ effect }) => effect.corrected?.p ?? 1));
  const features = Object.fromEntries(
    compared.map(({ name, effect, auc, aucCorrected }, i): [Feature, Comparison] => [
      name,
      { ...effect, auc, aucCorrected, q: qs[i], qCorrected: effect.corrected ? qsCorrected[i] : null },
    ]),
  ) as Success["features"];
  const ofLength = withoutRates(words);

  const scored = (columns: readonly Float64Array[]) => aucs(groups, scoresOf(columns), problems);
  const scoresOf = (columns: readonly Float64Array[]) => crossValidated(groups, columns, problems, seed);
  const difference = (a: Float64Array, b: Float64Array) =>
    meanOverProblems(
      a.map((value, i) => value - b[i]),
      draws,
      seed,
    )!;
  const enough = problems >= LEAST_PROBLEMS;
  const lengthAucs = enough ? scored(lengths) : new Float64Array(problems).fill(Number.NaN);
  const found = enough
    ? MARKED.map((name, m) => {
        const columns = FEATURES.map((feature, f) => modelled(feature, m === 0 ? planning[f] : columnOf(m, f)));
        return { name, alone: scored(columns), both: scored([...columns, ...lengths]) };
      })
    : [];
  const models = found.map(({ name, alone, both }, m): Model => {
    const mean = (values: Float64Array) => meanOverProblems(values, draws, seed)!;
    return {
      marked: name,
      auc: mean(alone),
      withLength: mean(both),
      overLength: difference(both, lengthAucs),
      ...(m > 0 && {
        planningLess: difference(found[0].alone, alone),
        planningLessWithLength: difference(found[0].both, both),
      }),
    };
  });

  const [alone, both] = enough ? [found[0].alone, found[0].both] : [lengthAucs, lengthAucs];
  const part = (some: readonly MixedGroup[]): Part => {
    const present = new Set(some.map(({ problem }) => problem));
    const only = (values: Float64Array) => values.map((value, p) => (present.has(p) ? value : Number.NaN));
    const range = (values: Float64Array) => meanOverProblems(only(values), draws, seed) ?? null;
    const effect = effectOf(some, planning[0], lengths, draws, seed);
    const right = some.reduce((sum, group) => sum + group.right.length, 0);
    return {
      problems: present.size,
      attempts: right + some.reduce((sum, group) => sum + group.wrong.length, 0),
      right,
      share: effect ? { right: effect.right, wrong: effect.wrong, raw: effect.raw, corrected: effect.corrected } : null,
      planning: range(alone),
      length: range(lengthAucs),
      withLength: range(both),
    };
  };
  const rate = ({ right, wrong }: MixedGroup) => right.length / (right.length + wrong.length);
  const steps = byStep ? [...new Set(groups.map((group) => stepOf(group)!))].sort(byValue) : [];
  const planningScores = enough ? scoresOf(FEATURES.map((feature, f) => modelled(feature, planning[f]))) : undefined;
  return roundedAll({
    format: SUCCESS_FORMAT,
    attempts: {
      graded: rows,
      right: attempts.success.reduce((sum, one) => sum + one, 0),
      problems: new Set(attempts.problem).size,
      ungraded: attempts.ungraded,
      beyond: attempts.beyond,
    },
    compared: {
      within,
      groups: groups.length,
      problems,
      attempts: groups.reduce((sum, { right, wrong }) => sum + right.length + wrong.length, 0),
      pairs: groups.reduce((sum, { right, wrong }) => sum + right.length * wrong.length, 0),
    },
    method: { draws, folds: FOLDS, seed, leastProblems: LEAST_PROBLEMS },
    placebo: {
      grams: placebo.entries.length,
      rare: placebo.rare,
      unmatched: placebo.unmatched,
      occurrences: placebo.occurrences,
    },
    length: ofLength && {
      problems: ofLength.effect.problems,
      right: ofLength.effect.right,
      wrong: ofLength.effect.wrong,
      raw: ofLength.effect.raw,
      auc: ofLength.auc,
    },
    features,
    lengthAlone: meanOverProblems(lengthAucs, draws, seed) ?? null,
    models,
    problemGroups: BANDS.map(([name, from, to]) => ({
      name,
      from,
      to,
      ...part(groups.filter((group) => rate(group) > from && (rate(group) <= to || to === 1))),
    })),
    steps: steps.map((step) => ({ step, ...part(groups.filter((group) => stepOf(group) === step)) })),
    problems: groups.map((group) => {
      const mean = (of: readonly number[]) => of.reduce((sum, row) => sum + planning[0][row], 0) / of.length;
      const auc = planningScores ? aucs([{ ...group, problem: 0 }], planningScores, 1)[0] : Number.NaN;
      return {
        problem: attempts.problem[group.right[0]],
        ...(byStep && { step: stepOf(group) }),
        right: group.right.length,
        wrong: group.wrong.length,
        shareRight: mean(group.right),
        shareWrong: mean(group.wrong),
        auc: Number.isNaN(auc) ? null : auc,
      };
    }),
  });
}

const byValue = (a: string | number, b: string | number) =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1;
