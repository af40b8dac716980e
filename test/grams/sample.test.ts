import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSampler, joinSamples, rankOf, SAMPLE_UNITS, type SampledTrace } from "../../src/grams/sample.js";

const trace = fc.record({ problem: fc.string({ maxLength: 5 }), text: fc.string({ maxLength: 40 }) });
const traces = fc.array(trace, { maxLength: 60 });
const sampleOf = (all: readonly SampledTrace[], most: number) => {
  const sampler = createSampler(most);
  for (const one of all) sampler.take(one);
  return sampler.finish();
};
const units = (sample: readonly SampledTrace[]) => sample.reduce((sum, { text }) => sum + text.length, 0);

describe("a sample", () => {
  it("is the same whatever the order of the traces", () => {
    fc.assert(
      fc.property(traces, fc.integer({ min: 1, max: 400 }), fc.func(fc.nat()), (all, most, key) => {
        const shuffled = all.map((one, i) => ({ one, at: key(i) })).sort((a, b) => a.at - b.at);
        expect(
          sampleOf(
            shuffled.map(({ one }) => one),
            most,
          ),
        ).toEqual(sampleOf(all, most));
      }),
    );
  });

  it("is the sample of its parts' samples, however they are cut", () => {
    fc.assert(
      fc.property(
        traces,
        fc.integer({ min: 1, max: 400 }),
        fc.array(fc.nat(2), { minLength: 60, maxLength: 60 }),
        (all, most, part) => {
          const parts = [0, 1, 2].map((p) => all.filter((_, i) => part[i] === p));
          expect(
            joinSamples(
              parts.map((own) => sampleOf(own, most)),
              most,
            ),
          ).toEqual(sampleOf(all, most));
        },
      ),
    );
  });

  it("holds the traces of the lowest ranks, up to the one with which the size is reached", () => {
    fc.assert(
      fc.property(traces, fc.integer({ min: 1, max: 400 }), (all, most) => {
        const sample = sampleOf(all, most);
        const ranks = sample.map(({ problem, text }) => rankOf(problem, text));
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
        if (sample.length < all.length) expect(units(sample)).toBeGreaterThanOrEqual(most);
        expect(units(sample.slice(0, -1))).toBeLessThan(Math.max(1, most));
        const highest = ranks.at(-1) ?? -1;
        const lower = all.filter(({ problem, text }) => rankOf(problem, text) < highest);
        expect(sample.length).toBeGreaterThanOrEqual(lower.length);
      }),
    );
  });

  it("reads the beginning of a very long trace, so that none takes it all", () => {
    const text = "let me see ".repeat(SAMPLE_UNITS / 64);
    const [one] = sampleOf([{ problem: "p", text }], SAMPLE_UNITS);
    expect(one.text).toBe(text.slice(0, SAMPLE_UNITS / 64));
  });

  it("draws one trace as readily as another", () => {
    const all = Array.from({ length: 4000 }, (_, i) => ({ problem: `p${i % 97}`, text: `text number ${i} padded` }));
    const kept = sampleOf(all, units(all) / 4).length;
    // a quarter, within five standard deviations of a binomial share
    expect(Math.abs(kept - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
    const early = sampleOf(all, units(all) / 4).filter(({ text }) => Number(text.split(" ")[2]) < 2000).length;
    expect(Math.abs(early - kept / 2)).toBeLessThan(5 * Math.sqrt(kept / 4));
  });
});
