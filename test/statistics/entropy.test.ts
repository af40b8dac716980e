import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conditionalEntropy, correctedEntropy, coverage, entropy } from "../../src/statistics/entropy.js";
import { below, createRandom } from "../../src/statistics/random.js";

const counts = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 30 });

describe("entropy", () => {
  it("is ln K for K equally frequent kinds, and 0 for one kind or none", () => {
    for (const kinds of [1, 2, 5, 100]) expect(entropy(new Array(kinds).fill(7))).toBeCloseTo(Math.log(kinds), 12);
    expect(entropy([])).toBe(0);
    expect(entropy([0, 0])).toBe(0);
  });

  it("is the binary entropy function for two kinds", () => {
    for (const p of [0.1, 0.25, 0.4])
      expect(entropy([1000 * p, 1000 * (1 - p)])).toBeCloseTo(-p * Math.log(p) - (1 - p) * Math.log(1 - p), 12);
  });

  it("of a truncated geometric distribution is its closed form", () => {
    // p_k = 2^-k for k = 1 .. 20 and 2^-20 once more: H = (2 - 2^-19) ln 2
    const geometric = Array.from({ length: 20 }, (_, k) => 2 ** (19 - k)).concat(1);
    expect(entropy(geometric)).toBeCloseTo((2 - 2 ** -19) * Math.LN2, 10);
  });

  it("lies between 0 and ln K, and depends on neither order, scale nor kinds that do not occur", () => {
    fc.assert(
      fc.property(counts, (some) => {
        const h = entropy(some);
        expect(h).toBeGreaterThanOrEqual(0);
        expect(h).toBeLessThanOrEqual(Math.log(some.length) + 1e-12);
        expect(entropy([...some].reverse())).toBeCloseTo(h, 10);
        expect(entropy(some.map((n) => 3 * n))).toBeCloseTo(h, 10);
        expect(entropy([...some, 0])).toBeCloseTo(h, 10);
      }),
    );
  });
});

describe("correctedEntropy", () => {
  it("adds (K - 1) / 2N", () => {
    expect(correctedEntropy([3, 3, 4, 0])).toBeCloseTo(entropy([3, 3, 4]) + 2 / 20, 12);
    expect(correctedEntropy([])).toBe(0);
  });

  it("removes most of the plug-in estimate's bias", () => {
    const random = createRandom(1, "bias");
    let plugIn = 0;
    let corrected = 0;
    for (let run = 0; run < 400; run++) {
      const sample = new Float64Array(20);
      for (let i = 0; i < 100; i++) sample[below(random, 20)]++;
      plugIn += entropy(sample) / 400;
      corrected += correctedEntropy(sample) / 400;
    }
    const truth = Math.log(20);
    expect(truth - plugIn).toBeGreaterThan(0.08);
    expect(Math.abs(truth - corrected)).toBeLessThan(0.02);
  });
});

describe("conditionalEntropy", () => {
  it("is the entropy of what follows where it is independent, and 0 where it is determined", () => {
    // two conditions, each followed by the same three kinds
    expect(conditionalEntropy([2, 4, 6, 1, 2, 3], [0, 0, 0, 1, 1, 1], 2)).toBeCloseTo(entropy([1, 2, 3]), 12);
    expect(conditionalEntropy([5, 9, 2], [0, 1, 2], 3)).toBe(0);
  });

  it("is the mean over conditions, weighted by how often they occur", () => {
    // given a: two kinds equally often; given b: always the same
    expect(conditionalEntropy([3, 3, 2], [0, 0, 1], 2)).toBeCloseTo((6 / 8) * Math.LN2, 12);
  });

  it("never exceeds the entropy of what follows", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 60 }), (pairs) => {
        const joint = new Map<string, { given: number; count: number }>();
        const next = new Float64Array(6);
        for (const [given, following] of pairs) {
          const one = joint.get(`${given} ${following}`) ?? { given, count: 0 };
          joint.set(`${given} ${following}`, { given, count: one.count + 1 });
          next[following]++;
        }
        const rows = [...joint.values()];
        const h = conditionalEntropy(
          rows.map(({ count }) => count),
          rows.map(({ given }) => given),
          6,
        );
        expect(h).toBeGreaterThanOrEqual(0);
        expect(h).toBeLessThanOrEqual(entropy(next) + 1e-9);
      }),
    );
  });
});

describe("coverage", () => {
  it("is 1 minus the share of draws that are the only one of their kind", () => {
    expect(coverage([1, 1, 3, 5, 0])).toBe(0.8);
    expect(coverage([1, 1])).toBe(0);
    expect(coverage([])).toBe(0);
  });
});
