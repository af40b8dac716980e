import { describe, expect, it } from "vitest";
import { crossValidated, fitPairs } from "../../src/statistics/pairwise.js";
import { createRandom, normal } from "../../src/statistics/random.js";
import { twoSided } from "../../src/statistics/significance.js";
import {
  aucs,
  effectOf,
  LEAST_PROBLEMS,
  lengthsOf,
  type MixedGroup,
  meanOverProblems,
  solve,
  withoutLength,
} from "../../src/statistics/within.js";

/** Problems with so many right and wrong attempts each, their rows one after another. */
const groupsOf = (problems: number, right: number, wrong: number): MixedGroup[] =>
  Array.from({ length: problems }, (_, problem) => {
    const from = problem * (right + wrong);
    const rows = (start: number, count: number) => Array.from({ length: count }, (_, i) => start + i);
    return { problem, right: rows(from, right), wrong: rows(from + right, wrong) };
  });
const isRight = (row: number, right: number, wrong: number) => Number(row % (right + wrong) < right);

describe("the effect of success within problems", () => {
  it("is the mean difference of pairs, with the p of their t test's statistic", () => {
    const groups = groupsOf(LEAST_PROBLEMS, 1, 1);
    const random = createRandom(5);
    const values = Float64Array.from(
      { length: 2 * LEAST_PROBLEMS },
      (_, row) => 0.4 * (1 - (row % 2)) + normal(random),
    );
    const differences = groups.map(({ right, wrong }) => values[right[0]] - values[wrong[0]]);
    const mean = differences.reduce((sum, one) => sum + one, 0) / LEAST_PROBLEMS;
    const variance = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (LEAST_PROBLEMS - 1);
    const effect = effectOf(groups, values, lengthsOf(values.map(() => 100)), 500, 1)!;
    expect(effect.raw.value).toBeCloseTo(mean, 10);
    expect(effect.right - effect.wrong).toBeCloseTo(mean, 10);
    expect(effect.raw.p).toBeCloseTo(twoSided(mean / Math.sqrt(variance / LEAST_PROBLEMS)), 10);
    // the bootstrap of a mean: nearly its standard error to either side
    expect((effect.raw.high - effect.raw.low) / (2 * 1.96 * Math.sqrt(variance / LEAST_PROBLEMS))).toBeCloseTo(1, 0);
    // all of one length: nothing to correct
    expect(effect.corrected!.value).toBeCloseTo(mean, 6);
  });

  it("takes out what a curve over length explains, and leaves what it does not", () => {
    const [right, wrong] = [2, 3];
    const groups = groupsOf(30, right, wrong);
    const random = createRandom(1);
    const words = Float64Array.from(
      { length: 150 },
      (_, row) => 50 + 400 * random() + 200 * isRight(row, right, wrong),
    );
    const values = words.map(
      (count, row) => 7 * Math.floor(row / 5) + 3 * Math.log1p(count) + 0.02 * count + 5 * isRight(row, right, wrong),
    );
    const lengths = lengthsOf(words);
    const effect = effectOf(groups, values, lengths, 100, 1)!;
    expect(effect.raw.value).toBeGreaterThan(6);
    expect(effect.corrected!.value).toBeCloseTo(5, 5);
    expect(effect.corrected!.low).toBeCloseTo(5, 4);
    // without length every right attempt is above every wrong one of its problem
    expect([...aucs(groups, withoutLength(groups, values, lengths), 30)]).toEqual(new Array(30).fill(1));
  });

  it("leaves out what is not known, and says nothing of too few problems", () => {
    const groups = groupsOf(LEAST_PROBLEMS, 1, 1);
    const values = Float64Array.from({ length: 2 * LEAST_PROBLEMS }, (_, row) => row % 2);
    const lengths = lengthsOf(values.map(() => 10));
    expect(effectOf(groups, values, lengths, 50, 1)!.raw.value).toBeCloseTo(-1, 8);
    values[0] = Number.NaN;
    expect(effectOf(groups, values, lengths, 50, 1)).toBeUndefined();
    expect(meanOverProblems(new Float64Array(LEAST_PROBLEMS - 1), 50, 1)).toBeUndefined();
  });

  it("finds nothing in 95 of 100 worlds where length does all, and an effect that is there", () => {
    const [problems, right, wrong, worlds] = [40, 3, 3, 150];
    const groups = groupsOf(problems, right, wrong);
    const random = createRandom(9);
    let [raw, corrected, power] = [0, 0, 0];
    for (let world = 0; world < worlds; world++) {
      const words = Float64Array.from({ length: problems * 6 }, (_, row) =>
        Math.exp(5 + 0.3 * isRight(row, right, wrong) + 0.5 * normal(random)),
      );
      // moves of which longer attempts have more
      const moves = words.map((count) => Math.max(0, 0.05 * count + Math.sqrt(0.05 * count) * normal(random)));
      const more = moves.map((count, row) => count + 3 * isRight(row, right, wrong));
      const lengths = lengthsOf(words);
      const nothing = effectOf(groups, moves, lengths, 10, 1)!;
      if (nothing.raw.p < 0.05) raw++;
      if (nothing.corrected!.p < 0.05) corrected++;
      if (effectOf(groups, more, lengths, 10, 1)!.corrected!.p < 0.05) power++;
    }
    expect(raw / worlds).toBeGreaterThan(0.9); // length poses as an effect
    expect(corrected / worlds).toBeLessThan(0.12);
    expect(power / worlds).toBeGreaterThan(0.9);
  });
});

describe("AUC within problems", () => {
  it("is the share of pairs in the right order, ties as half, the mean over a problem's groups", () => {
    const groups = [
      { problem: 0, right: [0, 1], wrong: [2] }, // 3 > 2, 1 < 2
      { problem: 0, right: [3], wrong: [4] }, // tie
      { problem: 1, right: [5], wrong: [6, 7] }, // 2 > 1; not known
    ];
    const scores = [3, 1, 2, 5, 5, 2, 1, Number.NaN];
    expect([...aucs(groups, scores, 3)]).toEqual([0.5, 1, Number.NaN]);
  });

  it("comes near Φ(d/√2) for normal scores d apart", () => {
    const groups = groupsOf(400, 2, 2);
    const random = createRandom(3);
    const scores = Float64Array.from({ length: 1600 }, (_, row) => isRight(row, 2, 2) + normal(random));
    const { value, low, high } = meanOverProblems(aucs(groups, scores, 400), 300, 1)!;
    const expected = 1 - twoSided(1 / Math.SQRT2) / 2;
    expect(Math.abs(value - expected)).toBeLessThan(0.03);
    expect(low).toBeLessThan(expected);
    expect(high).toBeGreaterThan(expected);
  });
});

describe("the model of pairs", () => {
  it("finds the coefficients under which the pairs are most probable", () => {
    // one feature, differences of ±1: the odds of the right one ahead are 3 to 1; so many that the ridge does not matter
    const differences = Float64Array.from({ length: 40_000 }, (_, i) => (i % 4 === 0 ? -1 : 1));
    const [coefficient] = fitPairs({ width: 1, differences, weights: differences.map(() => 1) });
    expect(coefficient).toBeCloseTo(Math.log(3), 2);
    const none = new Float64Array(0);
    expect([...fitPairs({ width: 2, differences: none, weights: none })]).toEqual([0, 0]);
  });

  it("tells on problems it has not seen what there is to tell, and nothing where there is nothing", () => {
    const [problems, right, wrong] = [300, 2, 2];
    const groups = groupsOf(problems, right, wrong);
    const random = createRandom(11);
    const noise = () => Float64Array.from({ length: problems * 4 }, () => normal(random));
    const useful = noise().map((value, row) => value + isRight(row, right, wrong));
    const others = [noise(), noise(), noise(), noise()];
    const mean = (columns: Float64Array[]) =>
      meanOverProblems(aucs(groups, crossValidated(groups, columns, problems, 1), problems), 200, 1)!;
    expect(mean([useful, ...others]).value).toBeGreaterThan(0.72);
    const nothing = mean(others);
    expect(nothing.low).toBeLessThan(0.5);
    expect(nothing.value).toBeLessThan(0.55);
    expect(mean([useful, ...others])).toEqual(mean([useful, ...others]));
  });

  it("solves linear equations, those of no content by 0", () => {
    expect(
      solve([
        [0, 2, 4],
        [3, 1, 5],
      ]),
    ).toEqual([1, 2]);
    expect(
      solve([
        [2, 0, 6],
        [0, 0, 0],
      ]),
    ).toEqual([3, 0]);
  });
});
