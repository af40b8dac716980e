import { describe, expect, it } from "vitest";
import { creditText } from "../../src/report/creditText.js";
import { type CreditedRollout, createCreditTally } from "../../src/trainers/creditSummary.js";

const counts = { rollouts: 4, withoutReward: 0, groups: 2, ofOne: 1, equal: 0 };
const how = { alpha: 0.2, normalize: "none", unit: "words" } as const;
const entries = [{ gram: "wait", spellings: ["wait"], weight: 0.5 }];
/** Ten words of one letter: word i is [2 i, 2 i + 1). */
const words = {
  starts: Int32Array.from({ length: 10 }, (_, i) => 2 * i),
  ends: Int32Array.from({ length: 10 }, (_, i) => 2 * i + 1),
};
const mark = (first: number, last: number, purpose?: number | null) => ({
  first,
  last,
  start: 2 * first,
  end: 2 * last + 1,
  entry: 0,
  ...(purpose !== undefined && { function: purpose, probability: 0.8 }),
});
const rollout = (advantage: number, more: Partial<CreditedRollout> = {}): CreditedRollout => ({
  text: `text ${advantage}`,
  advantage,
  success: advantage > 0,
  ...words,
  context: [mark(0, 1, 0), mark(5, 5, 3)],
  grams: [mark(1, 2)],
  ...more,
});

describe("the summary of credit", () => {
  it("is what HICRA's advantages less GRPO's add up to, by mask, outcome and function", () => {
    const tally = createCreditTally(entries, false, 1);
    // 0.75 on a right rollout, -0.25 on two wrong ones, nothing on another
    tally.add(rollout(0.75));
    tally.add(rollout(-0.25, { context: [] }));
    tally.add(rollout(-0.25, { context: [mark(9, 9, null)], entropies: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }));
    tally.add(rollout(0));
    const summary = tally.finish(counts, how);
    expect(summary.mass).toEqual({ all: 12.5, right: 7.5, wrong: 5, ungraded: 0 });
    expect(summary.rollouts).toMatchObject({ credited: 3, withEntropies: 1 });
    const { tagger, list, entropy, random } = summary.masks;
    // three words at 0.75 and one at 0.25
    expect(tagger).toMatchObject({
      marked: Number((4 / 30).toPrecision(6)),
      moved: 0.5,
      share: 0.04,
      byOutcome: {
        right: { moved: 0.45, share: 0.06 },
        wrong: { moved: 0.05, share: 0.01 },
        ungraded: { share: null },
      },
      to: { goal: 0.6, backtracing: 0.3, planning: 0.1, execution: 0, deduction: 0 },
      toByOutcome: { wrong: { planning: 1 }, ungraded: null },
    });
    // two words each: of the first rollout one plans by context
    expect(list).toMatchObject({ moved: 0.5, to: { goal: 0.3, execution: 0.7 } });
    // strictly above the 70th percentile: words 8 and 9, the last of which plans
    expect(entropy).toMatchObject({ marked: 0.2, moved: 0.1, share: 0.04, to: { planning: 0.5, execution: 0.5 } });
    // as large as the tagger's, wherever it falls
    expect([random!.marked, random!.moved, random!.share]).toEqual([tagger!.marked, tagger!.moved, tagger!.share]);
    const text = creditText(summary);
    expect(text).toContain("3 of 4 rollouts in 2 groups have an advantage to move");
    expect(text).toMatch(/tagger +13\.33 % +4\.00 % +6\.00 % +1\.00 % +–/);
    expect(text).toContain("1 of these rollouts have an entropy for each token");
  });

  it("scales by weights, and does not depend on the order of rollouts", () => {
    const rollouts = [0.1, 0.2, 0.3, -0.7, 1 / 3, -1e-9].map((advantage) => rollout(advantage));
    const of = (list: CreditedRollout[], weighted: boolean) => {
      const tally = createCreditTally(entries, weighted, 1);
      for (const one of list) tally.add(one);
      return tally.finish(counts, how);
    };
    expect(of(rollouts.toReversed(), false)).toEqual(of(rollouts, false));
    const [plain, weighted] = [of(rollouts, false).masks, of(rollouts, true).masks];
    expect(weighted.tagger!.moved / plain.tagger!.moved).toBeCloseTo(0.8, 5);
    expect(weighted.list!.moved / plain.list!.moved).toBeCloseTo(0.5, 5);
    expect(plain.entropy).toBeNull();
    expect(creditText(of(rollouts, false))).toContain("no entropy mask");
  });

  it("draws the random mask from everywhere", () => {
    const tally = createCreditTally(entries, false, 1);
    for (let i = 0; i < 400; i++) tally.add(rollout(1, { text: `text ${i}` }));
    const { to } = tally.finish(counts, how).masks.random!;
    // seven words of ten are execution
    expect(to!.execution).toBeGreaterThan(0.65);
    expect(to!.execution).toBeLessThan(0.75);
    expect(to!.goal).toBeGreaterThan(0.15);
  });
});
