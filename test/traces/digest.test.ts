import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDigest, canonicalJson, createDigestSum, recordDigest } from "../../src/traces/digest.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
/** Canonical JSON in one line that shares nothing with the code: sorted entries, JSON.stringify's own spelling. */
const sorted = (_: string, v: unknown) =>
  v && typeof v === "object" && !Array.isArray(v) ? new Proxy(v, { ownKeys: (t) => Reflect.ownKeys(t).sort() }) : v;

describe("recordDigest", () => {
  it("is the SHA-256 of the record's JSON with sorted keys", () => {
    const record = { b: [1, { d: "é", c: null }], a: "x\ny" };
    const text = '{"a":"x\\ny","b":[1,{"c":null,"d":"é"}]}';
    expect(canonicalJson(record)).toBe(text);
    expect(hex(recordDigest(record))).toBe(createHash("sha256").update(text).digest("hex"));
  });

  it("agrees with JSON.stringify on anything that is JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed: unknown = JSON.parse(JSON.stringify(value));
        // Integer-like keys come first in a JavaScript object whatever a proxy says; leave those to the example above
        fc.pre(!/"\d+":/.test(JSON.stringify(parsed)));
        expect(canonicalJson(parsed)).toBe(JSON.stringify(parsed, sorted));
      }),
    );
  });

  it("is the same with and without the bytes it was parsed from, whatever their spelling", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: "binary" }),
      fc.constantFrom("\\", '"', "\\\\", "\\u0041", "/", 'a"b\\'),
    );
    const value = fc.oneof(text, text, fc.double(), fc.boolean(), fc.constant(null), fc.jsonValue());
    const spelled = fc
      .tuple(fc.dictionary(text, value), fc.constantFrom(0, 1, "\t"), fc.boolean())
      .map(([object, indent, ascii]) => {
        const json = JSON.stringify(object, null, indent);
        return ascii ? json.replace(/[^\0-~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`) : json;
      });
    const fixed = fc.constantFrom(
      '{"a": "1", "a": "2"}',
      '{"a":"\\/"}',
      " { } ",
      "{}",
      '{"a" : 1.50 , "b":"" }',
      '{"a":"\\\\u0041"}',
      '\ufeff{"z":"1","y":2}',
      '{"__proto__":"x","a":"y"}',
    );
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: spelled }, { weight: 1, arbitrary: fixed }), (json) => {
        const record: unknown = JSON.parse(json.replace(/^\ufeff/, ""));
        expect(hex(recordDigest(record, Buffer.from(json)))).toBe(hex(recordDigest(record)));
      }),
      { numRuns: 2000 },
    );
  });

  it("does not overflow on deep nesting", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`);
    expect(recordDigest(deep)).toHaveLength(32);
  });
});

describe("addDigest", () => {
  it("adds modulo 2^256, in any order", () => {
    expect(addDigest("", Buffer.alloc(32, 255))).toBe("f".repeat(64));
    expect(addDigest("f".repeat(64), "2")).toBe("1".padStart(64, "0"));
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 })), (digests) => {
        const sum = (list: Uint8Array[]) => list.reduce((s, d) => addDigest(s, d), "");
        expect(sum([...digests].reverse())).toBe(sum(digests));
        const all = createDigestSum();
        for (const digest of digests) all.add(digest);
        expect(all.sum).toBe(sum(digests).padStart(64, "0"));
      }),
    );
  });
});
