/** Whether a lexicon still covers the planning of its run, and when to mine again. */
import { LEAST_PROBLEMS, percentiles, type Ranged, resampled } from "../statistics/within.js";
import type { Tally } from "./tally.js";

export interface Drift {
  /** share of the planning words that the lexicon's grams cover, in the first and the last third of the steps */
  early: number;
  late: number;
  /** early less late, with its 95 % interval over problems; null with too few problems */
  fall: Ranged | null;
  /** from this step on, every step lies below the first third's coverage, its interval too; null where none does */
  since: number | null;
  /** whether to mine again */
  due: boolean;
  statement: string;
}

const DRAWS = 1000;
/** A lexicon is due when a tenth of what it covered is gone, beyond chance: chosen, as little enough to go on with. */
const GONE = 0.1;

/**
 * @param tallies in the order of the steps
 * @param coverages the step's coverage with its interval, in the same order; null where nothing plans
 * @returns null with fewer than two steps, or where nothing plans
 */
export function driftOf(tallies: readonly Tally[], coverages: readonly (Ranged | null)[], seed: number): Drift | null {
  const third = Math.max(1, Math.floor(tallies.length / 3));
  if (tallies.length < 2) return null;
  const early = byProblem(tallies.slice(0, third));
  const late = byProblem(tallies.slice(-third));
  const shareOf = (of: ReadonlyMap<number, Counts>, problems: Iterable<number>): number => {
    let [covered, planning] = [0, 0];
    for (const problem of problems) {
      const counts = of.get(problem);
      if (!counts) continue;
      covered += counts.covered;
      planning += counts.planning;
    }
    return planning > 0 ? covered / planning : Number.NaN;
  };
  const problems = [...new Set([...early.keys(), ...late.keys()])].sort((a, b) => a - b);
  const [before, after] = [shareOf(early, problems), shareOf(late, problems)];
  if (Number.isNaN(before) || Number.isNaN(after)) return null;
  const fall =
    problems.length < LEAST_PROBLEMS
      ? null
      : {
          value: before - after,
          ...percentiles(
            resampled(problems.length, DRAWS, seed, (draw) => {
              const drawn = draw.map((i) => problems[i]);
              return shareOf(early, drawn) - shareOf(late, drawn);
            }).filter((value) => !Number.isNaN(value)),
          ),
        };
  const falls = fall !== null && fall.low > 0;
  const due = falls && fall.value >= GONE * before;
  let from = tallies.length;
  while (from > 0 && coverages[from - 1] && coverages[from - 1]!.high < before) from--;
  const since = from < tallies.length ? tallies[from].step : null;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const figures = `The lexicon covers ${percent(before)} of the planning words in the first third of the steps and ${percent(after)} in the last`;
  const points = fall && `${(100 * fall.low).toFixed(1)} to ${(100 * fall.high).toFixed(1)} points`;
  const statement = !fall
    ? `${figures}; with fewer than ${LEAST_PROBLEMS} problems that says nothing of drift.`
    : due
      ? `${figures}, a fall of ${points}${since === null ? "" : `, below the first third since step ${since}`}: mine again (sg-mine update with the later steps' traces).`
      : falls
        ? `${figures}, a fall of ${points}: less than a tenth of it, so it will do.`
        : `${figures}: no evidence that it covers less (a fall of ${points}).`;
  return { early: before, late: after, fall, since: due ? since : null, due, statement };
}

interface Counts {
  covered: number;
  planning: number;
}

function byProblem(tallies: readonly Tally[]): Map<number, Counts> {
  const sums = new Map<number, Counts>();
  for (const { problem, planningWords, coveredWords, key } of tallies)
    for (let i = 0; i < key.length; i++) {
      const counts = sums.get(problem.data[i]) ?? { covered: 0, planning: 0 };
      counts.covered += coveredWords.data[i];
      counts.planning += planningWords.data[i];
      sums.set(problem.data[i], counts);
    }
  return sums;
}
