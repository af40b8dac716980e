import fc from "fast-check";
import { expect, it } from "vitest";
import { spelled } from "../../../src/traces/shapes/cells.js";

it.each([
  [`[{'role': 'user', 'content': 'It\\'s "q"'}]`, [{ role: "user", content: 'It\'s "q"' }]],
  [`['a', "it's", None, True, nan, 1.5]`, ["a", "it's", null, true, null, 1.5]],
  [`['a' 'b'\n 'c']`, ["a", "b", "c"]],
  [`[array(['x'], dtype=object), ('y', 2)]`, [["x"], ["y", 2]]],
  [`{'a': {'b': '\\u00e9\\n'}}`, { a: { b: "é\n" } }],
  ["[]", []],
])("reads %s", (text, value) => {
  expect(spelled(text)).toEqual(value);
});

it.each([
  "[1] First, I need to",
  "[see 'the' box]",
  "{curly}",
  "a list",
  "['open",
  "[1, 2] and more",
  "[[[[",
  "{'a' 1}",
])("leaves %j alone", (text) => {
  expect(spelled(text)).toBeUndefined();
});

it("reads whatever JSON is a list, and ends on any text", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (value) => {
      const json = JSON.stringify(value);
      expect(spelled(json)).toEqual(JSON.parse(json));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."[]{}(),:'\"\\ Nnua1x".split("")) }), (text) => {
      spelled(`[${text}]`);
    }),
  );
});
