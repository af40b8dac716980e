import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/main.js";
import { readFullLexicon } from "../../src/lexicon/read.js";
import { firstExamples } from "../../src/report/examples.js";
import { lexiconTable, ROWS } from "../../src/report/table.js";
import { runRecords } from "../dynamics/run.js";
import { root, sgMine } from "./spawn.js";

const lexicon = await readFullLexicon(join(root, "fixtures/lexicon/lexicon.json"));
const fixture = join(root, "fixtures/lexicon/lexicon.json");

describe("the table", () => {
  it("fits any terminal, and is plain without colours", () => {
    const wide = structuredClone(lexicon);
    wide.entries[0].gram = "让我们再检查一下".repeat(6);
    wide.entries[1].gram = "\u001b[31mred";
    const examples = wide.entries.map(() => "Wait, let me check this again, for it may be wrong. ".repeat(5));
    for (const width of [20, 39, 60, 80, 120, 200]) {
      const text = lexiconTable(wide, { width, color: false, examples });
      for (const line of text.split("\n")) expect(stringWidth(line), `${width}: ${line}`).toBeLessThanOrEqual(width);
      expect(text).not.toContain("\u001b");
      expect(text).toContain("gram");
    }
    const text = lexiconTable(wide, { width: 120, color: false, examples });
    for (const word of ["function", "weight", "problems", "example", "Wait, let me check"])
      expect(text).toContain(word);
    expect(text.split("\n").filter((line) => /0\.\d\d|1\.00/.test(line)).length).toBe(ROWS);
    expect(lexiconTable(lexicon, { width: 80, color: true })).toContain("\u001b[");
  });

  it("shows where entries stand and what they cover of the first traces", async () => {
    async function* traces() {
      for (const text of ["So 3 + 4 = 7. Wait, let me check\nthat sum.", "Done.", "not read"])
        yield { trace: { text } };
    }
    const { examples, coverage } = await firstExamples(lexicon, traces(), 5, 2);
    expect(examples[lexicon.grams.indexOf("wait, let me check")]).toBe("Wait, let me check");
    expect(coverage).toMatchObject({ traces: 2, covered: 1 });
    expect(coverage.planning).toBeGreaterThanOrEqual(4);
    expect(coverage.words).toBeGreaterThan(coverage.planning);
  });
});

describe("formats of mine", () => {
  it("are the same entries", () => {
    const traces = join(root, "fixtures/traces.jsonl");
    const out = (format: string) => {
      const { status, stdout, stderr } = sgMine(["-q", "--max-entries", "5", "--format", format, traces]);
      expect([status, stderr]).toEqual([0, ""]);
      return stdout;
    };
    const list: string[] = JSON.parse(out("list"));
    expect(list.length).toBe(5);
    expect(JSON.parse(out("json")).grams).toEqual(list);
    const lines = out("jsonl").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).gram)).toEqual(list);
    expect(out("csv").trimEnd().split("\n").length).toBe(6);
    const table = out("table");
    for (const gram of list) expect(table).toContain(gram);
  });
});

/** As on a terminal of 80 columns, where the machine has `script`. */
const hasScript = spawnSync("script", ["--version"]).status === 0;
describe.skipIf(!hasScript)("on a terminal", () => {
  const terminal = (line: string, env: Record<string, string> = {}) =>
    spawnSync("script", ["-qec", `stty cols 80; ${line}`, "/dev/null"], {
      encoding: "utf8",
      cwd: mkdtempSync(join(tmpdir(), "terminal-")),
      env: { ...process.env, TERM: "xterm", NO_COLOR: "", ...env },
    });
  const bin = `"${process.execPath}" "${join(root, "bin/sg-mine.js")}"`;
  const traces = join(root, "fixtures/traces.jsonl");

  it("gives a table, the lexicon with -o, and no colours where none are wanted", () => {
    const { stdout, status } = terminal(`${bin} -q ${traces}`);
    expect(status).toBe(0);
    expect(stdout).toMatch(/gram.*function.*weight/);
    expect(stdout).toContain("\u001b[1m");
    expect(terminal(`${bin} -q ${traces}`, { NO_COLOR: "1" }).stdout).not.toContain("\u001b[");
    expect(terminal(`${bin} -q -o l.json ${traces} && cat l.json`).stdout).toContain('"format": "sg-lexicon/1"');
  });

  it("shows the time left of what takes long", () => {
    const { stdout, status } = terminal(`${bin} audit ${fixture} ${traces} --resamples 2000 -o audit.txt`);
    expect(status, stdout).toBe(0);
    expect(stdout).toMatch(/█+░+ \d+ % [a-z ]+, \d+ s left/);
  });

  it("shows nothing of the data beside a page, and says in one way what was passed over", () => {
    const steps = join(mkdtempSync(join(tmpdir(), "steps-")), "steps.jsonl");
    writeFileSync(
      steps,
      `{\n${runRecords({ steps: 6, problems: 3 })
        .map((one) => JSON.stringify(one))
        .join("\n")}\n`,
    );
    for (const command of ["tag", `dynamics ${fixture}`]) {
      const { stdout, status } = terminal(`${bin} ${command} ${steps} --html page.html`);
      expect(status, stdout).toBe(0);
      expect(stdout).toMatch(/skipped: \S+steps\.jsonl:1: not JSON: it ends too early\r$/m);
      expect(stdout).not.toContain("{");
    }
  });

  it("refuses to wait for what nobody types, in every command that reads files", () => {
    for (const command of [
      "mine",
      `tag ${fixture}`,
      `credit ${fixture}`,
      `dynamics ${fixture}`,
      "count -o x.parquet",
    ]) {
      const { status, stdout } = terminal(`${bin} ${command}`);
      expect([status, stdout], command).toEqual([
        2,
        expect.stringMatching(/no FILE, and standard input is a terminal/),
      ]);
    }
  });
});

describe("help", () => {
  it("says what FILE is, gives three examples and the options of mine", () => {
    const { status, stdout } = sgMine(["--help"]);
    expect(status).toBe(0);
    for (const text of ["[FILE...]", ".jsonl", "Examples:", "--problem-field", "--config"])
      expect(stdout).toContain(text);
    for (const command of createProgram().commands) {
      expect(sgMine(["help", command.name()]).stdout).toContain(`Usage: sg-mine ${command.name()}`);
    }
    expect(sgMine(["-v"]).stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("is named by errors, with what may have been meant", () => {
    const error = (...args: string[]) => {
      const { status, stderr } = sgMine(args);
      expect(status, args.join(" ")).toBe(2);
      return stderr;
    };
    expect(error("expain", "x")).toMatch(/unknown command 'expain'\n\(Did you mean explain\?\)/);
    expect(error("-q", "show", fixture)).toMatch(/no file show; the command comes first: sg-mine show/);
    expect(error("help", "nope")).toMatch(/unknown command 'nope'/);
    expect(error("tag", "--tokenzer", "x")).toMatch(
      /Did you mean --tokenizer\?\)\n\(sg-mine help tag lists its options\)/,
    );
    expect(error("diff", "--fail-above", "2", "a", "b")).toMatch(/sg-mine help diff/);
    expect(error("dynamics", fixture, "--seed", "1.5", "x")).toMatch(/Expected a whole number from 0\./);
  });
});

describe("a FILE that is elsewhere", () => {
  it.each([
    ["https://huggingface.co/datasets/a/b/resolve/main/x.jsonl", /hf download a\/b --repo-type dataset/],
    ["hf://datasets/open-r1/OpenR1-Math-220k@main/data/x.parquet", /hf download open-r1\/OpenR1-Math-220k --repo-type/],
    ["owner/name", /if it is a dataset of the hub: hf download owner\/name/],
    ["https://example.org/x.jsonl", /curl -fLO https:\/\/example\.org\/x\.jsonl/],
    ["s3://bucket/x.jsonl", /not a file of this machine; copy it here/],
  ])("%s says how to get it", (name, message) => {
    const { status, stdout, stderr } = sgMine([name]);
    expect([status, stdout, stderr]).toEqual([3, "", expect.stringMatching(message)]);
  });
});
