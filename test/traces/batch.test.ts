import { expect, it } from "vitest";
import { recordsOf } from "../../src/traces/batch.js";

it("names the place of every record and of what is none, of lines and of other records", () => {
  const bytes = new Uint8Array(Buffer.from('{"a":1}\n\nnot\n[2]'));
  expect([...recordsOf({ kind: "lines", file: "f\u001b.jsonl", firstLine: 7, bytes })]).toMatchObject([
    { place: "f\\u001b.jsonl:7", line: 7, value: { a: 1 } },
    { place: "f\\u001b.jsonl:9", line: 9, error: expect.stringContaining("not JSON") },
    { place: "f\\u001b.jsonl:10", line: 10, value: [2] },
  ]);
  expect([
    ...recordsOf({
      kind: "records",
      file: "t.csv",
      records: [{ place: "row 1", value: { a: "1" } }],
      malformed: [{ place: "row 2", why: "3 cells where the header has 1" }],
    }),
  ]).toEqual([
    { place: "t.csv: row 1", value: { a: "1" } },
    { place: "t.csv: row 2", error: "3 cells where the header has 1" },
  ]);
});
