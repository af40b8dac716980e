import { describe, expect, it } from "vitest";
import type { Direction } from "../../../src/dynamics/changes.js";
import type { RunDynamics } from "../../../src/dynamics/dynamics.js";
import { verdictOf } from "../../../src/report/dynamics/verdict.js";

/** What the verdict reads of a run. */
function run(directions: Direction[], anew: number, rising: number, falling: number): RunDynamics {
  const piece = (direction: Direction, i: number) => ({
    from: i * 10,
    to: i * 10 + 10,
    start: 0,
    end: 1,
    direction,
    p: 0,
  });
  const none = { points: 0, knots: [], pieces: [] };
  return {
    steps: directions.map(() => ({})),
    strategies: Array.from({ length: anew }, (_, i) => ({ label: `move ${i}` })),
    significant: { rising, falling, tested: 9 },
    phases: {
      consolidation: null,
      exploration: null,
      changes: {
        accuracy: none,
        length: none,
        semanticEntropy: { points: directions.length * 10, knots: [], pieces: directions.map(piece) },
      },
    },
  } as unknown as RunDynamics;
}

describe("verdictOf", () => {
  it.each([
    ["entropy rises and moves appear", run(["flat", "rising"], 2, 0, 0), "yes"],
    ["entropy rises and more grams rise than fall", run(["rising"], 0, 3, 1), "yes"],
    ["entropy rises, and nothing else", run(["rising"], 0, 0, 0), "unclear"],
    ["entropy is level and nothing appears", run(["flat"], 0, 0, 0), "no"],
    ["entropy falls and grams fall", run(["falling"], 0, 1, 4), "no"],
    ["entropy is level, and yet moves appear", run(["flat"], 1, 0, 0), "unclear"],
    ["too few steps to tell", run([], 3, 3, 0), "unclear"],
  ])("%s", (_, one, answer) => {
    expect(verdictOf(one).answer).toBe(answer);
  });

  it("names what appears, and says what speaks for and against", () => {
    const { reasons } = verdictOf(run(["rising"], 4, 0, 2));
    expect(reasons.map(({ speaks }) => speaks)).toEqual(["for", "for", "against"]);
    expect(reasons[1].what).toBe("4 moves appear that were not there at first: “move 0”, “move 1”, “move 2”, …");
  });
});
