import fc from "fast-check";
import { parquetMetadata } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { columnsOfGroup } from "../../../src/traces/files/pages.js";

const bufferOf = (bytes: ArrayBuffer) => ({
  byteLength: bytes.byteLength,
  slice: (from: number, to?: number) => bytes.slice(from, to),
});
const text = fc.string({ unit: "grapheme", maxLength: 8 });
const row = fc.record({
  text,
  maybe: fc.option(text, { nil: null }),
  right: fc.boolean(),
  score: fc.double({ noNaN: true }),
  id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
});
type Row = typeof row extends fc.Arbitrary<infer R> ? R : never;

const written = (rows: readonly Row[], rowGroupSize: number) =>
  parquetWriteBuffer({
    columnData: [
      { name: "text", data: rows.map(({ text }) => text), type: "STRING" },
      { name: "maybe", data: rows.map(({ maybe }) => maybe), type: "STRING", nullable: true },
      { name: "right", data: rows.map(({ right }) => right), type: "BOOLEAN" },
      { name: "score", data: rows.map(({ score }) => score), type: "DOUBLE" },
      { name: "id", data: rows.map(({ id }) => id), type: "INT64" },
    ],
    rowGroupSize,
  });

describe("columnsOfGroup", () => {
  it("gives the values that were written, group by group, and only the columns asked for", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.subarray(["text", "maybe", "right", "score", "id"] as const, { minLength: 1 }),
        async (rows, size, only) => {
          const bytes = written(rows, size);
          const metadata = parquetMetadata(bytes);
          const back: Record<string, unknown>[] = [];
          for (const group of metadata.row_groups) {
            let pages = 0;
            const { rows: count, named } = await columnsOfGroup(bufferOf(bytes), metadata, group, only, (bytes) => {
              pages += bytes;
            });
            expect(named.map(([name]) => name).sort()).toEqual([...only].sort());
            expect(pages).toBeGreaterThan(0);
            for (let r = 0; r < count; r++)
              back.push(Object.fromEntries(named.map(([name, values]) => [name, values[r] ?? null])));
          }
          expect(back).toEqual(rows.map((own) => Object.fromEntries(only.map((name) => [name, own[name]]))));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("refuses a column that is not there, and counts that cannot be", async () => {
    const bytes = written([{ text: "a", maybe: null, right: true, score: 1, id: 1n }], 1);
    const metadata = parquetMetadata(bytes);
    const [group] = metadata.row_groups;
    const read = (changed: object, only?: string[]) =>
      columnsOfGroup(bufferOf(bytes), metadata, { ...group, ...changed }, only, () => {});
    await expect(read({}, ["absent"])).rejects.toThrow("no column absent");
    await expect(read({ num_rows: -1n })).rejects.toThrow("negative");
    await expect(read({ num_rows: 2n ** 40n })).rejects.toThrow("in one row group");
    await expect(read({ num_rows: 5n })).rejects.toThrow("too few values");
    const columns = group.columns.map(({ meta_data, ...rest }) => ({
      ...rest,
      meta_data: { ...meta_data!, total_compressed_size: BigInt(bytes.byteLength) },
    }));
    await expect(read({ columns })).rejects.toThrow("outside the file");
    expect(await read({ num_rows: 0n })).toEqual({ rows: 0, named: [] });
  });
});
