import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskOf, weightsOf } from "../../src/lexicon/mask.js";
import type { Trace } from "../../src/traces/trace.js";
import { createGroups, hicraAdvantage, type Normalisation, runLengths } from "../../src/trainers/credit.js";

const rollout = (problem: string, reward?: number, rest: Partial<Trace> = {}): Trace => ({
  problem,
  text: "x",
  success: undefined,
  reward,
  fields: { text: "text", problem: "problem" },
  ...rest,
});

function advantages(traces: Trace[], normalise: Normalisation = "none") {
  const groups = createGroups(normalise);
  traces.forEach(groups.add);
  return { values: traces.map(groups.advantageOf), counts: groups.counts() };
}

describe("createGroups", () => {
  it("takes the group's mean from the reward", () => {
    // 1, 0, 0, 0: mean 0.25
    const { values } = advantages([1, 0, 0, 0].map((reward) => rollout("p", reward)));
    expect(values).toEqual([0.75, -0.25, -0.25, -0.25]);
  });

  it("divides by the sample's deviation where asked", () => {
    // deviations 0.75, -0.25 three times: squares 0.75 in all, over 3, root: 0.5; plus 1e-4
    const { values } = advantages(
      [1, 0, 0, 0].map((reward) => rollout("p", reward)),
      "std",
    );
    expect(values[0]).toBeCloseTo(0.75 / 0.5001, 12);
    expect(values[3]).toBeCloseTo(-0.25 / 0.5001, 12);
  });

  it("groups by problem and by step", () => {
    const traces = [
      rollout("p", 1, { step: 1 }),
      rollout("q", 0, { step: 1 }),
      rollout("p", 0, { step: 1 }),
      rollout("p", 1, { step: 2 }),
      rollout("p", 0.5, { step: 2 }),
      rollout("p", 7, { step: "2" }),
    ];
    expect(advantages(traces).values).toEqual([0.5, 0, -0.5, 0.25, -0.25, 0]);
  });

  it("counts groups of one, equal rewards and missing ones, and gives them nothing", () => {
    const traces = [
      rollout("one", 1),
      rollout("equal", 0.1),
      rollout("equal", 0.1),
      rollout("equal", 0.1),
      rollout("some", 1),
      rollout("some"),
      rollout("some", 0),
      rollout("none"),
    ];
    for (const normalise of ["none", "std"] as const) {
      const { values, counts } = advantages(traces, normalise);
      expect(values.slice(0, 4)).toEqual([0, 0, 0, 0]);
      expect(values[5]).toBeUndefined();
      expect(values[7]).toBeUndefined();
      expect(Math.sign(values[4]!)).toBe(1);
      expect(values[6]).toBe(-values[4]!);
      expect(counts).toEqual({ rollouts: 8, withoutReward: 2, groups: 3, ofOne: 1, equal: 1 });
    }
  });

  it("takes success for 1 and failure for 0 where there is no reward", () => {
    const traces = [rollout("p", undefined, { success: true }), rollout("p", undefined, { success: false })];
    expect(advantages(traces).values).toEqual([0.5, -0.5]);
    expect(advantages([rollout("p", -3, { success: true }), rollout("p", 1)]).values).toEqual([-2, 2]);
  });

  it("does not depend on the order of rollouts, to the last bit", () => {
    const rewards = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 2, maxLength: 9 });
    fc.assert(
      fc.property(rewards, fc.constantFrom<Normalisation>("none", "std"), (values, normalise) => {
        const there = values.map((reward) => rollout("p", reward));
        const back = [...there].reverse();
        expect(advantages(back, normalise).values.reverse()).toEqual(advantages(there, normalise).values);
      }),
    );
  });
});

describe("hicraAdvantage", () => {
  it("is A + alpha |A| on planning tokens and A elsewhere", () => {
    expect(hicraAdvantage(0.5, 1, 0.2)).toBeCloseTo(0.6, 15);
    expect(hicraAdvantage(0.5, 0, 0.2)).toBe(0.5);
    // a failure is penalised less
    expect(hicraAdvantage(-0.5, 1, 0.2)).toBeCloseTo(-0.4, 15);
    expect(hicraAdvantage(-0.5, 0.5, 0.2)).toBeCloseTo(-0.45, 15);
    expect(hicraAdvantage(0, 1, 0.2)).toBe(0);
  });

  it("never lowers an advantage or turns its sign", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: -9, max: 9, noNaN: true }), share, share, (advantage, weight, alpha) => {
        const value = hicraAdvantage(advantage, weight, alpha);
        expect(value).toBeGreaterThanOrEqual(advantage);
        expect(value * advantage).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("masks", () => {
  const [starts, ends] = [Int32Array.of(0, 3, 4, 4, 8), Int32Array.of(3, 4, 4, 8, 9)];
  const spans = [
    { start: 1, end: 4, weight: 0.3 },
    { start: 3, end: 5, weight: 0.8 },
    { start: 4, end: 4, weight: 1 },
  ];

  it("mark a token when any of its characters is marked, and none that has no characters", () => {
    expect(maskOf(spans, starts, ends)).toEqual([1, 1, 0, 1, 0]);
    expect(weightsOf(spans, starts, ends)).toEqual([0.3, 0.8, 0, 0.8, 0]);
    expect(maskOf([], starts, ends)).toEqual([0, 0, 0, 0, 0]);
  });
});

describe("runLengths", () => {
  it("spells out to what it was made of", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0.5, 0.6, -0.4)), (values) => {
        const runs = runLengths(values);
        expect(runs.flatMap(([count, value]) => new Array(count).fill(value))).toEqual(values);
        for (let i = 1; i < runs.length; i++) expect(runs[i][1]).not.toBe(runs[i - 1][1]);
      }),
    );
  });
});
