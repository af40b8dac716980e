import { describe, expect, it } from "vitest";
import { driftOf } from "../../src/dynamics/drift.js";
import { successOf } from "../../src/dynamics/success.js";
import { createRandom } from "../../src/statistics/random.js";
import { tallyOf } from "./tallies.js";

/** Six steps of 30 problems whose traces have ten planning words; of each the given share is covered. */
const run = (shares: readonly number[], problems = 30) => {
  const random = createRandom(4);
  return shares.map((share, step) =>
    tallyOf(
      10 * step,
      Array.from({ length: problems }, (_, problem) => ({
        problem,
        entries: new Array<number>(10).fill(0),
        covered: Array.from({ length: 10 }, () => Number(random() < share)).reduce((sum, one) => sum + one, 0),
      })),
    ),
  );
};
const near = (shares: readonly number[]) => shares.map((value) => ({ value, low: value - 0.05, high: value + 0.05 }));
const of = (shares: readonly number[], problems?: number) => driftOf(run(shares, problems), near(shares), 1)!;

describe("drift", () => {
  it("is due when a tenth of what was covered is gone, and says since when", () => {
    const found = of([0.8, 0.8, 0.8, 0.6, 0.6, 0.6]);
    expect(found).toMatchObject({ due: true, since: 30 });
    expect(found.fall!.value).toBeCloseTo(found.early - found.late, 10);
    expect(found.fall!.low).toBeGreaterThan(0.1);
    expect(found.statement).toMatch(/covers [78]\d\.\d % .* and [56]\d\.\d % in the last.*since step 30: mine again/);
  });
  it("is not where nothing falls, or too little", () => {
    expect(of([0.7, 0.7, 0.7, 0.7, 0.7, 0.7])).toMatchObject({ due: false, since: null });
    const little = driftOf(run([0.9, 0.9, 0.85, 0.85], 2000), near([0.9, 0.9, 0.85, 0.85]), 1)!;
    expect(little.fall!.low).toBeGreaterThan(0);
    expect(little).toMatchObject({ due: false, statement: expect.stringContaining("so it will do") });
  });
  it("says nothing of a few problems, of one step, and of no planning", () => {
    expect(of([0.9, 0.2], 5)).toMatchObject({ fall: null, due: false });
    expect(driftOf(run([0.9]), near([0.9]), 1)).toBeNull();
    const none = [0, 1].map((step) => tallyOf(step, [{ problem: 0, entries: [] }]));
    expect(driftOf(none, [null, null], 1)).toBeNull();
  });
});

describe("success in a run", () => {
  const tallies = (more: number, reverse = false) => {
    const random = createRandom(8);
    return [10, 20].map((step) => {
      const traces = Array.from({ length: 120 }, (_, i) => ({
        problem: i >> 2,
        success: i % 2 === 0,
        words: 100 + (i % 7),
        entries: new Array<number>(3 + Math.floor(4 * random()) + (i % 2 === 0 ? more : 0)).fill(0),
      }));
      return tallyOf(step, reverse ? traces.toReversed() : traces);
    });
  };
  it("compares attempts at one problem and step, and finds what is there", () => {
    const found = successOf(tallies(3), 1)!;
    expect(found).toMatchObject({ within: ["problem", "step"], problems: 30, attempts: 240, pairs: 240 });
    expect(found.movesPerTrace.raw.value).toBeGreaterThan(2);
    expect(found.planningRatio.corrected!.low).toBeGreaterThan(0);
    const nothing = successOf(tallies(0), 1)!;
    expect(nothing.movesPerTrace.raw.low).toBeLessThan(0);
    expect(nothing.movesPerTrace.raw.high).toBeGreaterThan(0);
  });
  it("is null where too few problems have both outcomes", () => {
    expect(successOf([tallyOf(1, [{ problem: 0, entries: [], success: true }])], 1)).toBeNull();
    expect(successOf([tallyOf(1, [{ problem: 0, entries: [] }])], 1)).toBeNull();
  });
});
