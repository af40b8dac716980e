import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSketch, EMPTY, extend, note, survives, survivorsOf } from "../../src/grams/sketch.js";

describe("sketch", () => {
  it("never counts too little, whatever the order, the threads and the size", () => {
    const sighting = fc.record({ gram: fc.nat(200), problem: fc.nat(9), thread: fc.nat(2) });
    fc.assert(
      fc.property(
        fc.array(sighting, { maxLength: 400 }),
        fc.constantFrom(64, 256, 4096),
        fc.integer({ min: 1, max: 10 }),
        (sightings, slots, floor) => {
          const sketches = [0, 1, 2].map(() => createSketch(slots));
          const problems = new Map<number, Set<number>>();
          for (const { gram, problem, thread } of sightings) {
            note(sketches[thread], extend(EMPTY, gram), problem);
            problems.set(gram, (problems.get(gram) ?? new Set()).add(problem));
          }
          const survivors = survivorsOf(sketches, floor);
          for (const [gram, { size }] of problems)
            if (size >= floor) expect(survives(survivors, extend(EMPTY, gram))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("counts a problem once while its traces come one after the other", () => {
    const sketch = createSketch(64);
    for (let i = 0; i < 10; i++) note(sketch, 5, 0);
    expect(survives(survivorsOf([sketch], 1), 5)).toBe(true);
    expect(survives(survivorsOf([sketch], 2), 5)).toBe(false);
    note(sketch, 5, 1);
    expect(survives(survivorsOf([sketch], 2), 5)).toBe(true);
  });

  it("drops nearly all that is rare while it has room, and some when it has not", () => {
    const dropped = (slots: number) => {
      const sketch = createSketch(slots);
      const hashes = Array.from({ length: 5000 }, (_, gram) => extend(extend(EMPTY, gram), 7));
      hashes.forEach((hash, gram) => {
        for (let problem = 0; problem < (gram % 10 === 0 ? 3 : 1); problem++) note(sketch, hash, problem);
      });
      const survivors = survivorsOf([sketch], 3);
      expect(hashes.filter((hash, gram) => gram % 10 === 0 && !survives(survivors, hash))).toEqual([]);
      return hashes.filter((hash) => !survives(survivors, hash)).length;
    };
    expect(dropped(1 << 16)).toBeGreaterThan(4300);
    const few = dropped(1 << 12);
    expect(few).toBeGreaterThan(500);
    expect(few).toBeLessThan(4300);
  });

  it("tells the grams of two words by their order", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        fc.pre(a !== b);
        return extend(extend(EMPTY, a), b) !== extend(extend(EMPTY, b), a);
      }),
    );
  });
});
