/**
 * Credit for rollouts: GRPO's advantage of a trajectory, R less the mean of its group (arXiv 2402.03300), and HICRA's
 * on planning tokens, A + alpha |A| (arXiv 2509.03646, section 4).
 */
import { mean, sum } from "d3-array";
import { weightsOf } from "../lexicon/mask.js";
import type { GramEntry } from "../lexicon/match.js";
import type { Mark } from "../tagger/marks.js";
import type { Trace } from "../traces/trace.js";

export type Normalisation = "none" | "std";

/** TRL's constant, which keeps nearly equal rewards from blowing up. */
const EPSILON = 1e-4;

export interface Groups {
  /** Takes one rollout; the order in which they come does not matter. */
  add(trace: Trace): void;
  /** GRPO's advantage of a rollout after all have been added; undefined when it has no reward. */
  advantageOf(trace: Trace): number | undefined;
  /** Mean of the number of tokens in a rollout's group, as far as the records' entropies tell it. */
  meanTokensOf(trace: Trace): number;
  counts(): GroupCounts;
}

export interface GroupCounts {
  rollouts: number;
  /** rollouts with neither reward nor success; they belong to no group */
  withoutReward: number;
  groups: number;
  /** groups of one rollout, and larger ones whose rewards are all equal: their advantages are 0 */
  ofOne: number;
  equal: number;
}

/** The reward that the trainer gave, else 1 for success and 0 for failure. */
export const rewardOf = (trace: Trace): number | undefined =>
  trace.reward ?? (trace.success === undefined ? undefined : Number(trace.success));

/** Rollouts grouped by problem and training step. Keeps their rewards and nothing else. */
export function createGroups(normalise: Normalisation): Groups {
  const rewards = new Map<string, number[]>();
  const baselines = new Map<string, { mean: number; scale: number }>();
  const tokens = new Map<string, { sum: number; rollouts: number }>();
  let withoutReward = 0;
  const keyOf = (trace: Trace) => JSON.stringify([trace.problem, trace.step ?? null]);

  return {
    add(trace) {
      const reward = rewardOf(trace);
      if (reward === undefined) {
        withoutReward++;
        return;
      }
      const key = keyOf(trace);
      const group = rewards.get(key);
      if (group) group.push(reward);
      else rewards.set(key, [reward]);
      if (!trace.entropies) return;
      const { sum, rollouts } = tokens.get(key) ?? { sum: 0, rollouts: 0 };
      tokens.set(key, { sum: sum + trace.entropies.length, rollouts: rollouts + 1 });
    },
    advantageOf(trace) {
      const reward = rewardOf(trace);
      if (reward === undefined) return undefined;
      const key = keyOf(trace);
      let baseline = baselines.get(key);
      if (!baseline) {
        baseline = baselineOf(rewards.get(key)!, normalise);
        baselines.set(key, baseline);
      }
      return baseline.scale === 0 ? 0 : (reward - baseline.mean) / baseline.scale;
    },
    meanTokensOf(trace) {
      const { sum, rollouts } = tokens.get(keyOf(trace)) ?? { sum: 0, rollouts: 1 };
      return sum / rollouts;
    },
    counts() {
      const groups = [...rewards.values()];
      return {
        rollouts: withoutReward + sum(groups, (group) => group.length),
        withoutReward,
        groups: groups.length,
        ofOne: groups.filter((group) => group.length === 1).length,
        equal: groups.filter((group) => group.length > 1 && isFlat(group)).length,
      };
    },
  };
}

const isFlat = (rewards: readonly number[]) => rewards.every((reward) => reward === rewards[0]);

/** A scale of 0 says that there is nothing to compare. The deviation is the sample's, n - 1, as in TRL and verl. */
function baselineOf(rewards: readonly number[], normalise: Normalisation): { mean: number; scale: number } {
  if (isFlat(rewards)) return { mean: rewards[0], scale: 0 };
  // Summed in one order, whatever the order of the lines: floating-point sums depend on it.
  const sorted = [...rewards].sort((a, b) => a - b);
  const baseline = mean(sorted)!;
  if (normalise === "none") return { mean: baseline, scale: 1 };
  const squares = sum(sorted, (reward) => (reward - baseline) ** 2);
  return { mean: baseline, scale: Math.sqrt(squares / (sorted.length - 1)) + EPSILON };
}

/**
 * HICRA: A + alpha w |A| per token, w the mask's 0 or 1, or a weight between. A success gains on planning tokens, and a
 * failure is penalised less on them.
 */
export const hicraAdvantage = (advantage: number, weight: number, alpha: number): number =>
  weight === 0 ? advantage : advantage + alpha * weight * Math.abs(advantage);

/** Share of a response's tokens that count as high-entropy: the authors' value. */
const TOP_ENTROPY = 0.3;

/**
 * Which tokens are strictly above the 70th percentile of their response's entropies, as the authors' code has it; it
 * gives HICRA's credit to these too where the response is right (A > 0) and longer than the mean of its group.
 */
export function highEntropyMask(entropies: readonly number[]): number[] {
  const sorted = [...entropies].sort((a, b) => a - b);
  const threshold = sorted[Math.min(sorted.length - 1, Math.floor((1 - TOP_ENTROPY) * sorted.length))];
  return entropies.map((value) => Number(value > threshold));
}

/** Equal neighbours as [how many, value]. */
export function runLengths(values: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last && last[1] === value) last[0]++;
    else runs.push([1, value]);
  }
  return runs;
}

/**
 * What each token gains of alpha by planning: 1 on a token that any of the marks touches, with `weighted` the mark's
 * probability or else its entry's weight, the highest of several; elsewhere 0.
 * @param starts, ends the tokens' UTF-16 offsets
 */
export const planningGains = (
  marks: readonly Mark[],
  entries: readonly GramEntry[],
  weighted: boolean,
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
): number[] =>
  weightsOf(
    marks.map(({ start, end, entry, probability }) => ({
      start,
      end,
      weight: weighted ? (probability ?? entries[entry].weight) : undefined,
    })),
    starts,
    ends,
  );
