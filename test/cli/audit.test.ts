import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const traces = join(root, "fixtures/traces.jsonl");
const folder = mkdtempSync(join(tmpdir(), "audit-"));
const temporary = mkdtempSync(join(tmpdir(), "audit-tmp-"));
const grams = join(folder, "grams.json");
const run = (args: string[], input = "") =>
  spawnSync("node", [join(root, "bin/sg-mine.js"), ...args], {
    encoding: "utf8",
    input,
    env: { ...process.env, NO_COLOR: "1", TMPDIR: temporary },
  });
const audit = (...args: string[]) => run(["audit", "-q", ...args]);

beforeAll(() => {
  expect(run(["-q", "-o", grams, traces]).status).toBe(0);
});

describe("sg-mine audit", () => {
  it("prints every measure, writes the placebo, and fails below a bound", () => {
    const placebo = join(folder, "placebo.json");
    const { status, stdout, stderr } = audit("--resamples", "4", "--placebo", placebo, grams, traces);
    expect([status, stderr]).toEqual([0, ""]);
    for (const part of [
      "mined again from them: Jaccard 1.000",
      "stability, 4 resamples",
      "other options",
      "held-out",
      "dropped",
      "placebo",
    ])
      expect(stdout).toContain(part);
    expect(JSON.parse(readFileSync(placebo, "utf8")).length).toBeGreaterThan(10);
    expect(run(["tag", "-q", placebo, traces]).status).toBe(0);

    const failed = audit("--resamples", "4", "--fail-below", "1", grams, traces);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/stability 0\.\d+ is below --fail-below 1/);
  });

  it("gives the same from standard input, and leaves nothing behind", () => {
    const args = ["--resamples", "3", "--format", "json"];
    const there = audit(...args, "--threads", "1", grams, traces).stdout;
    expect(run(["audit", "-q", ...args, grams], readFileSync(traces, "utf8")).stdout).toBe(there);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("draws a sheet and reads it back labelled", () => {
    const sheet = join(folder, "sheet.csv");
    expect(audit("--sheet", sheet, "--rows", "12", grams, traces)).toMatchObject({ status: 0, stdout: "" });
    const lines = readFileSync(sheet, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(13);
    expect(audit("--labels", sheet, "--", grams)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("no row has a label"),
    });
    const labelled = (name: string, verdict: (i: number) => string) => {
      // label and comment are the last two columns
      const rows = lines.slice(1).map((line, i) => line.replace(/,,$/, `,${verdict(i)},`));
      writeFileSync(join(folder, name), `${[lines[0], ...rows].join("\n")}\n`);
      return join(folder, name);
    };
    const ann = labelled("ann.csv", () => "1");
    const bob = labelled("bob.csv", (i) => (i < 3 ? "no" : "yes"));
    expect(audit("--labels", bob, "--", grams).stdout).toMatch(
      /^9 of 12 planning: precision 0\.750 \(95 %: 0\.468 to 0\.911\)/,
    );
    const both = audit("--labels", ann, bob, "--fail-below", "0.5", "--", grams);
    expect(both.status).toBe(0);
    expect(both.stdout).toContain("3 ties count as half");
    expect(both.stdout).toContain("12 rows, agreement 75.0 %, Cohen's kappa 0.000");
    expect(audit("--labels", bob, "--fail-below", "0.9", "--", grams).status).toBe(1);
  });

  it("measures a lexicon of the paper's recipe as far as it can, and says so", () => {
    const paper = join(folder, "paper.json");
    expect(run(["-q", "--preset", "paper", "-o", paper, traces]).status).toBe(0);
    const { status, stdout } = audit(paper, traces);
    expect(status).toBe(0);
    expect(stdout).toContain("measured for the default preset only");
    expect(stdout).toContain("placebo");
  });

  it("refuses traces without the lexicon's grams, and options that do not go together", () => {
    const other = join(folder, "other.jsonl");
    writeFileSync(
      other,
      '{"problem_id":"a","trace":"Nothing here.","correct":true}\n{"problem_id":"b","trace":"Nor there.","correct":true}\n',
    );
    expect(audit(grams, other)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("none of the lexicon's grams"),
    });
    expect(audit("--labels", "x.csv", "--sheet", "y.csv", "--", grams).status).toBe(2);
  });

  const plans = [
    "Wait, let me check that again.",
    "Alternatively, maybe there is another way.",
    "First, I need to count.",
  ];
  const ponds = (record: (line: Record<string, unknown>, right: boolean) => Record<string, unknown> = (line) => line) =>
    Array.from({ length: 120 }, (_, i) => {
      const right = i % 4 < 2;
      const text = `${right ? plans[i % 3] : "The ducks are green."} There are ${i} ducks and 7 swans. Together these are ${i + 7} birds.`;
      return JSON.stringify(
        record({ problem_id: `pond ${i >> 2}`, trace: text, correct: right, model: `m${i % 2}` }, right),
      );
    }).join("\n");

  it("compares right and wrong attempts, from any traces and whatever the order, with a list of grams", () => {
    const file = join(folder, "ponds.jsonl");
    writeFileSync(file, ponds());
    const list = join(folder, "list.txt");
    writeFileSync(list, "let me check\nthere is another way\n");
    const { status, stdout, stderr } = audit("--success", grams, file);
    expect([status, stderr]).toEqual([0, ""]);
    for (const part of [
      "120 graded attempts (60 right) at 30 problems",
      "30 problems have both outcomes: 120 attempts, 120 pairs within problem",
      "✓ Planning tells right from wrong",
      "✓ Share of words that plan",
      "keyword lists compared with",
      "placebo",
    ])
      expect(stdout).toContain(part);
    const json = (...args: string[]) => {
      const { stdout, status } = audit("--success", "--format", "json", ...args);
      expect(status).toBe(0);
      return JSON.parse(stdout);
    };
    const all = json(grams, file);
    expect(all).toMatchObject({ format: "sg-success/1", models: expect.anything(), findings: expect.anything() });
    expect(all.features.share.raw.low).toBeGreaterThan(0);
    const turned = join(folder, "turned.jsonl");
    writeFileSync(turned, ponds().split("\n").reverse().join("\n"));
    expect(json("--threads", "1", grams, turned)).toEqual(all);
    const within = json("--within", "model", list, file);
    expect(within.compared).toMatchObject({ within: ["problem", "model"], groups: 60, problems: 30, pairs: 60 });
    const piped = run(["audit", "-q", "--success", "--format", "json", grams], ponds());
    expect(JSON.parse(piped.stdout)).toEqual(all);
    expect(readdirSync(temporary)).toEqual([]);
    expect(audit("--success", "--fail-below", "0.9", grams, file).status).toBe(0);
    const below = join(folder, "below.jsonl");
    writeFileSync(
      below,
      ponds((line) => ({ ...line, trace: String(line.trace).replace(/^[^.]*\. /, "") })),
    );
    expect(audit("--success", "--fail-below", "0.9", grams, below)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/planning's AUC 0\.\d+ is below --fail-below 0\.9/),
      stdout: expect.stringContaining("– No evidence that planning tells right from wrong"),
    });
  });

  it("says what --success lacks", () => {
    const file = join(folder, "ponds.jsonl");
    writeFileSync(file, ponds());
    const mute = join(folder, "mute.jsonl");
    writeFileSync(
      mute,
      ponds(({ correct: _, ...line }) => line),
    );
    expect(audit("--success", grams, mute)).toMatchObject({
      status: 4,
      stderr: expect.stringContaining("none of the 120 attempts says whether it succeeded"),
    });
    expect(audit("--success", "--within", "modell", grams, file)).toMatchObject({
      status: 4,
      stderr: expect.stringContaining("--within modell: in none of the 120 records"),
    });
    const several = "attempts of several models are compared with each other; --within model";
    expect(run(["audit", "--success", grams, file]).stderr).toContain(several);
    expect(run(["audit", "--success", "--within", "model", grams, file]).stderr).not.toContain(several);
    expect(audit("--within", "model", grams, file).status).toBe(2);
    expect(audit("--success", "--labels", "x.csv", "--", grams).status).toBe(2);
    const onlyRight = join(folder, "right.jsonl");
    writeFileSync(
      onlyRight,
      ponds((line) => ({ ...line, correct: true })),
    );
    expect(audit("--success", grams, onlyRight)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("No problem has right and wrong attempts both"),
    });
  });
});
