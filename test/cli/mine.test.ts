import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Ajv2020 } from "ajv/dist/2020.js";
import { writeToString } from "fast-csv";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { serialise } from "../../src/lexicon/write.js";
import { root, sgMine, shell } from "./spawn.js";

const fixture = join(root, "fixtures/traces.jsonl");
const schema = JSON.parse(readFileSync(join(root, "schema/lexicon.schema.json"), "utf8"));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

/** The fixture's lines that hold a graded trace. */
const good = readFileSync(fixture, "utf8").split("\n").filter(isGood);

function isGood(line: string): boolean {
  try {
    const { trace, correct } = JSON.parse(line);
    return trace.trim() !== "" && typeof correct === "boolean";
  } catch {
    return false;
  }
}

const scratch = mkdtempSync(join(tmpdir(), "sg-mine-test-"));
afterAll(() => rmSync(scratch, { recursive: true }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(scratch, "test-"));
});

/** Writes a file into the test's folder. */
function file(name: string, data: string | Buffer | string[]): string {
  const path = join(folder, name);
  writeFileSync(path, Array.isArray(data) ? `${data.join("\n")}\n` : data);
  return path;
}

const goodFile = join(scratch, "good.jsonl");
writeFileSync(goodFile, `${good.join("\n")}\n`);
const plain = sgMine(["-q", goodFile]);
const lexicon = JSON.parse(plain.stdout);

describe("sg-mine", () => {
  it("writes a lexicon of format 1 and nothing else on standard output", () => {
    expect(good).toHaveLength(70);
    expect(plain).toMatchObject({ status: 0, stderr: "" });
    expect(plain.stdout).toBe(serialise(lexicon));
    expect(validate(lexicon), JSON.stringify(validate.errors)).toBe(true);
    expect(lexicon.entries.length).toBeGreaterThan(20);
    expect(lexicon.grams).toEqual(lexicon.entries.map(({ gram }: { gram: string }) => gram));
    expect(lexicon.provenance).toMatchObject({ tool: "sg-mine", preset: "default", seed: 42 });
    expect(JSON.stringify(lexicon.provenance)).not.toMatch(/thread|memory|\.jsonl/);
  });

  it("spells every entry as its traces do", () => {
    const text = good
      .map((line) => JSON.parse(line))
      .filter(({ correct }) => correct)
      .map(({ trace }) => trace)
      .join("\n");
    for (const { gram, spellings } of lexicon.entries) {
      expect(spellings[0].toLowerCase()).toBe(gram);
      for (const spelling of spellings) expect(text).toContain(spelling);
    }
  });

  it("sums up on standard error", () => {
    const { stderr, stdout } = sgMine(["mine", fixture]);
    expect(stderr).toContain(`skipped: ${fixture}:12: not JSON`);
    expect(stderr).toContain(`skipped: ${fixture}:33: not a record`);
    expect(stderr).toContain("fields: problem=problem_id text=trace success=correct (46 traces, 97.9 %)");
    expect(stderr).toContain("traces: 75 read, 46 mined; skipped: 1 empty, 24 failed, 3 malformed, 1 unknown-success");
    expect(stderr).toMatch(/problems: 24; words: \d+; .* judged: \d+/);
    expect(stderr).toMatch(/lexicon: \d+ entries in \d+ clusters; \d+\.\d s\n$/);
    expect(JSON.parse(stdout).provenance.input).toMatchObject({ records: 75, successful: 46 });
  });

  const ways: Record<string, () => ReturnType<typeof sgMine>> = {
    "a second run": () => sgMine(["-q", goodFile]),
    "a pipe": () => sgMine(["mine", "-q", "-"], { input: readFileSync(goodFile) }),
    "a packed file": () => sgMine(["-q", file("good.jsonl.gz", gzipSync(readFileSync(goodFile)))]),
    "a packed file, unpacked on the way": () =>
      shell(`gzip -dc ${file("good.jsonl.gz", gzipSync(readFileSync(goodFile)))} | sg-mine -q | cat`),
    "a packed pipe": () => sgMine(["-q"], { input: gzipSync(readFileSync(goodFile)) }),
    "shuffled lines": () =>
      sgMine(["-q"], { input: [...good].sort((a, b) => (a.slice(-40) < b.slice(-40) ? -1 : 1)).join("\n") }),
    "a directory": () => sgMine(["-q", parts()]),
    "a pattern": () => sgMine(["-q", join(parts(), "**/*.json*")]),
    "one thread": () => sgMine(["-q", "--threads", "1", goodFile]),
    "four threads": () => sgMine(["-q", "--threads", "4", goodFile]),
    "one megabyte": () => sgMine(["-q", "--threads", "3", "--memory", "1", goodFile]),
  };
  /** The good lines in three files of two kinds, and a file that holds no traces. */
  function parts(): string {
    mkdirSync(join(folder, "parts/deep"), { recursive: true });
    file("parts/a.jsonl", good.slice(0, 20));
    file("parts/deep/b.json", JSON.stringify(good.slice(20, 40).map((line) => JSON.parse(line))));
    file("parts/deep/c.jsonl", good.slice(40).reverse());
    file("parts/notes.txt", "no traces");
    return join(folder, "parts");
  }
  it.each(Object.keys(ways))("gives the same bytes for %s", (way) => {
    const run = ways[way]();
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout === plain.stdout).toBe(true);
  });

  it("prints the bare list", () => {
    const { stdout } = sgMine(["-q", "--format", "list", goodFile]);
    expect(stdout).toBe(`${JSON.stringify(lexicon.grams, null, 2)}\n`);
  });

  it("follows the paper's recipe with --preset paper", () => {
    const { stdout, status } = sgMine(["-q", "--preset", "paper", goodFile]);
    expect(status).toBe(0);
    const paper = JSON.parse(stdout);
    expect(validate(paper), JSON.stringify(validate.errors)).toBe(true);
    expect(paper.provenance).toMatchObject({ preset: "paper", options: { minN: 3, maxN: 5, top: 0.2 } });
    for (const { gram, weight } of paper.entries) {
      expect(gram.split(" ").length).toBeGreaterThanOrEqual(3);
      expect(gram.split(" ").length).toBeLessThanOrEqual(5);
      expect(weight).toBe(1);
    }
    // the clusters' document frequency is a share of solutions: a whole number of the 46
    for (const { documentFrequency } of paper.clusters)
      expect(Math.abs(documentFrequency * 46 - Math.round(documentFrequency * 46))).toBeLessThan(0.01);
    // every gram of a kept cluster is in
    for (const { size, grams } of paper.clusters) expect(grams).toHaveLength(size);
  });

  it("does what its options say", () => {
    const mined = (...args: string[]) => JSON.parse(sgMine(["-q", goodFile, ...args]).stdout);
    expect(mined("--max-entries", "7").grams).toEqual(lexicon.grams.slice(0, 7));
    const longer = mined("--min-n", "2", "--max-n", "3");
    for (const gram of longer.grams) expect(gram.split(" ").length).toSatisfy((n: number) => n === 2 || n === 3);
    for (const { problems } of mined("--min-problems", "6").entries) expect(problems).toBeGreaterThanOrEqual(6);
    for (const { perTrace } of mined("--max-per-trace", "1.5").entries) expect(perTrace).toBeLessThanOrEqual(1.5);
    for (const { weight } of mined("--min-weight", "0.9").entries) expect(weight).toBeGreaterThanOrEqual(0.9);
    expect(mined("--clusters", "3").clusters.length).toBeLessThanOrEqual(3);
    const all = mined("--all").provenance;
    expect(all.corpus.traces).toBe(good.length);
    expect(all.options.all).toBe(true);
  });

  it("reads named fields", () => {
    const renamed = good.map((line) => {
      const { problem_id, trace, correct } = JSON.parse(line);
      return JSON.stringify({ a: { b: problem_id }, c: trace, d: correct ? 0.75 : 0.25, e: "other text" });
    });
    const args = ["-q", "--problem-field", "a.b", "--text-field", "c", "--success-field", "d"];
    const input = renamed.join("\n");
    const { grams, provenance } = JSON.parse(sgMine([...args, "--success-threshold", "0.7"], { input }).stdout);
    expect(grams).toEqual(lexicon.grams);
    expect(provenance.options).toMatchObject({ problemField: "a.b", textField: "c", successThreshold: 0.7 });
    const none = sgMine([...args, "--success-threshold", "0.9"], { input });
    expect(none).toMatchObject({ status: 4, stdout: "" });
  });
});

describe("-o", () => {
  it("writes the file whole, through a link, and nothing beside it", () => {
    const out = file("out.json", "old");
    symlinkSync(out, join(folder, "link.json"));
    const run = sgMine(["-q", "-o", join(folder, "link.json"), goodFile]);
    expect(run).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readFileSync(out, "utf8")).toBe(plain.stdout);
    expect(readdirSync(folder).sort()).toEqual(["link.json", "out.json"]);
  });

  it("leaves what is there alone when mining fails", () => {
    const out = file("out.json", "old");
    expect(sgMine(["-q", "-o", out, join(folder, "none.jsonl")]).status).toBe(3);
    expect(readFileSync(out, "utf8")).toBe("old");
  });

  it("refuses before mining what cannot be written", () => {
    const nowhere = join(folder, "no/such/folder.json");
    expect(sgMine(["-o", nowhere, fixture])).toEqual({
      status: 2,
      stdout: "",
      stderr: `sg-mine: cannot write ${nowhere}: no such file or directory; name another file with -o\n`,
    });
    expect(sgMine(["-o", folder, fixture])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("it is a directory"),
    });
  });
});

describe("bad input", () => {
  const told = (args: string[], options: Parameters<typeof sgMine>[1] = {}) => {
    const run = sgMine(args, { cwd: folder, ...options });
    if (run.status !== 0) expect(run.stdout).toBe("");
    expect(run.stderr).not.toMatch(/\n\s+at /); // no stack
    return run;
  };

  it("an empty file, and an empty pipe", () => {
    file("empty.jsonl", "");
    for (const args of [["empty.jsonl"], []])
      expect(told(args)).toMatchObject({ status: 4, stderr: expect.stringContaining("the input holds no records") });
  });

  it("no successful trace", () => {
    file(
      "failed.jsonl",
      good.map((line) => line.replace(/"correct": ?true/, '"correct": false')),
    );
    expect(told(["failed.jsonl"])).toMatchObject({
      status: 4,
      stderr:
        `traces: ${good.length} read, 0 mined; skipped: ${good.length} failed\n` +
        `sg-mine: none of the ${good.length} traces is known to be successful (${good.length} failed); ` +
        "--success-field and --success-threshold say what success is, --all takes every trace\n",
    });
  });

  it("traces that do not say whether they succeeded", () => {
    file(
      "ungraded.jsonl",
      good.map((line) => line.replace(/, ?"correct": ?(true|false)/, "")),
    );
    expect(told(["ungraded.jsonl"])).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/70 unknown-success\); name the field that tells with --success-field .* --all\n$/),
    });
    expect(told(["-q", "--all", "ungraded.jsonl"]).status).toBe(0);
  });

  it("one problem only", () => {
    expect(JSON.parse(good[0]).correct).toBe(true);
    file("one.jsonl", [good[0], good[0], good[0]]);
    expect(told(["one.jsonl"])).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/all successful traces answer one problem.*--problem-field/),
    });
  });

  it("too little text to share anything", () => {
    file("short.jsonl", ['{"id": 1, "trace": "abc", "correct": true}', '{"id": 2, "trace": "def", "correct": true}']);
    expect(told(["short.jsonl"])).toMatchObject({
      status: 4,
      stderr: expect.stringContaining("more traces may help"),
    });
  });

  it("malformed lines among good ones", () => {
    file("mixed.jsonl", [...good.slice(0, 5), "{broken", ...good.slice(5), "[1, 2]", '{"a": 1}']);
    const { status, stdout, stderr } = told(["mixed.jsonl"]);
    expect(status).toBe(0);
    expect(stderr).toContain("skipped: mixed.jsonl:6: not JSON");
    expect(stderr).toContain(`skipped: mixed.jsonl:${good.length + 2}: not a record`);
    expect(stderr).toContain(`skipped: mixed.jsonl:${good.length + 3}: no field holds a model's output`);
    const mined = JSON.parse(stdout);
    expect(mined.entries).toEqual(lexicon.entries);
    expect(mined.provenance.input.skipped).toMatchObject({ malformed: 2, "no-trace": 1 });
    expect(told(["--strict", "mixed.jsonl"])).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(
        /^sg-mine: mixed\.jsonl:6: not JSON.*; without --strict such records are skipped\n$/,
      ),
    });
    expect(told(["-q", "--strict", goodFile]).stdout).toBe(plain.stdout);
  });

  it("many malformed lines: the first are named, the rest counted", () => {
    file("mixed.jsonl", [...Array.from({ length: 40 }, () => "{"), ...good]);
    const skips = told(["--threads", "3", "mixed.jsonl"])
      .stderr.split("\n")
      .filter((l) => l.startsWith("skipped: "));
    expect(skips).toEqual([
      ...[1, 2, 3, 4, 5].map((line) => expect.stringContaining(`mixed.jsonl:${line}:`)),
      "skipped: 35 more records that hold no trace",
    ]);
  });

  it("nothing but malformed lines", () => {
    file("prose.jsonl", ["It was", "a dark night"]);
    expect(told(["prose.jsonl"])).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(
        /^skipped: prose\.jsonl:1: not JSON.*\n.*:2: .*\ntraces: 2 read, 0 mined; skipped: 2 malformed\nsg-mine: prose\.jsonl:1: not JSON.*; none of the 2 records can be read\n$/,
      ),
    });
    // records that can be read and hold no trace are of no use, not broken
    file("other.jsonl", ['{"a": 1}', "{"]);
    expect(told(["other.jsonl"])).toMatchObject({
      status: 4,
      stderr: expect.stringContaining("none of the 2 records holds a trace (1 malformed, 1 no-trace)"),
    });
  });

  it("a truncated gzip", () => {
    const packed = gzipSync(good.join("\n"));
    file("cut.jsonl.gz", packed.subarray(0, packed.length - 50));
    expect(told(["-q", "cut.jsonl.gz"])).toEqual({
      status: 3,
      stdout: "",
      stderr: "sg-mine: cut.jsonl.gz: gzip data end too early; copy or download the file again\n",
    });
  });

  it("invalid UTF-8", () => {
    const bad = Buffer.concat([Buffer.from('{"problem_id": "x", "trace": "'), Buffer.from([0xff, 0xfe, 0x41])]);
    file("bytes.jsonl", Buffer.concat([bad, Buffer.from(`", "correct": true}\n${good.join("\n")}\n`)]));
    const { status, stdout, stderr } = told(["bytes.jsonl"]);
    expect(status).toBe(0);
    expect(stderr).toContain("skipped: bytes.jsonl:1: invalid UTF-8");
    expect(JSON.parse(stdout).entries).toEqual(lexicon.entries);
  });

  it("a byte order mark and CRLF", () => {
    file("windows.jsonl", `\uFEFF${good.join("\r\n")}\r\n`);
    expect(told(["-q", "windows.jsonl"])).toEqual(plain);
  });

  it("lines of 50 MB, good and bad", () => {
    const long = JSON.stringify({ problem_id: "long", trace: "7 ".repeat(25e6), correct: true });
    file("long.jsonl", [good[0], long, `{"trace": "${"7 ".repeat(25e6)}`, ...good.slice(1)]);
    const { status, stdout, stderr } = told(["long.jsonl"]);
    expect(status).toBe(0);
    expect(stderr).toContain("skipped: long.jsonl:3: not JSON");
    expect(stderr).toContain("problems: 25");
    expect(JSON.parse(stdout).entries).toEqual(lexicon.entries);
  });

  it("a directory without traces, a pattern that matches nothing", () => {
    file("notes.txt", "nothing");
    expect(told(["."])).toMatchObject({
      status: 3,
      stderr:
        "sg-mine: .: no traces in this directory; it needs .jsonl, .json, .csv, .tsv, .parquet, .arrow or .eval files\n",
    });
    expect(told(["*.jsonl"])).toMatchObject({ status: 3, stderr: expect.stringContaining("no trace file matches") });
  });

  it("a missing file, alone and beside a good one", () => {
    const missing = { status: 3, stdout: "", stderr: "sg-mine: none.jsonl: no such file; check the name\n" };
    expect(told(["none.jsonl"])).toEqual(missing);
    expect(told([goodFile, "none.jsonl"])).toEqual(missing);
  });

  it("a CSV with ragged rows", async () => {
    const rows = good.map((line) => JSON.parse(line)).map((r) => [r.problem_id, r.trace, r.correct]);
    const csv = await writeToString([["problem_id", "trace", "correct"], ...rows]);
    file("ragged.csv", `${csv}\nx,y\nx,y,true,z\n`);
    const { status, stdout, stderr } = told(["ragged.csv"]);
    expect(status).toBe(0);
    expect(stderr).toContain(`skipped: ragged.csv: row ${good.length + 1}: 2 cells where the header has 3`);
    expect(stderr).toContain(`skipped: ragged.csv: row ${good.length + 2}: 4 cells where the header has 3`);
    expect(JSON.parse(stdout).entries).toEqual(lexicon.entries);
  });

  it("a corrupt parquet", () => {
    const { status, stderr } = told(["-q", join(root, "fixtures/hostile/corrupt.parquet")]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^sg-mine: .*corrupt\.parquet: broken parquet.*\n$/);
  });

  it("keys and problems such as __proto__", () => {
    const hostile = ["__proto__", "constructor", "toString", "hasOwnProperty"].map(
      (name) => `{"problem_id": "${name}", "${name}": {"correct": false}, "trace": "${name} 3", "correct": true}`,
    );
    const { status, stdout } = told(["-q"], { input: [...hostile, ...good].join("\n") });
    expect(status).toBe(0);
    const mined = JSON.parse(stdout);
    expect(mined.provenance.corpus.problems).toBe(lexicon.provenance.corpus.problems + 4);
    expect(mined.entries).toEqual(lexicon.entries);
    expect(validate(mined)).toBe(true);
  });

  it("a broken pipe", () => {
    const { status, stdout, stderr } = shell(`sg-mine -q ${goodFile} | head -c 10`);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: plain.stdout.slice(0, 10), stderr: "" });
    const early = shell(`sg-mine ${goodFile} 2>&1 >/dev/null | true`);
    expect(early.status).toBe(0);
  });

  it.runIf(existsSync("/dev/full"))("a full disk behind standard output", () => {
    const { status, stderr } = shell(`sg-mine -q ${goodFile} > /dev/full`);
    expect(status).toBe(2);
    expect(stderr).toBe("sg-mine: cannot write standard output: ENOSPC: no space left on device, write\n");
  });

  it("unknown options, and values that cannot be", () => {
    for (const args of [
      ["--wrong"],
      ["--threads", "0"],
      ["--min-n", "two"],
      ["--top", "1.5"],
      ["--format", "yaml"],
      ["--min-n", "4", "--max-n", "3"],
      ["--success-threshold", ""],
    ]) {
      const { status, stderr } = told([...args, fixture]);
      expect(status, args.join(" ")).toBe(2);
      expect(stderr, args.join(" ")).toMatch(/^error: .*\n\(sg-mine help mine lists its options\)\n$/);
    }
  });

  it("a model that is not there: said before anything is counted", () => {
    const { status, stderr } = told(["--model", "./none", fixture]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^sg-mine: \.\/none: no such folder; .*\n$/);
  });
});

describe("temporary files", () => {
  it("are gone at the end, and after a kill", async () => {
    const tmp = join(folder, "tmp");
    mkdirSync(tmp);
    expect(sgMine(["-q"], { input: good.join("\n"), tmp }).status).toBe(0);
    expect(readdirSync(tmp)).toEqual([]);
    const child = spawn(process.execPath, [join(root, "bin/sg-mine.js")], {
      env: { ...process.env, TMPDIR: tmp },
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.stdin.write(`${good.join("\n")}\n`);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(readdirSync(tmp)).toEqual([]);
  });

  it("need a folder: the error names TMPDIR", () => {
    const { status, stderr } = sgMine([fixture], { tmp: join(folder, "none") });
    expect(status).toBe(3);
    expect(stderr).toMatch(/cannot write temporary files in .*; set TMPDIR/);
  });
});

describe("help", () => {
  it("lists the commands and options on standard output", () => {
    const { status, stdout, stderr } = sgMine(["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const command of ["mine", "tag", "credit", "dynamics", "export"]) expect(stdout).toMatch(`\n  ${command}`);
    expect(sgMine(["mine", "--help"]).stdout).toContain("--success-field <name>");
    expect(sgMine(["--version"]).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
