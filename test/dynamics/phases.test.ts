import { describe, expect, it } from "vitest";
import { changesOf, type Point } from "../../src/dynamics/changes.js";
import { type PhaseCurves, phasesOf } from "../../src/dynamics/phases.js";
import { createRandom, normal, type Random } from "../../src/statistics/random.js";

const STEPS = 40;
const RUNS = 20;

/** A curve of height 1 with noise whose neighbours correlate by `r`. */
function curve(shape: (t: number) => number, noise: number, random: Random, r = 0): Point[] {
  let e = normal(random);
  return Array.from({ length: STEPS }, (_, i) => {
    if (i > 0) e = r * e + Math.sqrt(1 - r * r) * normal(random);
    return { step: 10 * (i + 1), value: 3 + shape(i / (STEPS - 1)) + noise * e };
  });
}

const flat = () => 0;
const steady = (t: number) => t;
const fallsFirst = (t: number) => Math.max(-1, -t / 0.35);
const risesLater = (t: number) => Math.max(0, (t - 0.35) / 0.65);
const unknown = { executionPerplexity: [], accuracy: [], length: [], conditionalEntropy: [], planningRatio: [] };

/** Share of runs for which `found` holds. */
function rate(
  execution: (t: number) => number,
  semantic: (t: number) => number,
  noise: number,
  found: (phases: ReturnType<typeof phasesOf>) => boolean,
  r = 0,
): number {
  const random = createRandom(21, `${noise} ${r}`);
  let count = 0;
  for (let run = 0; run < RUNS; run++) {
    const curves: PhaseCurves = {
      ...unknown,
      semanticEntropy: curve(semantic, noise, random, r),
      executionEntropy: curve(execution, noise, random, r),
    };
    if (found(phasesOf(curves, run))) count++;
  }
  return count / RUNS;
}

describe("changesOf", () => {
  it("finds the knot of a bent line, within a few steps", () => {
    const { knots, pieces } = changesOf(curve(risesLater, 0.05, createRandom(1)), 1);
    expect(knots).toHaveLength(1);
    expect(Math.abs(knots[0].step - 150)).toBeLessThanOrEqual(30);
    expect(pieces.map(({ direction }) => direction)).toEqual(["flat", "rising"]);
    expect(pieces[1].to).toBe(400);
  });

  it("finds two knots, and averages a long curve first", () => {
    const random = createRandom(2);
    const long = Array.from({ length: 950 }, (_, step) => ({
      step,
      value: Math.min(1, Math.max(0, (step - 300) / 300)) + 0.1 * normal(random),
    }));
    const { knots, pieces, points } = changesOf(long, 1);
    expect(points).toBe(950);
    expect(knots.map(({ step }) => Math.round(step / 60))).toEqual([5, 10]);
    expect(pieces.map(({ direction }) => direction)).toEqual(["flat", "rising", "flat"]);
  });

  it("takes a straight line for one, a constant for level, and says nothing of seven points", () => {
    const line = Array.from({ length: 20 }, (_, step) => ({ step, value: 2 * step }));
    expect(changesOf(line, 1)).toMatchObject({ knots: [], pieces: [{ direction: "rising", end: 38 }] });
    const constant = line.map(({ step }) => ({ step, value: 5 }));
    expect(changesOf(constant, 1)).toMatchObject({ knots: [], pieces: [{ direction: "flat" }] });
    expect(changesOf(line.slice(0, 7), 1)).toEqual({ points: 7, knots: [], pieces: [] });
  });

  it("gives the same for the same seed", () => {
    const some = curve(risesLater, 0.3, createRandom(3));
    expect(changesOf(some, 9)).toEqual(changesOf(some, 9));
  });
});

describe("phasesOf", () => {
  it("finds no phases in runs without any", () => {
    const any = (phases: ReturnType<typeof phasesOf>) => phases.found;
    expect(rate(flat, flat, 0.2, any)).toBeLessThanOrEqual(0.05);
    expect(rate(flat, flat, 0.2, any, 0.6)).toBeLessThanOrEqual(0.05);
    expect(rate((t) => -t, steady, 0.2, any)).toBeLessThanOrEqual(0.05);
  });

  it("rarely finds even one phase in noise, independent or correlated", () => {
    const one = ({ consolidation, exploration }: ReturnType<typeof phasesOf>) =>
      consolidation !== null || exploration !== null;
    expect(rate(flat, flat, 0.2, one)).toBeLessThanOrEqual(0.05);
    expect(rate(flat, flat, 0.2, one, 0.6)).toBeLessThanOrEqual(0.15);
  });

  it("finds both phases where there are both", () => {
    expect(rate(fallsFirst, risesLater, 0.05, ({ found }) => found)).toBeGreaterThanOrEqual(0.9);
    expect(rate(fallsFirst, risesLater, 0.1, ({ found }) => found)).toBeGreaterThanOrEqual(0.85);
  });

  it("finds only the phase that is there", () => {
    expect(
      rate(fallsFirst, flat, 0.1, ({ found, consolidation }) => consolidation !== null && !found),
    ).toBeGreaterThanOrEqual(0.9);
    expect(
      rate(flat, risesLater, 0.1, ({ found, exploration }) => exploration !== null && !found),
    ).toBeGreaterThanOrEqual(0.9);
  });

  it("says in words what it found", () => {
    const random = createRandom(4);
    const both = phasesOf(
      {
        ...unknown,
        semanticEntropy: curve(risesLater, 0.03, random),
        executionEntropy: curve(fallsFirst, 0.03, random),
        accuracy: curve(risesLater, 0.03, random),
      },
      1,
    );
    expect(both.found).toBe(true);
    expect(both.exploration!.curves).toEqual(["semanticEntropy", "accuracy"]);
    expect(both.statement).toMatch(/^Two phases found\. Procedural consolidation from step 10 to 1[2-7]0: /);

    const none = phasesOf({ ...unknown, semanticEntropy: curve(flat, 0.1, random), executionEntropy: [] }, 1);
    expect(none.statement).toBe(
      "The two phases were not found. Procedural consolidation cannot be judged: the traces come without entropies or " +
        "log-probabilities of tokens. No strategic exploration: semantic entropy neither rises nor falls beyond its " +
        "noise, without a change point.",
    );
    const short = phasesOf(
      { ...unknown, semanticEntropy: curve(flat, 0.1, random).slice(0, 5), executionEntropy: [] },
      1,
    );
    expect(short.statement).toMatch(/^No phases were looked for: the run has 5 steps/);
  });
});
