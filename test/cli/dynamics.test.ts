import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadTokenizer } from "../../src/tokenizer/tokenizer.js";
import { lexicon, runRecords } from "../dynamics/run.js";

const root = join(import.meta.dirname, "../..");
const records = runRecords({ steps: 9, problems: 6 });
const lines = (some: object[]) => some.map((one) => `${JSON.stringify(one)}\n`).join("");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sg-mine-dynamics-"));
  await writeFile(join(folder, "lexicon.json"), JSON.stringify(lexicon));
  await writeFile(join(folder, "run.jsonl"), lines(records));
  for (const step of [10, 20, 30]) {
    const own = records.filter((record) => record.step === step).map(({ step: _, ...rest }) => rest);
    await writeFile(join(folder, `${step}.jsonl.gz`), gzipSync(lines(own)));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function dynamics(args: string[], input = "") {
  const { status, stdout, stderr } = spawnSync("node", [join(root, "bin/sg-mine.js"), "dynamics", ...args], {
    input,
    encoding: "utf8",
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1" },
    maxBuffer: 1 << 26,
  });
  return { status, stdout, stderr };
}

describe("sg-mine dynamics", () => {
  it("writes JSON alone to standard output, the summary to standard error", () => {
    const { status, stdout, stderr } = dynamics(["lexicon.json", "run.jsonl"]);
    expect(stderr).toMatch(/^fields: .*\nrun: 9 steps, 54 traces of 6 problems\n$/);
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.format).toBe("sg-dynamics/1");
    expect(result.runs[0].steps).toHaveLength(9);
  });

  it("goes by context, and by the lexicon's grams when asked", () => {
    const one = JSON.parse(dynamics(["lexicon.json", "run.jsonl", "-q"]).stdout);
    const other = JSON.parse(dynamics(["lexicon.json", "run.jsonl", "-q", "--by", "grams"]).stdout);
    expect([one.method.by, other.method.by]).toEqual(["context", "grams"]);
    // all that the lexicon covers of what plans, step by step, and what `tag` says of the whole run
    const tagged = spawnSync(
      "node",
      [join(root, "bin/sg-mine.js"), "tag", "lexicon.json", "run.jsonl", "-o", "tags.jsonl"],
      {
        encoding: "utf8",
        cwd: folder,
      },
    );
    const said = /cover ([\d.]+) % of (\d+) planning words/.exec(tagged.stderr)!;
    const sum = (of: (step: { traces: number } & Record<string, { value: number }>) => number) =>
      one.runs[0].steps.reduce((total: number, step: never) => total + of(step), 0);
    const planning = sum(({ traces, words, planningRatio }) => traces * words.value * planningRatio.value);
    const covered = sum(
      ({ traces, words, planningRatio, lexiconCoverage }) =>
        traces * words.value * planningRatio.value * lexiconCoverage.value,
    );
    expect(Math.round(planning)).toBe(Number(said[2]));
    expect((100 * covered) / planning).toBeCloseTo(Number(said[1]), 0);
    expect(other.runs[0].steps.every((step: { lexiconCoverage: unknown }) => step.lexiconCoverage === null)).toBe(true);
  });

  it("gives the same bytes from a file, a pipe and files named by their step", () => {
    const some = lines(records.filter(({ step }) => step <= 30));
    const piped = dynamics(["lexicon.json", "-q"], some);
    const reversed = dynamics(["lexicon.json", "-q", "-"], lines(records.filter(({ step }) => step <= 30).reverse()));
    expect(piped.stdout).toBe(reversed.stdout);
    expect(piped.stderr).toBe("");
    const named = JSON.parse(dynamics(["lexicon.json", "10.jsonl.gz", "20.jsonl.gz", "30.jsonl.gz"]).stdout);
    expect(named.runs).toEqual(JSON.parse(piped.stdout).runs);
  });

  it("writes a report that needs nothing but itself", async () => {
    const { status, stdout, stderr } = dynamics([
      "lexicon.json",
      "run.jsonl",
      "--html",
      "report.html",
      "-o",
      "out.json",
    ]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toContain("report: report.html");
    const html = await readFile(join(folder, "report.html"), "utf8");
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|<link|<img|https?:|url\(/);
    expect(JSON.parse(await readFile(join(folder, "out.json"), "utf8")).runs[0].traces).toBe(54);
    expect((await readdir(folder)).filter((name) => /tmp|part/.test(name))).toEqual([]);
  });

  it("compares named runs", () => {
    const { status, stdout } = dynamics([
      "lexicon.json",
      "--run",
      "GRPO=run.jsonl",
      "--run",
      "HICRA={10,20}.jsonl.gz",
      "--run",
      "HICRA=30.jsonl.gz",
    ]);
    expect(status).toBe(0);
    const { runs, comparisons } = JSON.parse(stdout);
    expect(runs.map((run: { name: string; traces: number }) => [run.name, run.traces])).toEqual([
      ["GRPO", 54],
      ["HICRA", 18],
    ]);
    expect(comparisons.find((one: { curve: string }) => one.curve === "words").deviation).toMatchObject({
      steps: 3,
      deviation: 0,
    });
  });

  it("tells planning from execution by token ids and their tokenizer", async () => {
    const tokenizer = await loadTokenizer(join(root, "fixtures/tokenizers/gpt2"));
    const text = "We need to find the sum. It is then 12.";
    const { ids, ends } = tokenizer.encode(text);
    const span = "We need to find".length;
    const entropies = ids.map((_, i) => (ends[i] <= span ? 2 : 0.5));
    const record = { problem_id: "p", response: text, completion_ids: ids, entropies, step: 1, correct: true };
    const { status, stdout } = dynamics(
      ["lexicon.json", "--tokenizer", join(root, "fixtures/tokenizers/gpt2")],
      lines([record]),
    );
    expect(status).toBe(0);
    const [step] = JSON.parse(stdout).runs[0].steps;
    expect(step.tokenMeasures.entropy).toMatchObject({ planning: 2, execution: 0.5 });
    expect(step.tokens.value).toBe(ids.length);
  });

  it("reads a bare list of grams, and the fields it is told", async () => {
    await writeFile(join(folder, "list.json"), JSON.stringify(lexicon.grams));
    const renamed = records.map(({ step, response, correct, problem_id }) => ({
      at: `ckpt-${step}`,
      said: response,
      ok: correct,
      which: problem_id,
    }));
    const fields = ["--step-field", "at", "--text-field", "said", "--success-field", "ok", "--problem-field", "which"];
    const { status, stdout } = dynamics(["list.json", ...fields], lines(renamed));
    expect(status).toBe(0);
    const [run] = JSON.parse(stdout).runs;
    expect(run).toMatchObject({ problems: 6, clusters: [] });
    expect(run.steps[0].accuracy).not.toBeNull();
  });

  it("says what happened to traces without a step, and ends with 4 when there are no others", () => {
    const stray = { problem_id: "p", response: "We need to find x.", correct: true };
    const some = dynamics(["lexicon.json"], lines([...records, { ...stray, step: "a2d8e40" }, stray]));
    expect(some.status).toBe(0);
    expect(some.stderr).toContain('2 traces left out, whose step is no number (none, "a2d8e40")');
    const none = dynamics(["lexicon.json", "--html", "none.html"], lines([stray]));
    expect({ status: none.status, stdout: none.stdout }).toEqual({ status: 4, stdout: "" });
    expect(none.stderr).toContain("no trace has a numeric training step");
    expect(none.stderr).toContain("--step-field");
    expect(existsSync(join(folder, "none.html"))).toBe(false);
  });

  it("skips bad lines with their place, and stops at the first with --strict", () => {
    const input = `${lines(records)}{broken\n`;
    const lenient = dynamics(["lexicon.json"], input);
    expect(lenient.status).toBe(0);
    expect(lenient.stderr).toMatch(/^skipped: stdin:55: not JSON/);
    expect(Object.values(JSON.parse(lenient.stdout).input.skipped)).toEqual([1]);
    expect(dynamics(["lexicon.json", "--strict"], input)).toMatchObject({ status: 3, stdout: "" });
  });

  it.each([
    [["lexicon.json", "run.jsonl", "--run", "a=run.jsonl"], 2, "with --run every file belongs to a run"],
    [["lexicon.json", "--run", "run.jsonl"], 2, "Expected NAME=FILES"],
    [["lexicon.json", "--seed", "x", "run.jsonl"], 2, "Expected a whole number"],
    [["lexicon.json", "missing.jsonl"], 3, "missing.jsonl"],
    [["missing.json", "run.jsonl"], 3, "missing.json: no such lexicon file"],
  ])("%j ends with %i", (args, status, message) => {
    const found = dynamics(args);
    expect(found).toMatchObject({ status, stdout: "" });
    expect(found.stderr).toContain(message);
  });
});
