import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root, sgMine } from "./spawn.js";

const lexicon = join(root, "fixtures/lexicon/lexicon.json");
const folder = mkdtempSync(join(tmpdir(), "dry-run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: string[], input = "") => sgMine(args, { input });
const lines = (records: unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");
function file(name: string, records: unknown[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines(records));
  return path;
}

const LONG = `Let me check this first. ${"And then the sum again. ".repeat(10)}`;

describe("--dry-run", () => {
  const mixed = file("mixed.jsonl", [
    { problem_id: "a", trace: LONG, correct: true, notes: "as it came" },
    { problem_id: "a", trace: "Wait, no.", correct: false },
    { question: "What is it?", response: "So it is 4.", score: 9 },
    { question: "What is that?" },
    "no record",
  ]);

  it("shows of each shape what would be taken, how much, two samples, and what else could have been meant", () => {
    const { status, stdout, stderr } = run(["--dry-run", mixed]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const [first = "", second = "", rest = ""] = stdout.split("\n\n");
    expect(first.split("\n")).toEqual([
      `file      ${mixed}`,
      "text      trace",
      "problem   problem_id (1 problems)",
      "success   correct",
      "traces    2: 1 succeeded, 1 failed, 0 unknown",
      expect.stringMatching(/^sample {4}Let me check this first\. And.{40,60}…$/),
      "sample    Wait, no.",
      "not taken notes",
    ]);
    expect(second).toContain("text      response\nproblem   question (1 problems)\nsuccess   score\n");
    expect(second).toContain('scale     1 times "score" is above 1: --success-threshold says from where on');
    expect(rest).toMatch(/skipped {3}1 \(20\.0 %\) malformed/);
    expect(rest).toMatch(/skipped {3}1 \(20\.0 %\) no-trace/);
    expect(rest).toContain("records   5\n");
  });

  it.each([
    ["tag", [lexicon, mixed]],
    ["credit", [lexicon, mixed]],
    ["dynamics", [lexicon, mixed]],
    ["mine", [mixed]],
  ])("of %s shows the same and does nothing else", (command, args) => {
    const output = join(folder, "out");
    const { status, stdout } = run([command, "--dry-run", ...args, "-o", output]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: run(["--dry-run", mixed]).stdout });
    expect(() => writeFileSync(output, "", { flag: "wx" })).not.toThrow();
    rmSync(output);
  });

  it("takes what options name, and reads standard input", () => {
    const records = [{ q: "a", scribbles: LONG, ok: "no" }];
    const named = ["--text-field", "scribbles", "--problem-field", "q", "--success-field", "ok"];
    const { status, stdout } = run(["--dry-run", ...named], lines(records));
    expect(status).toBe(0);
    expect(stdout).toContain(
      "text      scribbles\nproblem   q (1 problems)\nsuccess   ok\ntraces    1: 0 succeeded, 1 f",
    );
  });

  it("ends as a run would where there is nothing to take", () => {
    expect(run(["--dry-run"], lines([{ a: 1 }])).status).toBe(4);
    expect(run(["--dry-run"], lines(["x"])).status).toBe(3);
    expect(run(["--dry-run"], "").status).toBe(4);
    expect(run(["--dry-run", "--text-field", "tracee"], lines([{ trace: LONG }]))).toMatchObject({
      status: 4,
      stderr: expect.stringContaining("the nearest is trace"),
    });
  });
});

describe("--limit", () => {
  const many = file(
    "many.jsonl",
    Array.from({ length: 50 }, (_, i) => ({ problem_id: `p${i}`, trace: `Wait, ${i}.`, reward: i % 2, step: 1 })),
  );
  const more = file("more.json", [Array.from({ length: 50 }, (_, i) => ({ problem_id: `q${i}`, trace: "Now." }))]);

  it("reads so many records and no more, of all files together", () => {
    const { stdout } = run(["tag", "--limit", "7", many, more]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(7);
    expect(run(["tag", "--limit", "53", many, more]).stdout.trimEnd().split("\n")).toHaveLength(53);
    expect(run(["--dry-run", "--limit", "7", many]).stdout).toContain("records   7\n");
    expect(run(["credit", "--limit", "7", lexicon, many]).stdout.trimEnd().split("\n")).toHaveLength(7);
    expect(JSON.parse(run(["dynamics", "--limit", "7", lexicon, many]).stdout).runs[0].steps[0].traces).toBe(7);
  });

  it("is a count", () => {
    expect(run(["--limit", "0", many]).status).toBe(2);
    expect(run(["--limit", "some", many]).status).toBe(2);
  });
});

describe("a score on a scale that nobody names", () => {
  const rated = file(
    "rated.jsonl",
    [9, 2, 1, 10].map((grade, i) => ({ problem_id: `p${i % 2}`, trace: `Wait, ${i}.`, acc: grade, step: 1 })),
  );

  it.each([[["mine"]], [["dynamics", lexicon]], [["credit", lexicon]]])("is refused by %j", (command) => {
    const { status, stderr } = run([...command, rated]);
    expect({ status, stderr }).toEqual({ status: 4, stderr: expect.stringContaining("--success-threshold") });
    expect(stderr).toContain('"acc" is above 1');
  });

  it("is a verdict where a threshold is given", () => {
    const { status, stdout } = run(["dynamics", "--success-threshold", "5", lexicon, rated]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).runs[0].steps[0].accuracy.value).toBe(0.5);
    const credited = run(["credit", "--success-threshold", "5", lexicon, rated]).stdout.trimEnd().split("\n");
    expect(credited.map((line) => JSON.parse(line).reward)).toEqual([1, 0, 0, 1]);
  });

  it("is a reward as it is, and tagging asks for none", () => {
    const rewarded = file("rewarded.jsonl", [{ problem_id: "p", trace: "Wait.", reward: 7 }]);
    const { status, stdout } = run(["credit", lexicon, rewarded]);
    expect({ status, reward: JSON.parse(stdout).reward }).toEqual({ status: 0, reward: 7 });
    expect(run(["tag", rated]).status).toBe(0);
  });
});
