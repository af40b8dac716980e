/** How much a lexicon owes to the problems it happened to be mined from, and to its options. */

import { mean } from "d3-array";
import { OCCURRENCES, SUMMED } from "../grams/counting.js";
import { below, seededRandom } from "../statistics/random.js";
import { rounded } from "../statistics/rounding.js";
import { type Choice, chooseFrom, type Universe } from "./selection.js";

export interface Stability {
  resamples: number;
  /** of a resample's lexicon with the lexicon: mean, and the middle 95 % of the resamples */
  jaccard: { mean: number; low: number; high: number };
  /** entries of a resample's lexicon, on average */
  entries: number;
  /** in the lexicon's order: the share of resamples that have the entry again */
  returns: { gram: string; share: number }[];
}

/** Bootstrap over problems (Efron 1979): as many problems as there are, drawn with replacement, chosen from again. */
export function stabilityOf(
  universe: Universe,
  choice: Choice,
  reference: readonly number[],
  resamples: number,
  seed: number,
): Stability {
  const random = seededRandom(seed);
  const returned = new Map(reference.map((index) => [index, 0]));
  const jaccards: number[] = [];
  let entries = 0;
  for (let b = 0; b < resamples; b++) {
    const weights = new Uint32Array(universe.problems);
    for (let i = 0; i < universe.problems; i++) weights[below(random, universe.problems)]++;
    const chosen = chooseFrom(universe, weights, choice);
    entries += chosen.length;
    for (const index of chosen) if (returned.has(index)) returned.set(index, returned.get(index)! + 1);
    jaccards.push(jaccard(reference, chosen));
  }
  jaccards.sort((a, b) => a - b);
  const quantile = (q: number) => jaccards[Math.round(q * (resamples - 1))];
  return {
    resamples,
    jaccard: { mean: rounded(mean(jaccards) ?? 0), low: rounded(quantile(0.025)), high: rounded(quantile(0.975)) },
    entries: rounded(entries / resamples),
    returns: reference.map((index) => ({
      gram: universe.grams[index].text,
      share: rounded(returned.get(index)! / resamples),
    })),
  };
}

/** A row of the sensitivity table: what another option would have made of the lexicon. */
export interface Variant {
  name: string;
  entries: number;
  added: number;
  lost: number;
  jaccard: number;
}

export function variantOf(name: string, reference: readonly number[], chosen: readonly number[]): Variant {
  const before = new Set(reference);
  const kept = chosen.filter((index) => before.has(index)).length;
  return {
    name,
    entries: chosen.length,
    added: chosen.length - kept,
    lost: reference.length - kept,
    jaccard: rounded(jaccard(reference, chosen)),
  };
}

export interface HeldOut {
  folds: number;
  /** share of held-out problems with an entry that was chosen without them, and of the others with one */
  problems: number;
  seenProblems: number;
  /** occurrences of entries per problem, held out and seen */
  perProblem: number;
  seenPerProblem: number;
  /** of the whole lexicon's occurrences in held-out problems, the share whose entries were chosen without them */
  occurrences: number;
}

/** Cross-validation over problems: entries chosen from all folds but one, counted in that one. */
export function heldOutOf(
  universe: Universe,
  choice: Choice,
  reference: readonly number[],
  folds: number,
  seed: number,
): HeldOut {
  const fold = shuffledFolds(universe.problems, folds, seed);
  const whole = new Set(reference);
  const seen = { problems: 0, covered: 0, marks: 0 };
  const held = { problems: 0, covered: 0, marks: 0, all: 0, shared: 0 };
  const { offset, gram, counts } = universe.incidence;
  for (let f = 0; f < folds; f++) {
    const weights = fold.map((own) => (own === f ? 0 : 1));
    const chosen = new Set(chooseFrom(universe, weights, choice));
    for (let p = 0; p < universe.problems; p++) {
      const side = fold[p] === f ? held : seen;
      let marks = 0;
      for (let i = offset[p]; i < offset[p + 1]; i++) {
        const occurrences = counts[i * SUMMED + OCCURRENCES];
        const taken = chosen.has(gram[i]);
        if (taken) marks += occurrences;
        if (side === held && whole.has(gram[i])) {
          held.all += occurrences;
          if (taken) held.shared += occurrences;
        }
      }
      side.problems++;
      side.marks += marks;
      if (marks > 0) side.covered++;
    }
  }
  return {
    folds,
    problems: rounded(held.covered / held.problems),
    seenProblems: rounded(seen.covered / seen.problems),
    perProblem: rounded(held.marks / held.problems),
    seenPerProblem: rounded(seen.marks / seen.problems),
    occurrences: rounded(held.all === 0 ? 0 : held.shared / held.all),
  };
}

/** Problems dealt to folds of equal size, at random (Fisher and Yates). */
function shuffledFolds(problems: number, folds: number, seed: number): number[] {
  const random = seededRandom(seed ^ 0x5f3759df);
  const fold = Array.from({ length: problems }, (_, p) => p % folds);
  for (let i = problems - 1; i > 0; i--) {
    const j = below(random, i + 1);
    [fold[i], fold[j]] = [fold[j], fold[i]];
  }
  return fold;
}

function jaccard(a: readonly number[], b: readonly number[]): number {
  const set = new Set(a);
  const both = b.filter((index) => set.has(index)).length;
  const either = a.length + b.length - both;
  return either === 0 ? 1 : both / either;
}
