import fc from "fast-check";
import { expect, it } from "vitest";
import { createTagged } from "../../src/selection/taggedWords.js";
import { usesAmong, usesOf } from "../../src/selection/uses.js";

it("finds every use of every gram, as a plain search does", () => {
  const word = fc.record({ word: fc.integer({ min: -1, max: 3 }), plan: fc.nat(10_000), opens: fc.boolean() });
  const gram = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(fc.array(word, { maxLength: 25 }), { maxLength: 4 }),
      fc.uniqueArray(gram, { maxLength: 12, selector: String }),
      (texts, grams) => {
        const all = texts.flat();
        const tagged = createTagged(texts.length, all.length);
        texts.forEach((text, t) => {
          tagged.lengths[t] = text.length;
        });
        all.forEach(({ word, plan, opens }, w) => {
          tagged.word[w] = word;
          tagged.plan[w] = plan;
          tagged.opens[w] = opens ? 1 : 0;
        });
        const uses = usesOf(
          grams.map((path) => ({ path })),
          tagged,
        );
        grams.forEach((path, g) => {
          const found = Array.from({ length: uses.offset[g + 1] - uses.offset[g] }, (_, i) => {
            const use = uses.offset[g] + i;
            return { at: uses.at[use], text: uses.text[use], least: uses.least[use], plan: uses.plan[use] };
          });
          const naive: typeof found = [];
          let from = 0;
          texts.forEach((text, t) => {
            for (let i = 0; i + path.length <= text.length; i++) {
              const own = text.slice(i, i + path.length);
              if (!own.every(({ word }, k) => word === path[k]) || own.some(({ opens }, k) => k > 0 && opens)) continue;
              const least = Math.min(...own.map(({ plan }) => plan));
              const mean = Math.floor(own.reduce((sum, { plan }) => sum + plan, 0) / own.length);
              naive.push({ at: from + i, text: t, least, plan: Math.floor((mean + least) / 2) });
            }
            from += text.length;
          });
          expect(found).toEqual(naive);
          expect(uses.lengths[g]).toBe(path.length);
        });
      },
    ),
  );
});

it("finds more uses than it first has room for, and those of some grams among them", () => {
  const words = 70_001;
  const tagged = createTagged(1, words);
  tagged.lengths[0] = words;
  for (let w = 0; w < words; w++) {
    tagged.word[w] = w % 2;
    tagged.plan[w] = w % 9_999;
  }
  const uses = usesOf([{ path: [0] }, { path: [1, 0] }, { path: [1] }], tagged);
  expect([...uses.offset]).toEqual([0, 35_001, 70_001, 105_001]);
  for (const use of [0, 1, 35_000])
    expect(uses).toMatchObject({ at: { [use]: 2 * use }, plan: { [use]: (2 * use) % 9_999 } });
  expect(uses.least[35_001]).toBe(1);

  const some = usesAmong(uses, [2, 0]);
  expect([...some.offset]).toEqual([0, 35_000, 70_001]);
  expect([...some.lengths]).toEqual([1, 1]);
  for (const name of ["at", "text", "plan", "least"] as const)
    expect([...some[name]]).toEqual([...uses[name].subarray(70_001), ...uses[name].subarray(0, 35_001)]);
});
