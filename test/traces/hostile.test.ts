import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect } from "./collect.js";

const hostile = "fixtures/hostile";
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "sg-mine-test-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** What is left of a hostile file: problems read, lines refused, and the error that ended it. */
async function read(name: string) {
  const { traces, malformed, skipped, error } = await collect([`${hostile}/${name}`]);
  return { problems: traces.map((trace) => trace.problem), malformed, skipped, error };
}

const fine = { malformed: [], skipped: {}, error: undefined };

describe("hostile files", () => {
  it("reads past a byte order mark, CRLF and blank lines", async () => {
    expect(await read("bom-crlf.jsonl")).toEqual({ ...fine, problems: ["p1", "p2"] });
  });

  it("refuses a line that is not UTF-8, and only that", async () => {
    expect(await read("invalid-utf8.jsonl")).toEqual({
      ...fine,
      problems: ["p1", "p3"],
      malformed: ["line 2: invalid UTF-8"],
    });
  });

  it("refuses malformed lines without repeating them", async () => {
    expect(await read("malformed-lines.jsonl")).toEqual({
      ...fine,
      problems: ["p1", "p3", "p4"],
      skipped: { malformed: 1 },
      malformed: [
        "line 2: not JSON: it ends too early",
        expect.stringMatching(/^line 3: not JSON/),
        "line 4: not JSON: it ends too early",
        expect.stringMatching(/^line 6: not JSON/),
      ],
    });
  });

  it("refuses ragged rows", async () => {
    expect(await read("ragged.csv")).toEqual({
      ...fine,
      problems: ["p1", "p4"],
      malformed: ["row 2: 2 cells where the header has 3", "row 3: 5 cells where the header has 3"],
    });
  });

  it("refuses a row with text after a closing quote, and goes on", async () => {
    expect(await read("stray-quote.csv")).toEqual({
      ...fine,
      problems: ["p1", "p3"],
      malformed: ["row 2: text after a closing quote"],
    });
  });

  it("says that a quote is never closed, after the rows before it", async () => {
    expect(await read("open-quote.csv")).toEqual({
      ...fine,
      problems: ["p1"],
      error: expect.stringContaining("open-quote.csv: a quote is never closed"),
    });
  });

  it("gives what comes before the end of a truncated gzip, then says so", async () => {
    const { problems, error, malformed } = await read("truncated.jsonl.gz");
    expect(problems).toEqual(Array.from({ length: 236 }, (_, i) => `p${i}`));
    expect(malformed).toEqual([]);
    expect(error).toBe(`${hostile}/truncated.jsonl.gz: gzip data end too early; copy or download the file again`);
  });

  it.each([
    ["corrupt.parquet", /corrupt\.parquet: broken parquet/],
    ["cut.parquet", /cut\.parquet: broken parquet/],
    ["empty.parquet", /empty\.parquet: too short/],
    ["words.json", /words\.json: not a JSON array or object/],
    ["stray-close.json", /stray-close\.json: not a JSON array or object/],
    ["utf16.jsonl", /utf16\.jsonl: text in UTF-16; convert/],
  ])("%s cannot be read", async (name, message) => {
    expect(await read(name)).toEqual({ ...fine, problems: [], error: expect.stringMatching(message) });
  });

  it("gives the items before the place where JSON breaks", async () => {
    expect(await read("cut.json")).toEqual({
      ...fine,
      problems: ["p1"],
      error: expect.stringContaining("cut.json: item 2: the file ends in the middle"),
    });
    expect(await read("missing-comma.json")).toEqual({
      ...fine,
      problems: ["p1"],
      error: expect.stringContaining("missing-comma.json: after item 1: not JSON from here on"),
    });
    expect(await read("bad-item.json")).toEqual({
      ...fine,
      problems: ["p1", "p3"],
      malformed: [expect.stringMatching(/^item 2: not JSON/)],
    });
  });

  it.each(["empty.jsonl", "blank.jsonl", "empty.json", "empty.csv", "header-only.csv"])(
    "%s has nothing",
    async (name) => {
      expect(await read(name)).toEqual({ ...fine, problems: [] });
    },
  );

  it("takes __proto__ and the like for names of fields", async () => {
    const { traces } = await collect([`${hostile}/proto.jsonl`]);
    expect(traces.map(({ problem, text, success }) => [problem, text, success])).toEqual([
      ["p1", "First, I need to count.", true],
      ["__proto__", "Let me double-check.", false],
      ["p3", "Wait.", true],
    ]);
    expect(({} as Record<string, unknown>).correct).toBeUndefined();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it("reads lone surrogates, NULs and deep nesting", async () => {
    expect((await read("surrogates.jsonl")).problems).toEqual(["p\ud800", "p\u0000"]);
    expect((await read("deep.jsonl")).problems).toEqual(["p1"]);
  });

  it("keeps escape sequences in file names out of messages", async () => {
    const { error } = await collect(["no\u001b[31msuch\nfile"]);
    expect(error).toBe("no\\u001b[31msuch\\u000afile: no such file; check the name");
  });

  it("survives a line nested a million deep and a record of 10^5 keys", async () => {
    const deep = `{"problem_id":"p","trace":"a b","correct":true,"x":${"[".repeat(1e6)}${"]".repeat(1e6)}}`;
    const wide = `{"problem_id":"q","trace":"a b","correct":true${Array.from({ length: 1e5 }, (_, i) => `,"k ${i}":{"y":${i}}`).join("")}}`;
    const { records, malformed } = await collect(["-"], { stdin: Readable.from([Buffer.from(`${deep}\n${wide}\n`)]) });
    expect(records + malformed.length).toBe(2);
  });

  it("reads a file that unpacks a thousandfold in bounded memory", async () => {
    const line = `${JSON.stringify({ problem_id: "p", trace: "so ".repeat(1e5), correct: true })}\n`;
    const file = join(scratch, "bomb.jsonl.gz");
    await writeFile(file, gzipSync(Buffer.from(line.repeat(700))));
    let peak = 0;
    let bytes = 0;
    const { readSources } = await import("../../src/traces/source.js");
    const before = process.memoryUsage().arrayBuffers;
    for await (const batch of readSources([file])) {
      if (batch.kind === "lines") bytes += batch.bytes.length;
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    expect(bytes).toBe(line.length * 700);
    expect(peak).toBeLessThan(150e6);
  });

  it("leaves no temporary file behind", async () => {
    const stdin = Readable.from([readFileSync("fixtures/shapes/completions_00002.parquet")]);
    expect((await collect(["-"], { stdin })).records).toBe(2);
    const left = (await readdir(tmpdir())).filter((name) => name.startsWith("sg-mine-parquet-"));
    expect(left).toEqual([]);
  });
});

describe("mutated files", () => {
  /** A small generator of its own, so that a failure can be repeated. */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
  }

  function mutated(bytes: Buffer, next: () => number): Buffer {
    const out = Buffer.from(bytes);
    const at = () => Math.floor(next() * out.length);
    const kind = next();
    if (kind < 0.2) return out.subarray(0, at());
    if (kind < 0.4) return Buffer.concat([out.subarray(0, at()), out.subarray(at())]);
    for (let i = 0; i < 1 + next() * 8; i++) {
      const interesting = Buffer.from('{}[]",:\\\n\r\0\xff\xef\t', "latin1");
      out[at()] = next() < 0.5 ? Math.floor(next() * 256) : interesting[Math.floor(next() * interesting.length)]!;
    }
    return out;
  }

  const runs = Number(process.env.FUZZ ?? 60);
  it.each([
    "shapes/flat.jsonl",
    "shapes/flat-packed.jsonl.gz",
    "shapes/simulations.json",
    "shapes/responses-by-temperature.json",
    "shapes/json-in-string.json",
    "shapes/run.traj",
    "shapes/messages.jsonl",
    "shapes/openai-batch.jsonl",
    "shapes/table.csv",
    "shapes/table.tsv",
    "shapes/completions_00002.parquet",
  ])("%s: every outcome is traces, reasons or an InputError", async (name) => {
    const bytes = readFileSync(`fixtures/${name}`);
    for (let seed = 0; seed < runs; seed++) {
      const file = join(scratch, `mutated-${name.split("/")[1]}`);
      writeFileSync(file, mutated(bytes, random(seed)));
      // collect throws on anything but an InputError
      const named = await collect([file], { all: true }).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
      const accounted = named.traces.length + Object.values(named.skipped).reduce((a, b) => a + b, 0);
      expect(accounted, `seed ${seed}`).toBeGreaterThanOrEqual(named.records);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may reach a terminal
      expect(named.error ?? "", `seed ${seed}`).not.toMatch(/[\u0000-\u001f]/);
    }
  });
});
