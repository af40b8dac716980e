import { spawnSync } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const lexicon = join(root, "fixtures/lexicon/lexicon.json");
const tokenizer = join(root, "fixtures/tokenizers/gpt2");

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync("node", [join(root, "bin/sg-mine.js"), "export", lexicon, ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

describe("sg-mine export", () => {
  it("writes data on standard output and one line of configuration on standard error", () => {
    const { status, stdout, stderr } = run(
      "--for",
      "list",
      "--min-weight",
      "0.95",
      "--function",
      "backtracing",
      "goal",
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(["wait, let me check", "let me double-check"]);
    expect(stderr).toBe('json.load(open("FILE"))\n');
  });

  it("names the file in the configuration", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "export-")), "grams.json");
    const { stdout, stderr } = run("--for", "trl", "--tokenizer", tokenizer, "--max-entries", "1", "-o", file);
    expect(stdout).toBe("");
    expect(stderr).toContain(`HICRAConfig(use_hicra=True, use_planning_tokens=True, strategic_grams_path="${file}")\n`);
    const strings = JSON.parse(await readFile(file, "utf8"));
    expect(strings).toContain(" Wait, let me check");
  });

  it("says nothing with -q", () => {
    expect(run("--for", "list", "-q")).toMatchObject({ status: 0, stderr: "" });
  });

  it("writes the Python package into a folder, with the lexicon", async () => {
    const folder = await mkdtemp(join(tmpdir(), "export-"));
    const { status, stdout, stderr } = run("--for", "python", "--tokenizer", tokenizer, "-o", join(folder, "new"));
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toContain(join(folder, "new/grams.token-ids.json"));
    const written = await readFile(join(folder, "new/sg_lexicon/matcher.py"), "utf8");
    expect(written).toBe(await readFile(join(root, "integrations/python/sg_lexicon/matcher.py"), "utf8"));
    const model = "weights.bin";
    expect(await readFile(join(folder, "new/sg_lexicon/model", model))).toEqual(
      await readFile(join(root, "models/planning-tagger", model)),
    );
    expect(JSON.parse(await readFile(join(folder, "new/grams.token-ids.json"), "utf8")).format).toBe("sg-token-ids/1");
    expect(run("--for", "python", "-o", join(folder, "plain"))).toMatchObject({ status: 0 });
    expect(JSON.parse(await readFile(join(folder, "plain/grams.json"), "utf8")).entries.length).toBeGreaterThan(5);
  });

  it.each(["trl", "verl", "textpolicy", "retrain", "list", "token-ids", "yaml", "csv"])(
    "gives the same bytes twice: %s",
    (name) => {
      const first = run("--for", name, "--tokenizer", tokenizer);
      expect(first.status).toBe(0);
      expect(first.stdout.length).toBeGreaterThan(100);
      expect(first.stderr).not.toBe("");
      expect(run("--for", name, "--tokenizer", tokenizer).stdout).toBe(first.stdout);
      // no path of this machine in a file that goes to others
      expect(first.stdout).not.toContain(root);
    },
  );

  it.each([
    [["--for", "grpo"], /Allowed choices are trl, verl/],
    [["--for", "python"], /needs -o DIR/],
    [[], /required option '--for/],
    [["--for", "token-ids"], /needs --tokenizer/],
    [["--for", "list", "--max-entries", "0"], /whole number/],
    [["--for", "list", "--min-weight", "2"], /from 0 to 1/],
    [["--for", "list", "--function", "planning"], /Allowed choices are goal/],
  ])("refuses %j", (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
  });

  it("leaves no empty file behind", () => {
    expect(run("--for", "list", "--min-weight", "1")).toMatchObject({ status: 3, stdout: "" });
  });
});
