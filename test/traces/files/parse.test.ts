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

it("looks 500 levels deep, and no further", () => {
  const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${"}]".repeat(levels / 2)}`;
  expect(JSON.stringify(parseJson(nested(500)))).toBe(nested(500));
  expect(JSON.stringify(parseJson(nested(502)))).toBe(`${'[{"a":'.repeat(250)}null${"}]".repeat(250)}`);
  expect(parseJson(`{"deep": ${nested(100_000)}, "text": "Wait", "__proto__": ${nested(2)}}`)).toMatchObject({
    text: "Wait",
  });
});
