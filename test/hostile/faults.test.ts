/** What the machine does to a run: signals, full disks, files that change, threads that die, clocks that jump. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { createGramCounter } from "../../src/grams/counter.js";
import { readSources } from "../../src/traces/source.js";
import { readRecords } from "../../src/trainers/records.js";
import { root, sgMine } from "../cli/spawn.js";
import { bin, fixture, lexicon, plain, scratch } from "./setup.js";

let folder: string;
let tmp: string;
beforeEach(() => {
  folder = mkdtempSync(join(scratch, "test-"));
  tmp = join(folder, "tmp");
  mkdirSync(tmp);
});

/** Many traces, for a run of a second or two. */
const long = join(scratch, "long.jsonl");
const graded = readFileSync(fixture, "utf8")
  .split("\n")
  .filter((line) => line.includes('"correct": true'));
writeFileSync(long, `${Array.from({ length: 300 }, () => graded.join("\n")).join("\n")}\n`);

describe("a signal at any time", () => {
  const commands: Record<string, { args: string[]; stdin?: boolean; old?: string }> = {
    "mine -o": { args: ["-q", "-o", "OUT", long] },
    "mine -o --state, standard input": { args: ["-q", "-o", "OUT", "--state", "OUT.state"], stdin: true },
    "tag -o": { args: ["tag", "-q", "-o", "OUT", lexicon, long] },
    "credit, standard input": { args: ["credit", "-q", "-o", "OUT", lexicon], stdin: true },
    "dynamics -o --html": {
      args: ["dynamics", "-q", "--html", "OUT.html", "-o", "OUT", lexicon, join(scratch, "step_1.jsonl")],
    },
  };
  writeFileSync(join(scratch, "step_1.jsonl"), readFileSync(long));
  /** Times from which a run is anywhere between its start and its end; the same in every run of the tests. */
  const delays = [120, 330, 540, 800, 1150, 1700];

  it.each(Object.entries(commands))(
    "%s leaves a whole output or none, and nothing else",
    async (_, { args, stdin }) => {
      const out = join(folder, "out.json");
      let stopped = 0;
      for (const [i, delay] of delays.entries()) {
        const signal = (["SIGINT", "SIGTERM", "SIGHUP"] as const)[i % 3];
        writeFileSync(out, "old");
        const child = spawn(process.execPath, [bin, ...args.map((arg) => arg.replace("OUT", out))], {
          env: { ...process.env, TMPDIR: tmp },
          stdio: [stdin ? "pipe" : "ignore", "ignore", "pipe"],
        });
        let stderr = "";
        child.stderr!.on("data", (data) => {
          stderr += data;
        });
        if (stdin) {
          child.stdin!.on("error", () => {});
          // a quarter of the runs get the whole input, the others are cut while they still read
          if (i % 4 === 0) child.stdin!.end(readFileSync(long));
          else child.stdin!.write(readFileSync(long));
        }
        const closed = once(child, "close");
        const timer = setTimeout(() => child.kill(signal), delay);
        const [status, by] = await closed;
        clearTimeout(timer);
        if (by !== null) stopped++;
        expect(by === signal || status === 0, `${status} ${by} ${stderr}`).toBe(true);
        expect(stderr).toBe("");
        expect(readdirSync(tmp), `${signal} after ${delay} ms`).toEqual([]);
        expect(
          readdirSync(folder).filter((name) => !/^out\.json(\.state|\.html)?$|^tmp$/.test(name)),
          `${signal} after ${delay} ms`,
        ).toEqual([]);
        const written = readFileSync(out, "utf8");
        if (written !== "old") expect(written.endsWith("\n"), "half an output").toBe(true);
      }
      expect(stopped).toBeGreaterThan(0);
    },
  );

  it("SIGKILL: what was there before is still there, and the next run writes", async () => {
    const out = join(folder, "out.jsonl");
    writeFileSync(out, "old");
    const child = spawn(process.execPath, [bin, "tag", "-q", "-o", out, lexicon, "-"], {
      env: { ...process.env, TMPDIR: tmp },
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.stdin.on("error", () => {});
    child.stdin.write(readFileSync(long));
    while (readdirSync(folder).length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGKILL");
    await once(child, "close");
    expect(readFileSync(out, "utf8")).toBe("old");
    expect(readdirSync(tmp)).toEqual([]);
    // the beginnings of an output that nobody could remove do not stand in anyone's way
    expect(sgMine(["tag", "-q", "-o", out, lexicon, fixture]).status).toBe(0);
    expect(readFileSync(out, "utf8").trim().split("\n").length).toBeGreaterThan(60);
  });
});

describe("a disk without room", () => {
  /** Runs with files limited to a kilobyte: a write beyond fails as on a full disk. */
  const cramped = (...args: string[]) =>
    spawnSync("bash", ["-c", `trap '' XFSZ; ulimit -f 1; exec "$0" "$@"`, process.execPath, bin, ...args], {
      encoding: "utf8",
      input: readFileSync(long),
      env: { ...process.env, TMPDIR: tmp },
    });

  it.each([
    [
      "the traces' tokens",
      3,
      ["-q", fixture],
      /^sg-mine: cannot write temporary files in .*; set TMPDIR to a folder with room\n$/,
    ],
    ["standard input, kept", 3, ["credit", "-q", lexicon], /^sg-mine: cannot keep standard input in .*; set TMPDIR/],
    [
      "the output",
      2,
      ["tag", "-q", "-o", "OUT", lexicon, fixture],
      /^sg-mine: cannot write .*out\.json: .*; name another file/,
    ],
  ])("%s", (_, status, args, message) => {
    const out = join(folder, "out.json");
    writeFileSync(out, "old");
    const run = cramped(...args.map((arg) => arg.replace("OUT", out)));
    expect(run).toMatchObject({ status, stdout: "", stderr: expect.stringMatching(message) });
    expect(readFileSync(out, "utf8")).toBe("old");
    expect(readdirSync(tmp)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(["out.json", "tmp"]);
  });

  it("a packed parquet file's copy", () => {
    const file = join(folder, "packed.parquet.gz");
    writeFileSync(file, gzipSync(readFileSync(join(root, "fixtures/parquet/dictionary-v1-plain.parquet"))));
    const run = cramped("-q", file);
    expect(run.status).toBe(3);
    expect(run.stderr).toMatch(/^sg-mine: .*packed\.parquet\.gz: cannot be copied into .*; set TMPDIR/);
    expect(readdirSync(tmp)).toEqual([]);
  });

  // root may write anywhere: the run is then somebody else's
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const works = spawnSync(process.execPath, [bin, "--version"], nobody).status === 0;
  it.runIf(works)("a folder that must not be written to", () => {
    const locked = join(folder, "locked");
    mkdirSync(locked);
    for (const open of [scratch, folder]) chmodSync(open, 0o755);
    chmodSync(locked, 0o555);
    for (const args of [
      ["-q", "-o", join(locked, "out.json"), fixture],
      ["-q", "--state", join(locked, "out.state"), fixture],
      ["tag", "-q", "-o", join(locked, "out.json"), lexicon, fixture],
    ]) {
      const run = spawnSync(process.execPath, [bin, ...args], { ...nobody, cwd: "/", encoding: "utf8" });
      expect(run.stderr).toMatch(/^sg-mine: cannot write .*: permission denied; name another file with -o\n$/);
      expect(run).toMatchObject({ status: 2, stdout: "" });
    }
    expect(readdirSync(locked)).toEqual([]);
  });
});

describe("a file that changes while it is read", () => {
  const lines = Array.from({ length: 4000 }, (_, i) =>
    JSON.stringify({ problem_id: `p${i}`, trace: "so ".repeat(300), correct: true }),
  );
  const text = `${lines.join("\n")}\n`;
  const whole = { problems: 4000, error: undefined };
  const forms: Record<string, () => Buffer> = {
    "traces.jsonl": () => Buffer.from(text),
    "traces.json": () => Buffer.from(`[${lines.join(",")}]`),
    "traces.jsonl.gz": () => gzipSync(text, { level: 0 }),
    "traces.csv": () =>
      Buffer.from(`problem_id,trace,correct\n${lines.map((_, i) => `p${i},${"so ".repeat(300)},true`).join("\n")}\n`),
  };

  /** Reads a file, and does something to it after the first batch. */
  async function reading(name: string, meddle: (file: string) => void) {
    const file = join(folder, name);
    writeFileSync(file, forms[name]());
    let problems = 0;
    let error: string | undefined;
    try {
      let first = true;
      for await (const batch of readSources([file], { blockBytes: 1 << 16 })) {
        problems += batch.kind === "lines" ? batch.bytes.filter((byte) => byte === 10).length : batch.records.length;
        if (first) meddle(file);
        first = false;
      }
    } catch (failure) {
      if ((failure as { exitCode?: number }).exitCode !== 3) throw failure;
      error = (failure as Error).message;
    }
    return { problems, error };
  }
  const changed = (name: string) =>
    `${join(folder, name)}: it was changed while it was read; wait until it is whole, or copy it`;

  it.each(Object.keys(forms))("%s: removed or replaced by another, it is read to its end", async (name) => {
    expect(await reading(name, (file) => rmSync(file))).toEqual(whole);
    const replace = (file: string) => {
      writeFileSync(`${file}.new`, "{}");
      renameSync(`${file}.new`, file);
    };
    expect(await reading(name, replace)).toEqual(whole);
  });

  it.each(Object.keys(forms))("%s: cut, grown or written over, it is an error", async (name) => {
    const ways = [
      (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2)),
      (file: string) => truncateSync(file, 0),
      (file: string) => appendFileSync(file, "x"),
      (file: string) => writeFileSync(file, readFileSync(file).reverse()),
    ];
    for (const way of ways) expect((await reading(name, way)).error).toBe(changed(name));
  });

  it("parquet: cut, it is an error; removed, it is read", async () => {
    const bytes = readFileSync(join(root, "fixtures/parquet/dictionary-v2-zstd.parquet"));
    for (const [name, meddle, error] of [
      ["a.parquet", (file: string) => truncateSync(file, 100), changed("a.parquet")],
      ["b.parquet", (file: string) => rmSync(file), undefined],
    ] as const) {
      forms[name] = () => bytes;
      expect((await reading(name, meddle)).error).toBe(error);
    }
  });

  it("between two readings: what is read twice must be the same", async () => {
    const file = join(folder, "twice.jsonl");
    writeFileSync(file, text);
    const seen = new Map<string, string>();
    const all = async () => {
      let count = 0;
      for await (const { traces } of readRecords([file], { seen }, () => {})) count += traces.length;
      return count;
    };
    expect(await all()).toBe(4000);
    expect(await all()).toBe(4000);
    writeFileSync(file, text.replace("p7", "q7"));
    utimesSync(file, 1, 1);
    await expect(all()).rejects.toThrow(`${file}: it was changed while it was read`);
  });

  it("a lexicon never comes from it: the command ends with 3 and leaves the output alone", async () => {
    const file = join(folder, "growing.jsonl");
    const out = join(folder, "out.json");
    writeFileSync(file, readFileSync(long));
    writeFileSync(out, "old");
    const child = spawn(process.execPath, [bin, "-q", "-o", out, file], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    // written to from before it is opened until it has been read
    const timer = setInterval(() => appendFileSync(file, `${graded[0]}\n`), 1);
    const [status] = await once(child, "close");
    clearInterval(timer);
    expect(stderr).toBe(`sg-mine: ${file}: it was changed while it was read; wait until it is whole, or copy it\n`);
    expect(status).toBe(3);
    expect(readFileSync(out, "utf8")).toBe("old");
  });
});

describe("a thread that dies", () => {
  const numbers = `[${Array.from({ length: 4e6 }, (_, i) => (i % 7) + 0.5).join(",")}]`;
  const heavy = `{"problem_id": "x", "trace": "a b", "correct": true, "x": ${numbers}}`;

  it("of too little memory: the run ends with 70, says so, and writes nothing", () => {
    const file = join(folder, "heavy.jsonl");
    const out = join(folder, "out.json");
    writeFileSync(file, `${graded.join("\n")}\n${heavy}\n${graded.join("\n")}\n`);
    const run = spawnSync(process.execPath, [bin, "-q", "--threads", "2", "-o", out, file], {
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "--max-old-space-size=64", TMPDIR: tmp },
    });
    expect(run.stderr).toBe(
      "sg-mine: a thread ran out of memory; give it more with NODE_OPTIONS=--max-old-space-size=MB\n",
    );
    expect(run.status).toBe(70);
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(tmp)).toEqual([]);
  });

  it("or fails over a batch is noticed: no batch is lost silently", async () => {
    const counter = createGramCounter({ traces: {}, maxN: 3, threads: 2, memory: 2 ** 24 });
    try {
      const take = async () => {
        for await (const batch of readSources(["-"], { stdin: Readable.from([Buffer.from(`${graded.join("\n")}\n`)]) }))
          await counter.take(batch);
      };
      await take();
      // no reader gives such a batch: a thread fails over it
      await counter.take({ kind: "records", file: "x", records: null as never, malformed: [] });
      await expect(
        (async () => {
          await take();
          await counter.finish();
        })(),
      ).rejects.toThrow(TypeError);
    } finally {
      await counter.close();
    }
  });
});

describe("standard input that ends in the middle of a line", () => {
  it("loses that line alone, and says so", () => {
    const text = readFileSync(fixture, "utf8").trimEnd();
    const { stdout, stderr, status } = sgMine([], { input: `${text}\n{"problem_id": "p", "trace": "and th` });
    expect(status).toBe(0);
    expect(stderr).toMatch(/skipped: stdin:\d+: not JSON: it ends too early/);
    const { entries, provenance } = JSON.parse(stdout);
    const before = JSON.parse(plain.stdout);
    expect(entries).toEqual(before.entries);
    expect(provenance.input.records).toBe(before.provenance.input.records + 1);
    expect(provenance.input.skipped.malformed).toBe(before.provenance.input.skipped.malformed + 1);
  });

  it("takes a last line without a line end", () => {
    expect(sgMine(["-q"], { input: readFileSync(fixture, "utf8").trimEnd() }).stdout).toBe(plain.stdout);
  });
});

describe("a clock that jumps", () => {
  it("changes no byte: neither years ahead, nor back, nor standing still", () => {
    for (const clock of ["4e12 + Math.random() * 1e12", "1e12 - 1e6 * ++globalThis.n", "0"]) {
      const code = `globalThis.n = 0; Date.now = () => ${clock}; const D = Date; globalThis.Date = class extends D { constructor(...a) { super(...(a.length ? a : [D.now()])); } static now() { return ${clock}; } };`;
      const run = spawnSync(process.execPath, [bin, "-q", fixture], {
        encoding: "utf8",
        env: {
          ...process.env,
          NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
          TZ: "Asia/Tokyo",
        },
      });
      expect(run.stderr).toBe("");
      expect(run.stdout).toBe(plain.stdout);
    }
  });
});

describe("--strict", () => {
  it("ends at the first bad record, with the input still open", async () => {
    const child = spawn(process.execPath, [bin, "--strict"], { stdio: ["pipe", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.stdin.on("error", () => {});
    const block = `${graded.join("\n")}\n`;
    const closed = once(child, "close");
    child.stdin.write(`${graded[0]}\n{broken\n`);
    // goes on for as long as anyone listens
    const timer = setInterval(() => child.stdin.write(block.repeat(50)), 5);
    const [status] = await closed;
    clearInterval(timer);
    expect(stderr).toBe("sg-mine: stdin:2: not JSON at character 2; without --strict such records are skipped\n");
    expect(status).toBe(3);
  });

  it("names the first one in the order of the input, whatever the threads", () => {
    const files = ["b10", "b9", "a"].map((name) => {
      const file = join(folder, `${name}.jsonl`);
      writeFileSync(file, `${graded.join("\n")}\n{"a": 1}\n${graded.join("\n")}\n{\n`);
      return file;
    });
    for (const threads of ["1", "3"])
      expect(sgMine(["--strict", "--threads", threads, ...files])).toEqual({
        status: 3,
        stdout: "",
        stderr: `sg-mine: ${files[0]}:${graded.length + 1}: no field holds a model's output (--text-field names it); without --strict such records are skipped\n`,
      });
  });
});
