import { describe, expect, it } from "vitest";
import { maskOf } from "../../src/lexicon/mask.js";

const places = (lengths: number[]) => {
  const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, n) => sum + n, 0));
  return { starts: Int32Array.from(ends, (end, i) => end - lengths[i]), ends: Int32Array.from(ends) };
};

describe("maskOf", () => {
  it("marks each token of which any character lies in a span", () => {
    const { starts, ends } = places([4, 4, 4, 4]);
    expect(maskOf([{ start: 3, end: 5 }], starts, ends)).toEqual([1, 1, 0, 0]);
    expect(maskOf([{ start: 4, end: 8 }], starts, ends)).toEqual([0, 1, 0, 0]);
    const overlapping = [
      { start: 0, end: 2 },
      { start: 1, end: 9 },
      { start: 15, end: 16 },
    ];
    expect(maskOf(overlapping, starts, ends)).toEqual([1, 1, 1, 1]);
  });
});
