import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonlBlocks } from "../../../src/traces/files/blocks.js";
import { type Line, linesOf } from "../../../src/traces/files/lines.js";
import { parseJson } from "../../../src/traces/files/parse.js";

async function* chunked(bytes: Uint8Array, cuts: number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of [...cuts.map((c) => c % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)) {
    yield bytes.subarray(start, cut);
    start = cut;
  }
}

async function lines(bytes: Uint8Array, cuts: number[], limits: { maxLineBytes: number; blockBytes: number }) {
  const out: Omit<Line, "json">[] = [];
  for await (const batch of jsonlBlocks("f", chunked(bytes, cuts), limits)) {
    if (batch.kind === "lines") {
      expect(batch.bytes.buffer.byteLength).toBe(batch.bytes.byteLength);
      for (const { line, value, error } of linesOf(batch)) out.push({ line, value, error });
    } else for (const { place, why } of batch.malformed) out.push({ line: Number(place.slice(5)), error: why });
  }
  return out;
}

const whole = { maxLineBytes: 1e9, blockBytes: 1e9 };
const line = fc.oneof(
  fc.json().map((text) => text.replace(/\n/g, " ")),
  fc.constantFrom("", " ", "\r", "{", "\ufeff{}", '{"a": "é 漢字"}', "\u0000"),
);
const input = fc.tuple(
  fc.array(
    fc.oneof(
      line.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes.filter((b) => b !== 10))),
    ),
    { maxLength: 8 },
  ),
  fc.boolean(),
);
const bytesOf = ([parts, ended]: [Buffer[], boolean]) =>
  Buffer.concat(parts.flatMap((part, i) => (i > 0 || ended ? [Buffer.from("\n"), part] : [part])));

describe("linesOf", () => {
  it("yields the same whatever the chunks and blocks", async () => {
    await fc.assert(
      fc.asyncProperty(
        input,
        fc.array(fc.nat(500), { maxLength: 12 }),
        fc.integer({ min: 1, max: 60 }),
        async (parts, cuts, blockBytes) => {
          const bytes = bytesOf(parts);
          const expected = await lines(bytes, [], whole);
          expect(await lines(bytes, cuts, { ...whole, blockBytes })).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("yields each line's JSON.parse, or an error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (texts) => {
        const got = await lines(Buffer.from(texts.join("\n")), [], whole);
        const expected = texts.flatMap((text, i) => {
          const body = text.replace(/^\ufeff/, "");
          if (body.trim() === "") return [];
          try {
            return [{ line: i + 1, value: parseJson(body), error: undefined }];
          } catch {
            return [{ line: i + 1, value: undefined, error: expect.stringMatching(/^not JSON/) }];
          }
        });
        expect(got).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("passes over a line beyond the limit and goes on, whatever the chunks", async () => {
    const texts = ['{"a":1}', `{"long":"${"x".repeat(300)}"}`, '{"b":2}', `"${"y".repeat(200)}"`, "", '{"c":3}'];
    const bytes = Buffer.from(texts.join("\n"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(600), { maxLength: 12 }),
        fc.integer({ min: 1, max: 100 }),
        async (cuts, blockBytes) => {
          expect(await lines(bytes, cuts, { maxLineBytes: 100, blockBytes })).toEqual([
            { line: 1, value: { a: 1 }, error: undefined },
            { line: 2, error: "longer than 100 bytes" },
            { line: 3, value: { b: 2 }, error: undefined },
            { line: 4, error: "longer than 100 bytes" },
            { line: 6, value: { c: 3 }, error: undefined },
          ]);
        },
      ),
    );
  });

  it("reads a line of 50 MB", async () => {
    const text = "so let me check ".repeat(3_300_000);
    const bytes = Buffer.from(`{"a":1}\n${JSON.stringify({ text })}\n{"b":2}\n`);
    const got = await lines(bytes, [1e6, 2e7, 4e7], { maxLineBytes: 536_870_888, blockBytes: 4 * 2 ** 20 });
    expect(got.map((l) => l.line)).toEqual([1, 2, 3]);
    expect((got[1]!.value as { text: string }).text === text).toBe(true);
  });
});
