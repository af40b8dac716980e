import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { falseDiscoveries, noneAmongFirst, twoSided } from "../../src/statistics/significance.js";

describe("twoSided", () => {
  it.each([
    [0, 1],
    [1, 0.3173105],
    [1.959964, 0.05],
    [-2.575829, 0.01],
    [4, 6.334e-5],
  ])("of z = %d is %d", (z, p) => {
    expect(Math.abs(twoSided(z) / p - 1)).toBeLessThan(1e-3);
  });
});

describe("falseDiscoveries", () => {
  it("follows Benjamini and Hochberg on a worked example", () => {
    // 0.01·4/1, 0.02·4/2, 0.03·4/3 = 0.04 each; 0.5 stays
    expect(falseDiscoveries([0.02, 0.5, 0.01, 0.03]).map((q) => Math.round(q * 1e9) / 1e9)).toEqual([
      0.04, 0.5, 0.04, 0.04,
    ]);
    expect(falseDiscoveries([])).toEqual([]);
  });

  it("keeps the order of the p values and is never below them", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }), (p) => {
        const q = falseDiscoveries(p);
        p.forEach((one, i) => {
          expect(q[i]).toBeGreaterThanOrEqual(one - 1e-12);
          p.forEach((other, k) => {
            if (one < other) expect(q[i]).toBeLessThanOrEqual(q[k] + 1e-12);
          });
        });
      }),
    );
  });
});

describe("noneAmongFirst", () => {
  it("counts the ways: 2 of 5 places, none of the first 2: C(3,2) / C(5,2)", () => {
    expect(noneAmongFirst(5, 2, 2)).toBeCloseTo(0.3, 12);
    expect(noneAmongFirst(5, 0, 2)).toBeCloseTo(1, 12);
    expect(noneAmongFirst(5, 4, 2)).toBe(0);
    expect(noneAmongFirst(5, 2, 0)).toBe(1);
  });
});
