import { describe, expect, it } from "vitest";
import { coverageInTexts, coverageOfGrams, isDue } from "../../src/selection/coverage.js";
import { tagSample } from "../../src/selection/tagged.js";
import { readModel } from "../../src/tagger/model.js";
import { createTagger } from "../../src/tagger/tagger.js";
import { createWordTags, tagWords } from "../../src/tagger/words.js";
import { createWords, normalise, scan } from "../../src/text/words.js";

const model = await readModel();
const texts = [
  "Wait, let me check the sum again. It is twelve. Then I need to find the other one.",
  "Okay, so I need to find the total. Let me check.",
];
const sample = texts.map((text, i) => ({ problem: `p${i}`, text }));

/** Planning words of the texts, and those of them inside an occurrence of a gram, looked for as plain strings. */
function counted(grams: readonly string[]): [number, number] {
  let [all, inside] = [0, 0];
  for (const text of texts) {
    const words = scan(text, createWords());
    const { plan } = tagWords(createTagger(model).read(text), words, createWordTags());
    const spelt = Array.from({ length: words.length }, (_, i) => normalise(text.slice(words.start[i], words.end[i])));
    const covered = spelt.map((_, w) =>
      grams.some((gram) => {
        const own = gram.split(" ");
        return own.some((_, k) => w >= k && own.every((word, i) => spelt[w - k + i] === word));
      }),
    );
    covered.forEach((is, w) => {
      if (plan[w] < model.threshold.plan) return;
      all++;
      inside += Number(is);
    });
  }
  return [inside, all];
}

describe("what a lexicon covers", () => {
  it.each([[["let me check"]], [["i need to find", "let me", "check"]], [["wait", "it is"]], [["nowhere here"]], [[]]])(
    "is the share of the planning words: %j",
    async (grams) => {
      const [inside, all] = counted(grams);
      expect(all).toBeGreaterThan(8);
      expect(await coverageInTexts(grams, sample, model, 1)).toBe(inside / all);
    },
  );

  it("is the same whatever other words are known, and null where nothing plans", async () => {
    const words = ["sum", "let", "me", "check", "twelve"];
    const tagged = await tagSample(sample, words, model, 1);
    const [inside, all] = counted(["let me check"]);
    expect(coverageOfGrams(["Let me check", "i need to"], tagged, words, model)).toBe(inside / all);
    expect(await coverageInTexts(["let me"], [{ problem: "p", text: "12 + 3 = 15" }], model, 1)).toBeNull();
  });

  it("calls a lexicon due when it covers much less than of what it was mined from", () => {
    expect([isDue(0.7, 0.79), isDue(0.7, 0.81), isDue(0.9, 0.7), isDue(null, 0.7), isDue(0.1, null)]).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);
  });
});
