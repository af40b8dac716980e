import { describe, expect, it } from "vitest";
import { addTokens, createTokenSums, forksOf, meanOf } from "../../src/dynamics/forks.js";

describe("forksOf", () => {
  // Ten tokens; planning are A and B. By entropy: 2.0 A, 1.5 e, 1.0 e | 0.9 B, then lower ones.
  // Top 30 % are three tokens: one of the two planning tokens is among them, and a third of them is planning.
  it("has the shares of a hand-worked example", () => {
    const sums = createTokenSums();
    const entropies = [2.0, 0.9, 1.5, 1.0, 0.5, 0.4, 0.3, 0.2, 0.1, 0];
    const mask = Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    addTokens(sums, { count: 10, entropies }, mask);
    const forks = forksOf(sums)!;
    expect(forks.planningInTop).toBeCloseTo(1 / 2, 12);
    expect(forks.topThatIsPlanning).toBeCloseTo(1 / 3, 12);
    expect(forks.planning).toBeCloseTo(0.2, 12);
    expect(forks.threshold).toBe(1);
    expect(meanOf(sums.entropySum[1], 2)).toBeCloseTo(1.45, 5);
    expect(meanOf(sums.entropySum[0], 8)).toBeCloseTo(0.5, 5);
  });

  it("takes exactly 30 % where tokens at the threshold are tied", () => {
    const sums = createTokenSums();
    // all alike: 30 % of each kind is in the top
    addTokens(sums, { count: 10, entropies: new Array(10).fill(0.7) }, Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0, 0, 0));
    const forks = forksOf(sums)!;
    expect(forks.planningInTop).toBeCloseTo(0.3, 12);
    expect(forks.topThatIsPlanning).toBeCloseTo(0.4, 12);
  });

  it("says nothing without entropies, or without planning tokens", () => {
    const sums = createTokenSums();
    addTokens(sums, { count: 3, logprobs: [-1, -2, -3] }, Uint8Array.of(1, 0, 0));
    expect(forksOf(sums)).toBeNull();
    addTokens(sums, { count: 1, entropies: [1] }, Uint8Array.of(0));
    expect(forksOf(sums)).toBeNull();
  });

  it("passes over numbers that are not finite", () => {
    const sums = createTokenSums();
    addTokens(sums, { count: 3, entropies: [Number.NaN, 1, 3] }, Uint8Array.of(1, 1, 0));
    expect(sums.entropyTokens).toEqual([1, 1]);
    expect(meanOf(sums.allEntropySum, sums.allEntropyTokens)).toBe(2);
  });

  it("does not depend on the order of the traces", () => {
    const traces = Array.from({ length: 50 }, (_, i) => [0.1 * i, 1 / (i + 3), Math.sqrt(i)]);
    const sumOver = (order: number[][]) => {
      const sums = createTokenSums();
      for (const entropies of order)
        addTokens(sums, { count: 3, entropies, logprobs: entropies.map((e) => -e) }, Uint8Array.of(0, 1, 0));
      return sums;
    };
    expect(sumOver(traces)).toEqual(sumOver([...traces].reverse()));
  });
});
