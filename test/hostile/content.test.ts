/** What files can hold to do harm: bombs, endless lines, traps for patterns, names that lead elsewhere, code. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { beforeEach, describe, expect, it } from "vitest";
import { readSheet, writeSheet } from "../../src/audit/sheet.js";
import { createMatcher } from "../../src/lexicon/match.js";
import { createWords, scan } from "../../src/text/words.js";
import { openBytes } from "../../src/traces/files/bytes.js";
import { columnRecords } from "../../src/traces/files/columns.js";
import { tracesOf } from "../../src/traces/shapes/record.js";
import { outputText } from "../../src/traces/shapes/text.js";
import { readSources } from "../../src/traces/source.js";
import { root, sgMine } from "../cli/spawn.js";
import { bin, fixture, lexicon, plain, scratch } from "./setup.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(scratch, "test-"));
});
function file(name: string, data: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, data);
  return path;
}

describe("bombs", () => {
  /** A gigabyte and more of blank lines in 1.1 MB: gzip members stand one after the other. */
  const member = gzipSync(Buffer.from(`${" ".repeat(2 ** 24 - 1)}\n`));
  const bomb = Buffer.concat(Array.from({ length: 70 }, () => member));

  it("a packed file that expands a thousandfold beyond a gigabyte is refused", () => {
    const path = file("bomb.jsonl.gz", bomb);
    expect(sgMine(["-q", path])).toEqual({
      status: 3,
      stdout: "",
      stderr: `sg-mine: ${path}: unpacks to more than 300 times its size, as no traces do; --max-expansion allows more\n`,
    });
  });

  it("or read when that is allowed, in bounded memory", async () => {
    const path = file("bomb.jsonl.gz", bomb);
    let bytes = 0;
    let peak = 0;
    const before = process.memoryUsage().arrayBuffers;
    for await (const batch of readSources([path], { maxExpansion: 2000 })) {
      if (batch.kind === "lines") bytes += batch.bytes.length;
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    expect(bytes).toBe(70 * 2 ** 24);
    expect(peak).toBeLessThan(200e6);
  });

  it("a parquet file whose few texts are a gigabyte's worth is refused, in bounded memory", async () => {
    const text = "so ".repeat(1e6);
    const data = parquetWriteBuffer({
      columnData: [
        { name: "trace", data: Array.from({ length: 400 }, () => text) },
        { name: "problem_id", data: Array.from({ length: 400 }, (_, i) => `p${i}`) },
      ],
    });
    expect(data.byteLength).toBeLessThan(1e6);
    const path = file("bomb.parquet", new Uint8Array(data));
    let rows = 0;
    await expect(
      (async () => {
        for await (const batch of readSources([path])) rows += batch.kind === "records" ? batch.records.length : 0;
      })(),
    ).rejects.toThrow(`${path}: its texts are more than 300 times its size, as no traces' are`);
    expect(rows).toBeGreaterThan(300);
  });

  it("a parquet file that holds its decoder up for ever is given up", async () => {
    // a footer that is one whole number of a million bytes, which takes quadratic time to read
    const path = file("slow.parquet", Buffer.alloc(6e6, 255));
    const bytes = readFileSync(path);
    bytes.write("PAR1", 0);
    // struct field 3, a 64-bit number without an end
    bytes[8] = 0x36;
    bytes.writeUInt32LE(bytes.length - 16, bytes.length - 8);
    bytes.write("PAR1", bytes.length - 4);
    writeFileSync(path, bytes);
    const source = openBytes(path, {});
    const read = async () => {
      for await (const _ of columnRecords("parquet", path, source, { maxExpansion: 300, patience: 2 }));
    };
    await expect(read()).rejects.toThrow(
      `${path}: broken parquet (its decoding comes to no end); write the file again`,
    );
    await source.close();
    // and the next file finds a decoder
    let rows = 0;
    for await (const batch of readSources([join(root, "fixtures/parquet/delta-v1-gzip.parquet")]))
      rows += batch.kind === "records" ? batch.records.length : 0;
    expect(rows).toBe(24);
  });

  it("a line of a gigabyte is passed over, said and counted", async () => {
    const child = spawn(process.execPath, [bin], { stdio: ["pipe", "pipe", "pipe"] });
    let stderr = "";
    let stdout = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    const text = readFileSync(fixture, "utf8");
    const piece = Buffer.alloc(2 ** 24, "a");
    const input = async function* () {
      const [first, rest] = [text.slice(0, text.indexOf("\n") + 1), text.slice(text.indexOf("\n") + 1)];
      yield Buffer.from(`${first}{"problem_id": "x", "trace": "`);
      for (let i = 0; i < 64; i++) yield piece;
      yield Buffer.from(`"}\n${rest}`);
    };
    Readable.from(input()).pipe(child.stdin);
    const [status] = await once(child, "close");
    expect(status).toBe(0);
    expect(stderr).toContain("skipped: stdin: line 2: longer than 536870888 bytes\n");
    const { entries, provenance } = JSON.parse(stdout);
    const before = JSON.parse(plain.stdout);
    expect(entries).toEqual(before.entries);
    expect(provenance.input.skipped.malformed).toBe(before.provenance.input.skipped.malformed + 1);
  });

  it("a record of a million keys, and values nested a hundred thousand deep in every field", () => {
    const wide = `{"problem_id": "w", "correct": true, "trace": "7 7"${Array.from({ length: 1e6 }, (_, i) => `,"k${i}":${i}`).join("")}}`;
    const nested = (open: string, close: string) => open.repeat(1e5) + close.repeat(1e5);
    const deep = ["trace", "messages", "prompt", "correct", "problem_id", "token_ids", "reward"].map(
      (name) => `{"problem_id": "d", "correct": true, "trace": "7 7", "${name}": ${nested("[", "]")}}`,
    );
    for (const name of ["scores", "info", "messages"])
      deep.push(
        `{"problem_id": "d", "correct": true, "trace": "7 7", "${name}": ${nested('{"a":', "}").replace('{"a":}', "{}")}}`,
      );
    // a cell that spells such a list
    deep.push(`{"problem_id": "d", "correct": "${nested("[", "]")}", "trace": "7 7"}`);
    deep.push(`{"trace": ${nested('{"content":', "}").replace('{"content":}', "{}")}}`);
    const path = file("big.jsonl", `${[wide, ...deep].join("\n")}\n${readFileSync(fixture, "utf8")}`);
    const { status, stdout } = sgMine(["-q", path]);
    expect(status).toBe(0);
    const { entries, provenance } = JSON.parse(stdout);
    expect(entries).toEqual(JSON.parse(plain.stdout).entries);
    const { records, successful, skipped } = provenance.input;
    expect(records).toBe(75 + 1 + deep.length);
    expect(records).toBe(successful + Object.values<number>(skipped).reduce((sum, count) => sum + count, 0));

    // the same as one document: one problem at the most
    for (const [i, record] of deep.entries()) {
      const { status, stderr } = sgMine([file(`deep-${i}.json`, record)]);
      expect([status, stderr]).toEqual([expect.toBeOneOf([3, 4]), expect.not.stringContaining("internal error")]);
    }
  });
});

describe("traps for patterns", () => {
  const pieces =
    "a|I|x|wait|é|让我们|𠮷|🙂|\ud800|\u0000|,|.|!|'|-| - |—|(|[|{|\"|*|_|__|a_b|=|/|<|<b |</b>|<|im_start\\|>|\\|\\n|\\frac|\\(|\\)|\\[|$|$$|$x|`|```|3|1,|f(|http://|m.n|\n|\t| |  |#".split(
      "|",
    );
  const traps = [
    ...pieces
      .flatMap((a) => [a, ...pieces.slice(0, 8).map((b) => a + b)])
      .map((piece) => piece.repeat(3e4).slice(0, 3e4)),
    `\`\`\`json {${" ".repeat(2e5)}x`,
    `{"reasoning": "${"\\x".repeat(1e5)}`,
    `${"<s> ".repeat(1e5)}x`,
    `${" ".repeat(2e5)}<|im_start|`,
    `[${" ".repeat(2e5)}x`,
    `<tool_response>${"<|im_start|>assistant\n".repeat(2e4)}`,
    `<tool_response>${"\nuser\n".repeat(5e4)}`,
  ];

  it("no text takes more than time in proportion to its length", () => {
    const words = createWords();
    const matcher = createMatcher([{ gram: "wait", spellings: ["wait", "a a a a", "x"] }]);
    for (const trap of traps) {
      const began = process.hrtime.bigint();
      scan(trap, words);
      outputText(trap, ["a prompt of more than sixteen letters"]);
      matcher.find(trap);
      tracesOf(
        { id: trap, trace: trap, problem: trap, correct: trap, [trap]: trap, step: trap },
        { all: true },
        { file: "x" },
      );
      const seconds = Number(process.hrtime.bigint() - began) / 1e9;
      // some milliseconds as a rule; what is quadratic takes minutes
      expect(seconds, JSON.stringify(trap.slice(0, 40))).toBeLessThan(20);
    }
  });
});

describe("escape sequences and markup", () => {
  const escapes = "\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e";
  const markup = `<script>document.title="owned"</script><img src=x onerror=1>${escapes}`;

  it("reach no terminal and no page raw", () => {
    const text = `Wait, let me double-check. ${markup} But wait, that is not right.`;
    const records = Array.from({ length: 12 }, (_, i) =>
      JSON.stringify({ problem_id: `p${i % 4}${markup}`, trace: text, correct: i % 2 === 0, step: i, [markup]: 1 }),
    );
    const bad = [`{"${escapes}`, JSON.stringify({ [escapes]: 1 }), JSON.stringify([escapes])];
    const path = file(`step_1 ${escapes.replaceAll("/", "")}.jsonl`, [...records, ...bad].join("\n"));
    const list = file("list.json", JSON.stringify(["let me double-check", `wait ${markup}`, `${escapes}wait`]));
    const page = join(folder, "page.html");
    const runs = [
      ["--all", "--min-problems", "2", path],
      ["--strict", "--all", path],
      ["tag", "--html", page, list, path],
      ["credit", list, path],
      ["dynamics", "--html", join(folder, "report.html"), list, path],
      ["diff", "--all", list, lexicon],
      ["diff", "--format", "markdown", list, lexicon],
      ["explain", lexicon, `wait ${escapes}`],
      ["tag", lexicon, `${escapes}.jsonl`],
      ["tag", `${escapes}.json`, path],
      ["--model", `./${escapes}`, path],
    ];
    for (const args of runs) {
      const { stderr, stdout } = sgMine(args);
      const shown = `${stderr}${/^(diff|explain)$/.test(args[0]) ? stdout : ""}`;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to look for
      expect(shown, args.join(" ")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(stderr, args.join(" ")).not.toMatch(/\n\s+at /);
    }
    for (const html of [page, join(folder, "report.html")]) {
      const written = readFileSync(html, "utf8");
      expect(written).not.toContain("<script>document");
      expect(written).not.toContain("<img");
    }
  });

  it("formulas in a sheet are text, and come back as they were", async () => {
    const grams = ["=1+1", "+1", "-1", "@sum", "\tx", "'quoted", "'=x", "plain"];
    const rows = grams.map((gram, i) => ({
      id: `${i}`,
      gram,
      function: "",
      weight: "",
      before: '=HYPERLINK("http://x")',
      occurrence: gram,
      after: "@x",
      place: "=x",
      label: "1",
      comment: "",
    }));
    const csv = await writeSheet(rows);
    for (const line of csv.trim().split("\n"))
      for (const cell of line.split(",")) expect(cell).not.toMatch(/^"?[=+\-@\t]/);
    expect((await readSheet(file("sheet.csv", csv))).rows.map(({ gram }) => gram)).toEqual(grams);
  });
});

describe("names that lead elsewhere", () => {
  it("--model and --tokenizer take folders that are there, or names of the hub", () => {
    const offline = { ...process.env, HF_HUB_OFFLINE: "1", HOME: folder };
    for (const name of ["../../etc", "/etc/passwd", "a/../../b", "..", "file:///etc", "https://x/y", "a/.."]) {
      for (const args of [
        ["-q", "--model", name, "--cache", join(folder, "cache"), fixture],
        ["tag", "-q", "--tokenizer", name, lexicon, fixture],
      ]) {
        const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
          cwd: folder,
          encoding: "utf8",
          env: offline,
        });
        expect({ status, stdout }, `${args.join(" ")}\n${stderr}`).toEqual({ status: 3, stdout: "" });
        expect(stderr).not.toMatch(/\n\s+at /);
      }
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it("records and files cannot name other files: fields of theirs are text", () => {
    const input = readFileSync(fixture, "utf8").replaceAll(
      '"problem_id": "',
      '"file": "/etc/passwd", "path": "../../x", "problem_id": "../',
    );
    expect(sgMine(["-q"], { input }).status).toBe(0);
  });
});

describe("a model directory", () => {
  it("is data: nothing in it is run, and nothing is asked of a network", () => {
    const model = join(folder, "model");
    const mark = join(folder, "ran");
    cpSync(join(root, "models/phrase-encoder"), model, { recursive: true });
    const code = `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "")`;
    for (const name of [
      "index.js",
      "index.cjs",
      "model.js",
      "tokenizer.js",
      "modeling.py",
      "onnx/index.js",
      "setup.py",
    ])
      writeFileSync(join(model, name), code);
    mkdirSync(join(model, "node_modules/onnxruntime-node"), { recursive: true });
    writeFileSync(join(model, "node_modules/onnxruntime-node/index.js"), code);
    writeFileSync(
      join(model, "package.json"),
      JSON.stringify({ main: "index.js", scripts: { preinstall: `touch ${mark}`, postinstall: `touch ${mark}` } }),
    );
    writeFileSync(join(model, "SHA256SUMS"), "");
    const config = JSON.parse(readFileSync(join(model, "config.json"), "utf8"));
    config.auto_map = { AutoModel: "modeling.Evil", AutoTokenizer: ["tokenizer.js", null] };
    config.custom_code = "index.js";
    writeFileSync(join(model, "config.json"), JSON.stringify(config));
    // any connection leaves a mark too
    const watch = `import net from "node:net"; import fs from "node:fs"; import dns from "node:dns"; const mark = () => { fs.writeFileSync(${JSON.stringify(mark)}, "network"); throw new Error("network"); }; net.Socket.prototype.connect = mark; dns.lookup = mark; globalThis.fetch = mark;`;
    const run = spawnSync(process.execPath, [bin, "-q", "--model", model, fixture], {
      cwd: model,
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(watch)}` },
    });
    expect(run.stderr).toBe("");
    expect(run.status).toBe(0);
    expect(JSON.parse(run.stdout).entries).toEqual(JSON.parse(plain.stdout).entries);
    expect(existsSync(mark)).toBe(false);
  });
});
