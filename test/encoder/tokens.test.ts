import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findModel } from "../../src/encoder/files.js";
import { loadModel, type Model } from "../../src/encoder/model.js";
import { splitsAtSpaces, tokenIds } from "../../src/encoder/tokens.js";

const EMBEDDED = fileURLToPath(new URL("../../models/phrase-encoder", import.meta.url));
let model: Model;
beforeAll(async () => {
  model = await loadModel(await findModel(EMBEDDED), 1);
});
afterAll(() => model.close());

test("a phrase's tokens, word by word, are those of the tokenizer", () => {
  const toIds = tokenIds(model);
  const word = fc.oneof(
    fc.constantFrom("let", "me", "double-check", "don't", "i'm", "hypotenuse", "backtracking"),
    fc.stringMatching(/^[a-z]{1,12}(['-][a-z]{1,4})?$/),
    fc.stringMatching(/^[\p{L}\p{M}]{1,6}$/u).map((text) => text.toLowerCase()),
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
      const phrase = words.join(" ");
      expect(toIds(phrase)).toEqual(model.tokenizer.encode(phrase).slice(0, model.maxTokens));
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("different words in a script the vocabulary lacks have different tokens", () => {
  const toIds = tokenIds(model);
  expect(toIds("让")).not.toEqual(toIds("想"));
});

test("long phrases are cut, empty ones are one unknown token", () => {
  const toIds = tokenIds(model);
  expect(toIds("word ".repeat(100).trim())).toHaveLength(model.maxTokens);
  expect(toIds("")).toEqual([model.tokenizer.unk_token_id]);
});

test("only tokenizers that split at spaces are taken word by word", () => {
  expect(splitsAtSpaces({ pre_tokenizer: { type: "BertPreTokenizer" }, normalizer: { type: "BertNormalizer" } })).toBe(
    true,
  );
  expect(splitsAtSpaces({ pre_tokenizer: { type: "Metaspace", prepend_scheme: "always", split: true } })).toBe(true);
  expect(splitsAtSpaces({ pre_tokenizer: { type: "Metaspace", prepend_scheme: "first" } })).toBe(false);
  expect(splitsAtSpaces({ pre_tokenizer: { type: "ByteLevel" } })).toBe(false);
  expect(splitsAtSpaces({ pre_tokenizer: null, normalizer: { type: "Replace" } })).toBe(false);
});
