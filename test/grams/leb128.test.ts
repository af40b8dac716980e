import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endOfLeb, getLebs, LONGEST_LEB, putLeb } from "../../src/grams/leb128.js";

const numbers = fc.array(
  fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1), fc.constantFrom(0, 127, 128, 16_383, 16_384, 2 ** 32 - 1)),
);

function written(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * LONGEST_LEB);
  return bytes.subarray(
    0,
    values.reduce((at, value) => putLeb(bytes, at, value), 0),
  );
}

describe("numbers as bytes", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const bytes = written(values);
        const read = new Uint32Array(bytes.length);
        expect([...read.subarray(0, getLebs(bytes, 0, bytes.length, read))]).toEqual(values);
        let at = 0;
        for (const value of values) {
          const end = endOfLeb(bytes, at)!;
          expect([getLebs(bytes, at, end, read), read[0]]).toEqual([1, value]);
          at = end;
        }
        expect(at).toBe(bytes.length);
      }),
    );
  });

  it("are refused where they do not end", () => {
    const read = new Uint32Array(8);
    expect(() => getLebs(Uint8Array.of(1, 128), 0, 2, read)).toThrow("does not end");
    expect(() => getLebs(new Uint8Array(6).fill(255), 0, 6, read)).toThrow("does not end");
    expect(endOfLeb(Uint8Array.of(128, 128), 0)).toBeUndefined();
    expect(() => endOfLeb(new Uint8Array(6).fill(255), 0)).toThrow("does not end");
  });
});
