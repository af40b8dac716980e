/** Files that are read whole or refused, and ids that stay apart: each input that once gave wrong data and exit 0. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { recordsOf } from "../../src/traces/batch.js";
import { exactNumber } from "../../src/traces/files/exact.js";
import { tracesOf } from "../../src/traces/shapes/record.js";
import { readSources } from "../../src/traces/source.js";

const folder = mkdtempSync(join(tmpdir(), "archives-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const R = (i: number, id: unknown = `p${i}`) =>
  JSON.stringify({ problem_id: id, trace: "Let me check this. Wait, no.", correct: true });

interface Read {
  records: unknown[];
  bad: string[];
  error: string;
}
/** All that is read from a file, or from standard input in pieces of some bytes. */
async function read(name: string, bytes: Uint8Array | string, piece?: number): Promise<Read> {
  const all = Buffer.from(bytes as string);
  if (piece === undefined) writeFileSync(path(name), all);
  async function* stdin() {
    for (let at = 0; at < all.length; at += piece!) yield all.subarray(at, at + piece!);
  }
  const out: Read = { records: [], bad: [], error: "" };
  try {
    const input = piece === undefined ? path(name) : "-";
    for await (const batch of readSources([input], { stdin: stdin() as never }))
      for (const { value, error } of recordsOf(batch))
        if (error === undefined) out.records.push(value);
        else out.bad.push(error);
  } catch (error) {
    out.error = (error as Error).message;
    expect((error as { exitCode?: number }).exitCode).toBe(3);
  }
  return out;
}
const problemsOf = ({ records }: Read): string[] =>
  records.flatMap((value) => tracesOf(value, {}, { file: "f" }).traces.map(({ problem }) => problem));

describe("C1, C2: CSV", () => {
  it("is the same from a file, a pipe of any speed and gzip, with any dialect and bad rows", async () => {
    const text = `problem_id,correct,trace\n${'p1, true, "a,\nb"\n'.repeat(20_000)}`;
    const file = await read("spaces.csv", text);
    expect([file.records.length, file.bad.length, file.error]).toEqual([20_000, 0, ""]);
    expect(await read("-", text, 77_777)).toEqual(file);
    expect(await read("spaces.csv.gz", gzipSync(text))).toEqual(file);
    const returns = await read("cr.csv", 'problem_id,trace\rp1,a\rp2,"b"x\r\rp3,c\r,\r');
    expect([returns.records.length, returns.bad]).toEqual([3, ["text after a closing quote"]]);
  });
});

describe("Z1, H1: archives are whole or refused", () => {
  const text = Array.from({ length: 3000 }, (_, i) => R(i)).join("\n");
  const gz = gzipSync(text);
  const half = Buffer.from(text).lastIndexOf(10, text.length / 2) + 1;
  it("gzip", async () => {
    for (const bytes of [
      gz,
      Buffer.concat([gz, Buffer.alloc(1)]),
      Buffer.concat([gz, Buffer.alloc(200_000)]),
      Buffer.concat([gzipSync(text.slice(0, half)), gzipSync(text.slice(half))]),
    ])
      for (const piece of [undefined, 333]) {
        const got = await read("t.jsonl.gz", bytes, piece);
        expect([got.records.length, got.error]).toEqual([3000, ""]);
      }
    for (const bytes of [
      gz.subarray(0, gz.length / 2),
      gz.subarray(0, -1),
      Buffer.concat([gz, Buffer.from("x")]),
      Buffer.concat([gz, Buffer.alloc(9), Buffer.from("x")]),
    ])
      for (const piece of [undefined, 333]) expect((await read("t.jsonl.gz", bytes, piece)).error).toMatch(/gzip data/);
  });

  const zstd = spawnSync("zstd", ["--version"]).status === 0;
  it.runIf(zstd)("zstd, with several frames and check sums", async () => {
    const pack = (data: string) => execFileSync("zstd", ["-q", "-c"], { input: data });
    const z = pack(text);
    const skippable = Buffer.from([0x51, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]);
    const frames = [skippable, pack(text.slice(0, half)), skippable, pack(text.slice(half))];
    for (const bytes of [z, Buffer.concat(frames)])
      for (const piece of [undefined, 333]) {
        const got = await read("t.jsonl.zst", bytes, piece);
        expect([got.records.length, got.error]).toEqual([3000, ""]);
      }
    const flipped = Buffer.from(z);
    flipped[z.length - 1] ^= 1;
    for (const bytes of [z.subarray(0, z.length / 2), z.subarray(0, -1), flipped, Buffer.concat([z, Buffer.from("x")])])
      expect((await read("t.jsonl.zst", bytes)).error).toMatch(/zstd data/);
  });
});

describe("I1: ids keep their value", () => {
  it("in JSON: integers beyond 2^53, powers, long decimals, lone surrogates, forms of Unicode", async () => {
    const ids = ["9007199254740992", "9007199254740993", "9007199254740994", "1e400", "2e400", "0.1000000000000000001"];
    ids.push("0.1", '"p\\ud800"', '"p\\ud801"', '"caf\\u00e9"', '"cafe\\u0301"', '"p"');
    const lines = ids.map((id) => R(0).replace('"p0"', id)).join("\n");
    for (const name of ["ids.jsonl", "ids.json"]) {
      const got = await read(name, name === "ids.json" ? `[${lines.replaceAll("\n", ",")}]` : lines);
      expect(got.bad).toEqual([]);
      expect(new Set(problemsOf(got)).size).toBe(ids.length);
    }
    // a number and its text name one problem: CSV knows no other
    expect(new Set(problemsOf(await read("one.jsonl", `${R(0, 1)}\n${R(0, "1")}`))).size).toBe(1);
  });

  it("in Parquet: decimals, and times of a micro- or nanosecond", async () => {
    expect(exactNumber("12345678901234567.5")).toBe("12345678901234567.5");
    const common = { repetition_type: "REQUIRED" } as const;
    const column = (type: object, data: unknown[]) => ({
      columnData: [
        { name: "problem_id", data },
        { name: "trace", data: data.map(() => "Wait.") },
      ],
      schema: [
        { name: "root", num_children: 2 },
        { name: "problem_id", ...common, ...type },
        { name: "trace", type: "BYTE_ARRAY", converted_type: "UTF8", ...common },
      ],
    });
    const micros = [1n, 2n, 1000n, 1_700_000_000_000_001n].map((n) => n);
    for (const [type, data, want] of [
      [{ type: "INT64", converted_type: "TIMESTAMP_MICROS" }, micros, 4],
      [{ type: "INT64", logical_type: { type: "TIMESTAMP", unit: "NANOS", isAdjustedToUTC: true } }, micros, 4],
      [
        { type: "INT64", converted_type: "DECIMAL", scale: 2, precision: 18 },
        [90071992547409921n, 90071992547409922n],
        2,
      ],
      [
        { type: "FIXED_LEN_BYTE_ARRAY", type_length: 9, converted_type: "DECIMAL", scale: 0, precision: 20 },
        [2n ** 64n + 1n, 2n ** 64n + 2n, -1n],
        3,
      ],
    ] as const) {
      const got = await read("ids.parquet", new Uint8Array(parquetWriteBuffer(column(type, [...data]) as never)));
      expect(got.error).toBe("");
      const ids = got.records.map((record) => (record as { problem_id: unknown }).problem_id);
      expect(new Set(ids.map(String)).size).toBe(want);
    }
  });
});

describe("P1, X3: Parquet", () => {
  const write = (columnData: object[], schema?: object[]) =>
    new Uint8Array(parquetWriteBuffer({ columnData, ...(schema && { schema }) } as never));
  const text = { type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" };

  it("skips and counts rows whose text is not UTF-8", async () => {
    const ids = [Uint8Array.from([112, 255]), Uint8Array.from([112, 254]), Uint8Array.from([112])];
    const file = write(
      [{ name: "problem_id", data: ids }],
      [
        { name: "root", num_children: 1 },
        { name: "problem_id", type: "BYTE_ARRAY", repetition_type: "REQUIRED" },
      ],
    );
    const got = await read("bytes.parquet", file);
    expect(got).toEqual({ records: [{ problem_id: "p" }], bad: ["invalid UTF-8", "invalid UTF-8"], error: "" });
  });

  it("refuses two columns of one name", async () => {
    const two = [
      { name: "problem_id", data: ["a"] },
      { name: "problem_id", data: ["b"] },
    ];
    const schema = [
      { name: "root", num_children: 2 },
      { name: "problem_id", ...text },
      { name: "problem_id", ...text },
    ];
    expect((await read("two.parquet", write(two, schema))).error).toContain('two columns are named "problem_id"');
    expect((await read("two.csv", "a,b,a\n1,2,3\n")).error).toContain('two columns are named "a"');
  });

  it("reads files without rows, and columns that it has no use for", async () => {
    const schema = (own: object) => [{ name: "root", num_children: 2 }, { name: "problem_id", ...text }, own];
    const interval = { name: "took", type: "FIXED_LEN_BYTE_ARRAY", type_length: 12, converted_type: "INTERVAL" };
    const odd = write(
      [
        { name: "problem_id", data: ["a"] },
        { name: "took", data: [new Uint8Array(12)] },
      ],
      schema({ ...interval, repetition_type: "REQUIRED" }),
    );
    expect(await read("odd.parquet", odd)).toEqual({ records: [{ problem_id: "a", took: null }], bad: [], error: "" });
    const empty = write(
      [
        { name: "problem_id", data: [] },
        { name: "b", data: [] },
      ],
      schema({ name: "b", ...text }),
    );
    expect(await read("empty.parquet", empty)).toEqual({ records: [], bad: [], error: "" });
  });

  it("reads row groups without rows, and `a.b` beside a struct `a`", async () => {
    const path = new URL("../../fixtures/parquet/empty-group-dotted-name.parquet", import.meta.url);
    const rows = [
      { problem_id: "p", "a.b": "x", a: { b: "1" }, trace: "Wait." },
      { problem_id: "q", "a.b": "y", a: { b: "2" }, trace: "No." },
    ];
    const got = await read("groups.parquet", readFileSync(path));
    expect(got).toEqual({ records: [...rows, ...rows], bad: [], error: "" });
  });
});

describe("J1 to J3: JSON", () => {
  const list = (n: number) => Array.from({ length: n }, (_, i) => JSON.parse(R(i)));

  it("keeps a record whatever the order of its keys, and reads every list or says so", async () => {
    const record = JSON.parse(R(1));
    const one = await read("one.json", JSON.stringify({ results: [], ...record }));
    const other = await read("other.json", JSON.stringify({ ...record, results: [] }));
    expect([problemsOf(one), problemsOf(other)]).toEqual([["p1"], ["p1"]]);
    const both = await read("both.json", JSON.stringify({ data: list(3), test: list(5).slice(3) }));
    expect(problemsOf(both).length + both.bad.length).toBe(both.bad.length === 0 ? 5 : 4);
    const laid = await read("laid.json", `{"data": [\n${R(0)},\n${R(1)}\n]}`);
    expect(problemsOf(laid)).toEqual(["p0", "p1"]);
  });

  it("reads JSON lines from a pipe as from a file when the first is 2 MB long", async () => {
    const long = JSON.stringify({ ...JSON.parse(R(0)), trace: "Wait, no. ".repeat(210_000) });
    const text = `${long}\n${R(1)}\n${R(2)}\n`;
    const file = await read("long.jsonl", text);
    expect(problemsOf(file)).toEqual(["p0", "p1", "p2"]);
    expect(await read("-", text, 65_536)).toEqual(file);
  });
});
