import { describe, expect, it } from "vitest";
import { estimate } from "../../src/dynamics/resample.js";
import { below, createRandom } from "../../src/statistics/random.js";
import { type SimpleTrace, tallyOf } from "./tallies.js";

const random = createRandom(5, "resample test");
const draw = (traces: number, kinds: number, moves: number, first = 0): SimpleTrace[] =>
  Array.from({ length: traces }, (_, i) => ({
    problem: first + i,
    entries: Array.from({ length: moves }, () => below(random, kinds)),
    success: random() < 0.4,
  }));

describe("estimate", () => {
  it("has the values of a worked example", () => {
    // grams a, a, b in clusters 7, 7, 9; a is followed by 1 and 2, b by nothing
    const tally = tallyOf(1, [
      { problem: 0, entries: [0, 0], following: [11, 12], success: true, words: 10 },
      { problem: 1, entries: [1], success: false, words: 30 },
      { problem: 2, entries: [], words: 20 },
    ]);
    const found = estimate(tally, [7, 9], 3, 1);
    expect(found.grams.value).toBeCloseTo(Math.log(3) - (2 / 3) * Math.log(2), 12);
    expect(found.grams.corrected).toBeCloseTo(found.grams.value + 1 / 6, 12);
    expect(found.grams.matched).toBe(found.grams.value);
    expect(found.clusters!.value).toBeCloseTo(found.grams.value, 12);
    expect(found.conditional.value).toBeCloseTo(Math.LN2, 12);
    expect(found.conditional.coverage).toBe(0);
    expect(found.accuracy!.value).toBe(0.5);
    expect(found.words.value).toBe(20);
    expect(found.planningRatio.value).toBeCloseTo(3 / 60, 12);
    expect(found.movesPerTrace.value).toBe(1);
    expect(found.tokens).toBeNull();
  });

  it("has no cluster entropy for a bare list, and no accuracy where nothing is graded", () => {
    const found = estimate(tallyOf(1, [{ problem: 0, entries: [0, 1] }]), undefined, null, 1);
    expect(found.clusters).toBeNull();
    expect(found.accuracy).toBeNull();
    expect(found.grams.matched).toBeNull();
  });

  it("gives entropies of unequal samples of one distribution the same value at equal size", () => {
    const [small, large] = [draw(40, 60, 4), draw(600, 60, 4)];
    const [a, b] = [estimate(tallyOf(1, small), undefined, 40, 1), estimate(tallyOf(2, large), undefined, 40, 1)];
    // The larger sample shows more kinds: that is no change of strategy
    expect(b.grams.value - a.grams.value).toBeGreaterThan(0.12);
    expect(Math.abs(b.grams.matched! - a.grams.matched!)).toBeLessThan(0.06);
    expect(a.grams.matched).toBe(a.grams.value);
  });

  it("draws subsets of traces uniformly: the mean is the exact expectation", () => {
    // Traces a, a, b: of the three pairs, two have entropy ln 2 and one 0
    const tally = tallyOf(1, [
      { problem: 0, entries: [0] },
      { problem: 1, entries: [0] },
      { problem: 2, entries: [1] },
    ]);
    const { matched } = estimate(tally, undefined, 2, 1).grams;
    expect(Math.abs(matched! - (2 / 3) * Math.LN2)).toBeLessThan(0.08);
  });

  it("has intervals that hold the truth about as often as they say", () => {
    let held = 0;
    for (let run = 0; run < 200; run++) {
      const { accuracy } = estimate(tallyOf(run, draw(80, 5, 3)), undefined, null, run);
      if (accuracy!.low <= 0.4 && accuracy!.high >= 0.4) held++;
    }
    expect(held / 200).toBeGreaterThan(0.88);
    expect(held / 200).toBeLessThan(0.99);
  });

  it("widens intervals when several rollouts answer one problem alike", () => {
    const alike = Array.from({ length: 20 }, (_, problem) => ({ problem, success: problem % 2 === 0 }));
    const width = (copies: number) => {
      const traces = alike.flatMap((one) => Array.from({ length: copies }, () => ({ ...one, entries: [0] })));
      const { accuracy } = estimate(tallyOf(1, traces), undefined, null, 1);
      return accuracy!.high - accuracy!.low;
    };
    expect(Math.abs(width(8) - width(1))).toBeLessThan(0.05);
  });

  it("does not depend on the order of the traces", () => {
    const traces = draw(30, 10, 3);
    const forward = tallyOf(1, traces);
    const backward = tallyOf(1, [...traces].reverse());
    backward.key.data.set(Array.from({ length: 30 }, (_, i) => 29 - i));
    expect(estimate(forward, undefined, 20, 1)).toEqual(estimate(backward, undefined, 20, 1));
  });
});
