import { expect, it } from "vitest";
import { parseJson } from "../../../src/traces/files/parse.js";

it("reads Python's NaN and Infinity outside of strings", () => {
  expect(parseJson('{"a": NaN, "b": [Infinity, -Infinity], "c": "NaN \\" Infinity"}')).toEqual({
    a: null,
    b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    c: 'NaN " Infinity',
  });
});

it.each(['{"a": NaN', '{"a": Nan}', '{"a": "NaN}', "NaNs"])("refuses %j as before", (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});

it.each([
  ["9007199254740992", "9007199254740992"],
  [" -9007199254740993 ", "-9007199254740993"],
  ["1e400", "1e400"],
  ["9007199254740991", 9007199254740991],
])("keeps a number that stands alone exact: %j", (text, value) => {
  expect(parseJson(text)).toBe(value);
});
