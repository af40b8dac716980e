import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalShares, wilson } from "../../src/statistics/proportions.js";
import { falseDiscoveries, twoSided } from "../../src/statistics/significance.js";

describe("shares", () => {
  it("have Wilson's interval", () => {
    // Newcombe 1998, table I, method 3: to four digits
    for (const [successes, trials, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ]) {
      expect(wilson(successes, trials).low).toBeCloseTo(low, 4);
      expect(wilson(successes, trials).high).toBeCloseTo(high, 4);
    }
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  });

  it("lie within their interval, which narrows as trials grow", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 200 }), (a, b) => {
        const successes = Math.min(a, b);
        const { low, high } = wilson(successes, b);
        const tenfold = wilson(successes * 10, b * 10);
        expect(low).toBeLessThanOrEqual(successes / b);
        expect(high).toBeGreaterThanOrEqual(successes / b);
        expect(tenfold.high - tenfold.low).toBeLessThan(high - low);
      }),
    );
  });

  it("are tested for being equal", () => {
    expect(twoSided(0)).toBeCloseTo(1, 6);
    expect(twoSided(1.959963984540054)).toBeCloseTo(0.05, 6);
    expect(twoSided(5)).toBeCloseTo(5.7330314e-7, 12);
    // chi-square 200 / 11 of one degree of freedom: erfc(√(100 / 11))
    expect(equalShares(30, 100, 60, 100) / 2.0078655e-5).toBeCloseTo(1, 6);
    expect(equalShares(5, 10, 50, 100)).toBeCloseTo(1, 6);
    expect(equalShares(10, 10, 10, 10)).toBe(1);
    expect(equalShares(0, 0, 1, 10)).toBe(1);
  });

  it("keep their false discoveries within bounds", () => {
    const qs = falseDiscoveries([0.01, 0.04, 0.03, 0.5]);
    [0.04, 0.16 / 3, 0.16 / 3, 0.5].forEach((q, i) => {
      expect(qs[i]).toBeCloseTo(q, 12);
    });
    expect(falseDiscoveries([])).toEqual([]);
  });
});
