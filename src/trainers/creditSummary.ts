/**
 * Where credit goes: how much of GRPO's advantage HICRA moves, and to what, by the tagger's mask, by the lexicon's
 * grams, by the tokens of highest entropy, and by a random mask of the tagger's size.
 */
import { FUNCTIONS } from "../lexicon/lexicon.js";
import { weightsOf } from "../lexicon/mask.js";
import type { GramEntry } from "../lexicon/match.js";
import { below, createRandom } from "../statistics/random.js";
import { roundedAll } from "../statistics/rounding.js";
import type { Mark } from "../tagger/marks.js";
import { textHash } from "../traces/digest.js";
import { type GroupCounts, highEntropyMask, type Normalisation, planningGains } from "./credit.js";

export const CREDIT_SUMMARY_FORMAT = "sg-credit-summary/1";

export const MASKS = ["tagger", "list", "entropy", "random"] as const;
export type MaskName = (typeof MASKS)[number];
/** What a token does, as the tagger reads it: a function, planning of none that can be told, or no planning. */
export const LABELS = [...FUNCTIONS, "planning", "execution"] as const;
export type Label = (typeof LABELS)[number];
export const OUTCOMES = ["right", "wrong", "ungraded"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A rollout with an advantage, cut into tokens (words, without a tokenizer) by their UTF-16 offsets. */
export interface CreditedRollout {
  text: string;
  advantage: number;
  success: boolean | undefined;
  starts: ArrayLike<number>;
  ends: ArrayLike<number>;
  /** marks by context, and by the lexicon's grams */
  context: readonly Mark[];
  grams: readonly Mark[];
  /** one a token; undefined where the record has none, or another number of them */
  entropies?: readonly number[];
}

export interface CreditSummary {
  format: typeof CREDIT_SUMMARY_FORMAT;
  alpha: number;
  normalize: Normalisation;
  weighted: boolean;
  unit: "tokens" | "words";
  seed: number;
  rollouts: GroupCounts & {
    /** rollouts with an advantage other than 0: the others move nothing */
    credited: number;
    /** of these, with an entropy for each token */
    withEntropies: number;
  };
  /** sum over tokens of GRPO's |A|, by outcome */
  mass: { all: number } & Record<Outcome, number>;
  masks: Record<MaskName, MaskSummary | null>;
}

export interface MaskSummary {
  /** share of the tokens of credited rollouts that it marks */
  marked: number;
  /** sum of |HICRA's advantage less GRPO's| */
  moved: number;
  /** the same over GRPO's mass, of the rollouts that the mask is known for; and by outcome, null where there is no mass */
  share: number;
  byOutcome: Record<Outcome, { moved: number; share: number | null }>;
  /** shares of what is moved: to tokens that do this as the tagger reads them; null where nothing is moved */
  to: Record<Label, number> | null;
  toByOutcome: Record<Outcome, Record<Label, number> | null>;
}

/** Gains are summed as whole numbers of this unit, so that no order of the rollouts changes a bit. */
const WHOLE = 10_000;
const WIDTH = 3 + MASKS.length * LABELS.length;

export interface CreditTally {
  add(rollout: CreditedRollout): void;
  finish(
    counts: GroupCounts,
    how: { alpha: number; normalize: Normalisation; unit: "tokens" | "words" },
  ): CreditSummary;
}

/** @param weighted gains are a span's probability, by grams its entry's weight, as `credit --weighted` */
export function createCreditTally(entries: readonly GramEntry[], weighted: boolean, seed: number): CreditTally {
  // by |A|, whose sums then have one order: per outcome tokens, tokens with entropies, rollouts, and gains per mask and label
  const byAdvantage = new Map<number, Float64Array[]>();
  let [credited, withEntropies] = [0, 0];
  const gainsOf = (marks: readonly Mark[], starts: ArrayLike<number>, ends: ArrayLike<number>) =>
    planningGains(marks, entries, weighted, starts, ends).map((gain) => Math.round(gain * WHOLE));

  return {
    add({ text, advantage, success, starts, ends, context, grams, entropies }) {
      if (advantage === 0) return;
      credited++;
      const rows = byAdvantage.get(Math.abs(advantage)) ?? OUTCOMES.map(() => new Float64Array(WIDTH));
      byAdvantage.set(Math.abs(advantage), rows);
      const row = rows[success === undefined ? 2 : success ? 0 : 1];
      const tagger = gainsOf(context, starts, ends);
      const labels = labelsOf(context, starts, ends);
      const known = entropies?.length === starts.length && starts.length > 0;
      const masks = [
        tagger,
        gainsOf(grams, starts, ends),
        known ? highEntropyMask(entropies!).map((bit) => bit * WHOLE) : [],
        shuffled(tagger, createRandom(seed, textHash(text))),
      ];
      row[0] += starts.length;
      if (known) {
        row[1] += starts.length;
        withEntropies++;
      }
      row[2]++;
      masks.forEach((gains, m) => {
        gains.forEach((gain, i) => {
          row[3 + m * LABELS.length + labels[i]] += gain;
        });
      });
    },
    finish(counts, { alpha, normalize, unit }) {
      const advantages = [...byAdvantage].sort(([a], [b]) => a - b);
      /** Sum over advantages of |A| times what `of` finds in an outcome's row. */
      const mass = (outcomes: readonly number[], of: (row: Float64Array) => number) =>
        advantages.reduce(
          (sum, [advantage, rows]) => sum + advantage * outcomes.reduce((all, o) => all + of(rows[o]), 0),
          0,
        );
      const count = (of: (row: Float64Array) => number) =>
        advantages.reduce((sum, [, rows]) => sum + rows.reduce((all, row) => all + of(row), 0), 0);
      const every = OUTCOMES.map((_, o) => o);
      const gain = (m: number, label?: number) => (row: Float64Array) => {
        let sum = 0;
        for (let l = 0; l < LABELS.length; l++)
          if (label === undefined || l === label) sum += row[3 + m * LABELS.length + l];
        return sum / WHOLE;
      };
      const summaryOf = (m: number): MaskSummary | null => {
        const entropy = MASKS[m] === "entropy";
        const tokens = (row: Float64Array) => row[entropy ? 1 : 0];
        if (count(tokens) === 0) return null;
        const moved = (outcomes: readonly number[]) => alpha * mass(outcomes, gain(m));
        const to = (outcomes: readonly number[]) => {
          const all = mass(outcomes, gain(m));
          return all === 0
            ? null
            : (Object.fromEntries(LABELS.map((name, l) => [name, mass(outcomes, gain(m, l)) / all])) as Record<
                Label,
                number
              >);
        };
        const by = <T>(of: (outcomes: readonly number[]) => T) =>
          Object.fromEntries(OUTCOMES.map((name, o) => [name, of([o])])) as Record<Outcome, T>;
        return {
          marked: count(gain(m)) / count(tokens),
          moved: moved(every),
          share: moved(every) / mass(every, tokens),
          byOutcome: by((outcomes) => {
            const all = mass(outcomes, tokens);
            return { moved: moved(outcomes), share: all === 0 ? null : moved(outcomes) / all };
          }),
          to: to(every),
          toByOutcome: by(to),
        };
      };
      const grpo = (outcomes: readonly number[]) => mass(outcomes, (row) => row[0]);
      return roundedAll({
        format: CREDIT_SUMMARY_FORMAT,
        alpha,
        normalize,
        weighted,
        unit,
        seed,
        rollouts: { ...counts, credited, withEntropies },
        mass: { all: grpo(every), right: grpo([0]), wrong: grpo([1]), ungraded: grpo([2]) },
        masks: Object.fromEntries(MASKS.map((name, m) => [name, summaryOf(m)])) as CreditSummary["masks"],
      });
    },
  };
}

/** Per token the place of its label in LABELS. */
function labelsOf(marks: readonly Mark[], starts: ArrayLike<number>, ends: ArrayLike<number>): Uint8Array {
  const labels = new Uint8Array(starts.length).fill(LABELS.indexOf("execution"));
  // one label at a time, by the same rule that decides what is inside
  for (let label = LABELS.length - 2; label >= 0; label--) {
    const of = marks.filter((mark) => (mark.function ?? LABELS.indexOf("planning")) === label);
    weightsOf(
      of.map(({ start, end }) => ({ start, end })),
      starts,
      ends,
    ).forEach((inside, i) => {
      if (inside > 0) labels[i] = label;
    });
  }
  return labels;
}

/** The same values in a random order, each equally likely (Fisher and Yates). */
function shuffled(values: readonly number[], random: () => number): number[] {
  const out = [...values];
  for (let i = out.length - 1; i > 0; i--) {
    const j = below(random, i + 1);
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}
