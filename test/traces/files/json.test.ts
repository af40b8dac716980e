import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonRecords } from "../../../src/traces/files/json.js";
import { parseJson } from "../../../src/traces/files/parse.js";

async function* chunked(bytes: Uint8Array, cuts: number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of [...cuts.map((c) => c % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)) {
    yield bytes.subarray(start, cut);
    start = cut;
  }
}

async function read(text: string, cuts: number[] = [], limits = { maxLineBytes: 1e9, blockBytes: 1e9 }) {
  const values: unknown[] = [];
  const malformed: string[] = [];
  for await (const batch of jsonRecords("f.json", chunked(Buffer.from(text), cuts), limits)) {
    values.push(...batch.records.map((record) => record.value));
    malformed.push(...batch.malformed.map(({ place, why }) => `${place}: ${why}`));
  }
  return { values, malformed };
}

const cutting = fc.array(fc.nat(1000), { maxLength: 12 });
const space = fc.constantFrom(0, 1, 3, "\t");

describe("jsonRecords", () => {
  it("splits an array as JSON.parse does, whatever the chunks and spacing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 6 }), cutting, space, async (values, cuts, indent) => {
        const text = JSON.stringify(values, null, indent);
        expect(await read(text, cuts)).toEqual({ values: parseJson(text), malformed: [] });
      }),
      { numRuns: 500 },
    );
  });

  it("gives a document without records as one record", async () => {
    const key = fc.string().filter((k) => k !== "data" && k !== "results");
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(key, fc.oneof(fc.string(), fc.integer(), fc.array(fc.string()))),
        cutting,
        space,
        async (document, cuts, indent) => {
          const text = JSON.stringify(document, null, indent);
          expect(await read(text, cuts)).toEqual({ values: [parseJson(text)], malformed: [] });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("gives the members of an object of records, with their keys", async () => {
    const record = fc.record({ trace: fc.string({ minLength: 1 }), correct: fc.boolean(), note: fc.jsonValue() });
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), record, { minKeys: 1, maxKeys: 5 }),
        cutting,
        async (records, cuts) => {
          const { values, malformed } = await read(JSON.stringify(records), cuts);
          const parsed = parseJson(JSON.stringify(records)) as Record<string, object>;
          expect({ values, malformed }).toEqual({
            values: Object.entries(parsed).map(([key, value]) => ({ key, ...value })),
            malformed: [],
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("reads several values one after the other", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.constantFrom("a", "b"), fc.string()), { maxLength: 5 }),
        cutting,
        fc.constantFrom("", "\n", " , "),
        async (values, cuts, between) => {
          const text = values.map((value) => JSON.stringify(value, null, 1)).join(between);
          expect((await read(text, cuts)).values).toEqual(parseJson(JSON.stringify(values)));
        },
      ),
    );
  });

  it("passes over values beyond the limit and values that are not JSON", async () => {
    const text = `[{"a":1}, {"long":"${"x".repeat(300)}"}, {bad}, {"b":2}]`;
    expect(await read(text, [20, 40], { maxLineBytes: 100, blockBytes: 1 })).toEqual({
      values: [{ a: 1 }, { b: 2 }],
      malformed: ["item 2: longer than 100 bytes", "item 3: not JSON at character 2"],
    });
  });

  it.each([
    ["", /^$/],
    ["[", /the file ends/],
    ['{"a": 1', /the file ends too early/],
    ['{"a": "', /the file ends in the middle/],
    ["[1 2]", /after item 1: not JSON from here on/],
    ["{1: 2}", /not JSON from here on/],
    ["]", /not a JSON array or object/],
    ["null", /not a JSON array or object/],
    ["[] x", /not a JSON array or object at item 2/],
  ])("%j ends with a message, not with a hang", async (text, message) => {
    const failure = await read(text).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(failure).toMatch(message);
  });
});
