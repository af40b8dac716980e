import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { recordsOf } from "../../../src/traces/batch.js";
import { readSources } from "../../../src/traces/source.js";

const folder = mkdtempSync(join(tmpdir(), "arrow-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fixture = (name: string) => join(import.meta.dirname, "../../../fixtures/arrow", name);

async function read(path: string, bytes?: Uint8Array) {
  const out: unknown[] = [];
  let error = "";
  try {
    const stdin = bytes && Readable.from([bytes]);
    for await (const batch of readSources([bytes ? "-" : path], { stdin }))
      for (const { value, error } of recordsOf(batch)) out.push(error ?? value);
  } catch (failure) {
    if ((failure as { exitCode?: number }).exitCode !== 3) throw failure;
    error = (failure as Error).message;
  }
  return { out, error };
}

describe("Arrow", () => {
  it.each(["plain.feather", "lz4.feather", "zstd.feather", "stream.arrow"])(
    "%s holds what Parquet holds: texts, lists, structs, exact numbers and times, dictionaries",
    async (name) => {
      const { out } = await read(fixture(name));
      expect(out).toEqual((await read(fixture("same.parquet"))).out);
      expect(out).toHaveLength(4);
      expect(out[0]).toEqual({
        problem_id: "p1",
        trace: "Let me check. Wait, é 𠮷",
        correct: true,
        score: 1.5,
        big: "1152921504606846977",
        ts: "2023-11-14T22:13:20.000001Z",
        tn: "2023-11-14T22:13:20.000000001Z",
        dt: "2024-01-02T00:00:00.000Z",
        dec: "12345678901234567.89",
        msgs: [
          { role: "user", content: "q" },
          { role: "assistant", content: "a" },
        ],
        ids: [1, 2, 3],
        ents: [0.5, 1.5],
        st: { a: "x", b: 1 },
        bin: null,
        lu: "a",
        fx: [1, 2],
      });
    },
  );

  it("is read from a pipe, and packed", async () => {
    const bytes = readFileSync(fixture("stream.arrow"));
    const { out } = await read(fixture("stream.arrow"));
    expect((await read("", bytes)).out).toEqual(out);
    const packed = join(folder, "packed.arrow.gz");
    writeFileSync(packed, gzipSync(bytes));
    expect((await read(packed)).out).toEqual(out);
  });

  it("skips and counts rows whose text is not UTF-8", async () => {
    const bytes = readFileSync(fixture("plain.feather"));
    const at = bytes.indexOf("So 4.");
    bytes[at] = 0xff;
    const path = join(folder, "text.feather");
    writeFileSync(path, bytes);
    const { out } = await read(path);
    expect(out.filter((one) => one === "invalid UTF-8")).toHaveLength(1);
    expect(out).toHaveLength(4);
  });

  it("is refused where it is cut or damaged, and never crashes", async () => {
    for (const name of ["plain.feather", "lz4.feather", "zstd.feather"]) {
      const bytes = readFileSync(fixture(name));
      const path = join(folder, `cut-${name}`);
      for (const length of [9, 60, bytes.length / 2, bytes.length - 1]) {
        writeFileSync(path, bytes.subarray(0, length));
        expect((await read(path)).error).toMatch(/Arrow/);
      }
    }
    const stream = readFileSync(fixture("stream.arrow"));
    writeFileSync(join(folder, "cut.arrow"), stream.subarray(0, stream.length - 40));
    expect((await read(join(folder, "cut.arrow"))).error).toMatch(/broken Arrow/);
    writeFileSync(join(folder, "no.arrow"), '{"trace": "x"}\n');
    expect((await read(join(folder, "no.arrow"))).error).toMatch(/no Arrow file/);
  });
});
