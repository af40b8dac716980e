import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, describe, expect, it } from "vitest";
import { root, sgMine } from "./cli/spawn.js";

interface Action {
  inputs: Record<string, { default?: string }>;
  outputs: Record<string, unknown>;
  runs: { steps: { name: string; id?: string; if?: string; env?: Record<string, string>; run: string }[] };
}
const action = load(readFileSync(join(root, "action.yml"), "utf8")) as Action;
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Runs the action's steps as a runner does: each in bash that stops at errors, files for outputs and summary; no comment. */
function run(inputs: Record<string, string>, prepare: (workspace: string) => void = () => {}) {
  const folder = mkdtempSync(join(tmpdir(), "sg-mine-action-"));
  folders.push(folder);
  const [workspace, temporary] = [join(folder, "work space"), join(folder, "temporary")];
  for (const one of [workspace, temporary]) mkdirSync(one);
  mkdirSync(join(workspace, "traces"));
  copyFileSync(join(root, "fixtures/traces.jsonl"), join(workspace, "traces/it's one.jsonl"));
  prepare(workspace);
  const [output, summary] = [join(folder, "output"), join(folder, "summary")];
  for (const file of [output, summary]) writeFileSync(file, "");
  const given: Record<string, string> = Object.fromEntries(
    Object.entries(action.inputs).map(([name, { default: value }]) => [name, inputs[name] ?? value ?? ""]),
  );
  const evaluated = (text: string) =>
    text.replace(/\$\{\{\s*inputs\.([\w-]+)\s*\}\}/g, (_, name: string) => given[name]);
  let failed: string | undefined;
  let said = "";
  for (const step of action.runs.steps) {
    if (step.if) continue;
    const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluated(value)]));
    const { status, stdout, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
      cwd: workspace,
      env: {
        ...process.env,
        ...env,
        GITHUB_ACTION_PATH: root,
        GITHUB_WORKSPACE: workspace,
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        RUNNER_TEMP: temporary,
      },
      encoding: "utf8",
    });
    said += stdout + stderr;
    if (status === 0) continue;
    failed = step.name;
    break;
  }
  const outputs = Object.fromEntries(
    readFileSync(output, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  return { failed, said, outputs, summary: readFileSync(summary, "utf8"), workspace };
}
const mined = () => sgMine(["-q", join(root, "fixtures/traces.jsonl")]).stdout;

describe("the GitHub action", () => {
  it("mines, says what differs from the committed lexicon, and fails above a limit", () => {
    const commit = (workspace: string) => writeFileSync(join(workspace, "grams.json"), '["let me", "nothing like it"]');
    const { failed, outputs, summary, said } = run({ traces: "traces", "fail-above": "0.1" }, commit);
    expect(failed, said).toBe("Judge");
    expect(said).toContain("::error::the lexicon differs by more than 0.1");
    expect(Number(outputs.difference)).toBeGreaterThan(0.1);
    expect(summary).toContain("### Lexicon");
    expect(existsSync(outputs.page)).toBe(true);
    expect(readFileSync(outputs.lexicon, "utf8")).toBe(mined());
  });

  it("passes where the committed lexicon is what the traces give, with file names of any kind", () => {
    const commit = (workspace: string) => writeFileSync(join(workspace, "grams.json"), mined());
    const { failed, outputs, said } = run(
      { traces: "traces/it's one.jsonl\n", check: "true", "fail-above": "0" },
      commit,
    );
    expect(failed, said).toBeUndefined();
    expect(outputs.difference).toBe("0");
  });

  it("mines where nothing is committed yet, and lets no input run as a command", () => {
    const { failed, summary, workspace } = run({
      traces: "traces",
      options: "--max-entries=5\n",
      lexicon: '$(touch "$PWD/owned")',
    });
    expect(failed).toBeUndefined();
    expect(summary).toContain("No lexicon at");
    expect(existsSync(join(workspace, "owned"))).toBe(false);
  });

  it("is used in the docs with inputs and outputs that it has", () => {
    const docs = readFileSync(join(root, "docs/ci.md"), "utf8");
    const [, block] = /```yaml\n([^`]*uses: OWNER\/sg-mine[^`]*)```/.exec(docs)!;
    const { jobs } = load(block) as {
      jobs: Record<string, { steps: { uses: string; with: Record<string, string> }[] }>;
    };
    const step = jobs.lexicon.steps.find(({ uses }) => uses.startsWith("OWNER/"))!;
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with)));
    const named = [...block.matchAll(/steps\.lexicon\.outputs\.([\w-]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(Object.keys(action.outputs)).toEqual(expect.arrayContaining(named));
  });
});
