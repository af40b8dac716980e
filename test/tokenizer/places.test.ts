import { expect, it } from "vitest";
import { placeTokens } from "../../src/tokenizer/places.js";

it("does not lay an added token past the end of the text", () => {
  const bytes = [Buffer.from("<end>"), Buffer.from("abc")];
  const added = new Map([[0, {}]]);
  expect(placeTokens([0], Buffer.from("<en"), bytes, added)).toBeUndefined();
  expect([...placeTokens([1, 0], Buffer.from("abc<end>"), bytes, added)!]).toEqual([0, 3, 3, 8]);
});
