import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVocabulary, hashOf, LONGEST_WORD } from "../../src/grams/vocabulary.js";
import { normalise } from "../../src/text/words.js";

describe("vocabulary", () => {
  it("numbers spellings in order of first sight, wherever in a text they stand", () => {
    const vocabulary = createVocabulary();
    const text = "wait Wait let wait";
    expect([
      vocabulary.add(text, 0, 4),
      vocabulary.add(text, 5, 9),
      vocabulary.add(text, 10, 13),
      vocabulary.add(text, 14, 18),
    ]).toEqual([0, 1, 2, 0]);
    expect(vocabulary.size).toBe(3);
    expect([0, 1, 2].map(vocabulary.spelling)).toEqual(["wait", "Wait", "let"]);
    expect(vocabulary.hash(0)).toBe(vocabulary.hash(1));
    expect(vocabulary.hash(0)).toBe(hashOf("wait"));
    expect(vocabulary.hash(0)).not.toBe(vocabulary.hash(2));
  });

  it("refuses what is too long to be a word", () => {
    const vocabulary = createVocabulary();
    expect(vocabulary.add("x".repeat(LONGEST_WORD + 1), 0, LONGEST_WORD + 1)).toBe(-1);
    expect(vocabulary.add("x".repeat(LONGEST_WORD), 0, LONGEST_WORD)).toBe(0);
    expect(vocabulary.size).toBe(1);
  });

  it("is a map from spellings to numbers, as it grows", () => {
    const vocabulary = createVocabulary();
    const numbers = new Map<string, number>();
    const word = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 50, maxLength: 400 }), (words) => {
        for (const word of words) {
          if (!numbers.has(word)) numbers.set(word, numbers.size);
          expect(vocabulary.add(`<${word}>`, 1, 1 + word.length)).toBe(numbers.get(word));
        }
      }),
    );
    // far beyond the first size of its tables
    for (let i = 0; i < 60_000; i++) {
      const word = `w${i.toString(36)}`;
      if (!numbers.has(word)) numbers.set(word, numbers.size);
      vocabulary.add(word, 0, word.length);
    }
    expect(vocabulary.size).toBe(numbers.size);
    for (const [word, id] of numbers) {
      if (vocabulary.spelling(id) !== word) expect(vocabulary.spelling(id)).toBe(word);
      if (vocabulary.hash(id) !== hashOf(normalise(word))) expect(vocabulary.hash(id)).toBe(hashOf(normalise(word)));
    }
  });
});
