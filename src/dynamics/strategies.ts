/** When a strategy is first used, and how it then spreads over the problems. */
import { sum } from "d3-array";
import { falseDiscoveries, noneAmongFirst } from "../statistics/significance.js";
import type { Tally } from "./tally.js";

export interface Appearance {
  /** cluster, or entry where the lexicon has no clusters */
  index: number;
  /** rank of the step in which it first occurs */
  first: number;
  /** distinct problems in which it ever occurs */
  problems: number;
  /** rank of the step by which it had occurred in half of them */
  halfway: number;
  /** p of being absent before `first` if its uses were spread evenly over the steps, and its false discovery rate */
  p: number;
  q: number;
  /** per step: distinct problems that have it there, and that have had it so far */
  inStep: number[];
  reached: number[];
}

/** Appearances of all kinds, in the order of their indices. A use is one problem at one step. */
export function appearancesOf(tallies: readonly Tally[], kindOf: (entry: number) => number): Appearance[] {
  // Problems at each step, and up to each step
  const before = [0];
  const found = new Map<number, Set<number>[]>();
  tallies.forEach((tally, rank) => {
    before.push(before[rank] + new Set(tally.problem.data.subarray(0, tally.problem.length)).size);
    let i = 0;
    for (let trace = 0; trace < tally.key.length; trace++)
      for (; i < tally.end.data[trace]; i++) {
        if (tally.entry.data[i] < 0) continue;
        const kind = kindOf(tally.entry.data[i]);
        let steps = found.get(kind);
        if (!steps) {
          steps = tallies.map(() => new Set());
          found.set(kind, steps);
        }
        steps[rank].add(tally.problem.data[trace]);
      }
  });
  const appearances = [...found]
    .sort(([a], [b]) => a - b)
    .map(([index, steps]): Appearance => {
      const ever = new Set<number>();
      const reached = steps.map((problems) => {
        for (const problem of problems) ever.add(problem);
        return ever.size;
      });
      const inStep = steps.map((problems) => problems.size);
      const uses = sum(inStep);
      const first = inStep.findIndex((n) => n > 0);
      return {
        index,
        first,
        problems: ever.size,
        halfway: reached.findIndex((n) => n >= ever.size / 2),
        p: noneAmongFirst(before[tallies.length], before[first], uses),
        q: 1,
        inStep,
        reached,
      };
    });
  const q = falseDiscoveries(appearances.map(({ p }) => p));
  appearances.forEach((appearance, i) => {
    appearance.q = q[i];
  });
  return appearances;
}
