import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pearson } from "../../src/statistics/correlation.js";

describe("pearson", () => {
  it("lies in [-1, 1], at the ends for lines, and is none where nothing varies", () => {
    expect(pearson([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(pearson([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect(pearson([1, 2, 3], [5, 5, 5])).toBeNull();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 })), { minLength: 2 }),
        (pairs) => {
          const r = pearson(
            pairs.map(([a]) => a),
            pairs.map(([, b]) => b),
          );
          expect(Math.abs(r ?? 0)).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
    );
  });
});
