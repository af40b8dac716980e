import { describe, expect, it } from "vitest";
import { maximalDeviation } from "../../src/dynamics/deviation.js";

const curve = (values: number[], first = 0) => values.map((value, i) => ({ step: first + i, value }));

describe("maximalDeviation", () => {
  it("is the largest difference, with its step, over the common steps", () => {
    const found = maximalDeviation(curve([1, 2, 3, 4]), curve([2, 3.5, 4], 1))!;
    expect(found).toMatchObject({ steps: 3, at: 2, deviation: 0.5 });
    expect(found.meanDeviation).toBeCloseTo(0.5 / 3, 12);
  });

  it("tells a shift from a difference in shape", () => {
    const found = maximalDeviation(curve([1, 2, 3, 5]), curve([0, 1, 2, 4]))!;
    expect(found).toMatchObject({ deviation: -1, aligned: 0, alignedShare: 0 });
    expect(found.correlation).toBeCloseTo(1, 12);
    expect(maximalDeviation(curve([1, 2, 3]), curve([3, 2, 1]))!).toMatchObject({
      deviation: 2,
      alignedShare: 1,
      correlation: -1,
    });
  });

  it("has no correlation with a constant, and nothing without common steps", () => {
    expect(maximalDeviation(curve([1, 1]), curve([1, 2]))!).toMatchObject({ correlation: null, alignedShare: null });
    expect(maximalDeviation(curve([1]), curve([1], 5))).toBeNull();
  });
});
