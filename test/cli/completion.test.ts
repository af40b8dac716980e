import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/main.js";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "completion-"));
writeFileSync(join(folder, "traces one.jsonl"), "");
const script = (shell: string) =>
  spawnSync("node", [join(root, "bin/sg-mine.js"), "completion", shell], { encoding: "utf8" });
const bash = script("bash").stdout;

/** What bash would offer for the last word. */
function complete(...words: string[]): string[] {
  const line = ["sg-mine", ...words];
  const program = `${bash}
COMP_WORDS=(${line.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${line.length - 1}; _sg_mine
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", program], { encoding: "utf8", cwd: folder });
  expect(stderr).toBe("");
  return stdout.split("\n").filter(Boolean);
}

describe("completion", () => {
  it("offers commands, files and the options of the default command first", () => {
    expect(complete("di")).toEqual(["diff"]);
    expect(complete("")).toEqual(
      expect.arrayContaining([...createProgram().commands.map((c) => c.name()), "traces one.jsonl"]),
    );
    expect(complete("--max-")).toEqual(expect.arrayContaining(["--max-n", "--max-entries"]));
    expect(complete("--vers")).toEqual(["--version"]);
  });

  it("offers a command's own options, their choices, and files", () => {
    expect(complete("diff", "--fail")).toEqual(["--fail-above"]);
    expect(complete("diff", "--max-")).toEqual([]);
    expect(complete("diff", "--format", "")).toEqual(["text", "json", "markdown"]);
    expect(complete("export", "--for", "tr")).toEqual(["trl"]);
    expect(complete("mine", "--preset", "")).toEqual(["default", "paper"]);
    expect(complete("mine", "-o", "tr")).toEqual(["traces one.jsonl"]);
    expect(complete("tag", "tr")).toEqual(["traces one.jsonl"]);
    expect(complete("completion", "z")).toEqual(["zsh"]);
    expect(complete("help", "ex")).toEqual(["export", "explain"]);
  });

  it("names every option to zsh and fish too", () => {
    for (const shell of ["zsh", "fish"]) {
      const { stdout, stderr, status } = script(shell);
      expect([status, stderr]).toEqual([0, ""]);
      for (const command of createProgram().commands) {
        expect(stdout).toContain(command.name());
        for (const { long } of command.options)
          expect(stdout).toContain(shell === "fish" ? `-l ${long!.slice(2)}` : long!);
      }
    }
  });

  it("refuses other shells", () => {
    expect(script("tcsh")).toMatchObject({ status: 2, stdout: "" });
  });
});
