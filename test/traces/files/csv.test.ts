import fc from "fast-check";
import { writeToString } from "fast-csv";
import { describe, expect, it } from "vitest";
import { csvRecords } from "../../../src/traces/files/csv.js";

async function* chunked(bytes: Uint8Array, cuts: number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of [...cuts.map((c) => c % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)) {
    yield bytes.subarray(start, cut);
    start = cut;
  }
}

describe("csvRecords", () => {
  it.each([",", "\t"] as const)("gives back what was written with %j, whatever the chunks", async (delimiter) => {
    const cell = fc.oneof(fc.string(), fc.constantFrom("", '"', '""', "a\nb", "a\r\nb", ",", "\t", "é", " x "));
    const row = fc.tuple(fc.constant("p"), cell, cell);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 6 }),
        fc.array(fc.nat(300), { maxLength: 8 }),
        fc.integer({ min: 1, max: 50 }),
        async (rows, cuts, blockBytes) => {
          const text = await writeToString([["id", "text", "x"], ...rows], { delimiter });
          const got: unknown[] = [];
          for await (const batch of csvRecords("f", chunked(Buffer.from(text), cuts), delimiter, {
            maxLineBytes: 1e9,
            blockBytes,
          })) {
            expect(batch.malformed).toEqual([]);
            got.push(...batch.records.map((record) => record.value));
          }
          expect(got).toEqual(rows.map(([id, text, x]) => ({ id, text, x })));
        },
      ),
      { numRuns: 200 },
    );
  });
});
