import { describe, expect, it } from "vitest";
import { appearancesOf } from "../../src/dynamics/strategies.js";
import { trendsOf } from "../../src/dynamics/trends.js";
import { below, createRandom } from "../../src/statistics/random.js";
import { tallyOf } from "./tallies.js";

const same = (entry: number) => entry;

describe("trendsOf", () => {
  it("is the Cochran-Armitage test where every trace has its own problem, but for its variance", () => {
    // Shares 1/4, 2/4, 3/4 over three steps of four traces
    let problem = 0;
    const tallies = [1, 2, 3].map((having, rank) =>
      tallyOf(
        rank,
        [0, 1, 2, 3].map((i) => ({ problem: problem++, entries: i < having ? [0] : [] })),
      ),
    );
    const [trend] = trendsOf(tallies, same, 12);
    expect(trend).toMatchObject({ traces: 6, occurrences: 6, early: 0.25, late: 0.75, shares: [0.25, 0.5, 0.75] });
    // T = sum (rank - 1)(has - 1/2) = 2; squares: 8 traces at distance 1 with (1/2)^2 each
    expect(trend.z).toBeCloseTo(2 / Math.sqrt((8 * 0.25 * 12) / 11), 10);
  });

  it("counts a trace once, however often it repeats the gram", () => {
    const tallies = [0, 1].map((step) =>
      tallyOf(
        step,
        [0, 1].map((problem) => ({ problem, entries: [0, 0, 0] })),
      ),
    );
    expect(trendsOf(tallies, same, 2)[0]).toMatchObject({ traces: 4, occurrences: 12, early: 1, late: 1, z: 0, q: 1 });
  });

  it("calls trends where there are none at the rate it says, though rollouts of a problem are alike", () => {
    const random = createRandom(11, "trends");
    let called = 0;
    let naive = 0;
    const runs = 400;
    for (let run = 0; run < runs; run++) {
      // New problems at every step, eight rollouts each that nearly all have the gram or nearly all lack it
      let problem = 0;
      const tallies = Array.from({ length: 10 }, (_, step) =>
        tallyOf(
          step,
          Array.from({ length: 12 }, () => {
            const rate = random() < 0.3 ? 0.9 : 0.05;
            const own = problem++;
            return Array.from({ length: 8 }, () => ({ problem: own, entries: random() < rate ? [0] : [] }));
          }).flat(),
        ),
      );
      const [trend] = trendsOf(tallies, same, problem);
      if (trend.p < 0.05) called++;
      // The binomial variance that takes rollouts for independent
      const share = trend.traces / 960;
      const t = trend.shares.reduce((sum, s, rank) => sum + 96 * s * (rank - 4.5), 0);
      if (Math.abs(t) / Math.sqrt(96 * 82.5 * share * (1 - share)) > 1.96) naive++;
    }
    expect(called / runs).toBeLessThan(0.09);
    expect(called / runs).toBeGreaterThan(0.02);
    expect(naive / runs).toBeGreaterThan(0.2);
  });

  it("finds what rises and what falls among what does neither", () => {
    const random = createRandom(12, "trends");
    const tallies = Array.from({ length: 20 }, (_, step) =>
      tallyOf(
        step,
        Array.from({ length: 100 }, (_, problem) => {
          const entries = [2, 3, 4, 5, 6].filter(() => random() < 0.2);
          if (random() < 0.1 + 0.01 * step) entries.push(0);
          if (random() < 0.3 - 0.01 * step) entries.push(1);
          return { problem, entries };
        }),
      ),
    );
    const trends = trendsOf(tallies, same, 100);
    expect(trends[0].z).toBeGreaterThan(4);
    expect(trends[1].z).toBeLessThan(-4);
    expect(trends.filter(({ q }) => q <= 0.05).map(({ index }) => index)).toEqual([0, 1]);
  });
});

describe("appearancesOf", () => {
  it("tells when a strategy came up and how it spread over the problems", () => {
    const problems = Array.from({ length: 10 }, (_, problem) => problem);
    // Entry 0 always; entry 1 from the third step on, in one problem more at each step
    const tallies = [0, 1, 2, 3, 4, 5].map((step) =>
      tallyOf(
        step,
        problems.map((problem) => ({ problem, entries: problem < 2 * (step - 1) ? [0, 1] : [0] })),
      ),
    );
    const [old, fresh] = appearancesOf(tallies, same);
    expect(old).toMatchObject({ index: 0, first: 0, problems: 10, p: 1 });
    expect(fresh).toMatchObject({ index: 1, first: 2, problems: 8, halfway: 3 });
    expect(fresh.inStep).toEqual([0, 0, 2, 4, 6, 8]);
    expect(fresh.reached).toEqual([0, 0, 2, 4, 6, 8]);
    expect(fresh.q).toBeLessThan(0.01);
  });

  it("does not call a rare strategy new because it was missed at first", () => {
    const random = createRandom(13, "appearances");
    let called = 0;
    for (let run = 0; run < 100; run++) {
      const tallies = Array.from({ length: 15 }, (_, step) =>
        tallyOf(
          step,
          Array.from({ length: 40 }, (_, problem) => ({
            problem,
            entries: Array.from({ length: 10 }, (_, entry) => entry).filter((entry) => random() < 0.004 * (entry + 1)),
          })),
        ),
      );
      if (appearancesOf(tallies, same).some(({ first, q }) => first > 0 && q <= 0.05)) called++;
      below(random, 2);
    }
    expect(called).toBeLessThanOrEqual(8);
  });
});
