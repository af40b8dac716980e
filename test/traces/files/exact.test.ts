import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactNumber, withExactNumbers } from "../../../src/traces/files/exact.js";

describe("numbers", () => {
  it("stay numbers where a double gives them back, and texts elsewhere", () => {
    for (const text of ["0", "-0.0", "1", "9007199254740991", "0.1", "0.10", "1e5", "1.50e-3", "1e300", "100e-2"])
      expect(exactNumber(text)).toBe(Number(text));
    for (const text of ["9007199254740993", "-9007199254740992", "1e400", "1e-400", "0.10000000000000000001"])
      expect(exactNumber(text)).toBe(text);
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (x) => exactNumber(JSON.stringify(x)) === (Object.is(x, -0) ? 0 : x) || Number.isInteger(x),
      ),
    );
  });

  it("are found wherever they stand", () => {
    for (let before = 0; before < 40; before++)
      for (const number of ["9007199254740993", "-0.123456789012345678", "1e400", "2.5E-330", "1.0e999"]) {
        const exact = withExactNumbers(`{"${"1 ".repeat(before / 2)}${before % 2 ? "x" : ""}":1.5,"n": ${number}}`);
        expect(JSON.parse(exact!).n).toBe(number);
      }
  });

  it("are found in JSON outside of strings alone", () => {
    const json = '{"id":12345678901234567890,"text":"a \\" 12345678901234567890, [1e400","n":[1, 1e400,0.5]}';
    expect(JSON.parse(withExactNumbers(json)!)).toEqual({
      id: "12345678901234567890",
      text: 'a " 12345678901234567890, [1e400',
      n: [1, "1e400", 0.5],
    });
    expect(withExactNumbers('{"text":", 12345678901234567890","n":1.25}')).toBeUndefined();
    fc.assert(
      fc.property(fc.json(), (json) => {
        const exact = withExactNumbers(json);
        if (exact === undefined) return;
        const back = (value: unknown): unknown =>
          Array.isArray(value) ? value.length : typeof value === "object" && value !== null ? Object.keys(value) : 0;
        expect(back(JSON.parse(exact))).toEqual(back(JSON.parse(json)));
      }),
    );
  });
});
