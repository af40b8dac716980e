import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root, sgMine, shell } from "./cli/spawn.js";
import { runRecords } from "./dynamics/run.js";

const path = join(root, "README.md");
const readme = readFileSync(path, "utf8");
const chinesePath = join(root, "README.zh.md");

/** Commands of the indented and fenced blocks, without what is said about them. */
const commandsOf = (text: string) =>
  [...text.matchAll(/^(?: {4}|\$ )((?:sg-mine|npm) .*)$/gm)].map(([, line]) => line.replace(/\s{2,}.*| # .*/, ""));

describe("README", () => {
  // UPDATE=1 writes the examples' output anew, in both languages.
  const examples = (text: string) => [...text.matchAll(/```console\n[^`]*```/g)].map(([block]) => block);
  it("shows what its examples print", () => {
    const run = readme.replace(/(```console\n\$ (.*)\n)[^`]*(?=```)/g, (_, head: string, command: string) => {
      const { status, stdout, stderr } = shell(command);
      expect({ status, stderr }, command).toEqual({ status: 0, stderr: "" });
      return head + stdout;
    });
    const chinese = readFileSync(chinesePath, "utf8");
    const said = examples(run);
    const translated = chinese.replace(/```console\n[^`]*```/g, () => said.shift() ?? "");
    if (process.env.UPDATE === "1") {
      writeFileSync(path, run);
      writeFileSync(chinesePath, translated);
    } else expect([readme, chinese]).toEqual([run, translated]);
  });

  it("lists every command, and the reference every option of mine and no other", () => {
    const flags = (text: string) => new Set(text.match(/(?<![\w-])--[a-z][a-z-]+/g));
    const reference = readFileSync(join(root, "docs/reference.md"), "utf8");
    const section = reference.slice(
      reference.indexOf("## Options of `mine`"),
      reference.indexOf("Options can be kept in"),
    );
    expect([...flags(section)].sort()).toEqual(
      [...flags(sgMine(["mine", "--help"]).stdout)].filter((flag) => flag !== "--help").sort(),
    );
    const commands = sgMine(["--help"]).stdout.matchAll(/^ {2}([a-z]+) .*\[options\]|^ {2}(completion) /gm);
    for (const [, command, other] of commands)
      if (command !== "mine") expect(readme).toContain(`\n    sg-mine ${command ?? other} `);
  });

  it("shows commands that run", () => {
    const folder = mkdtempSync(join(tmpdir(), "sg-mine-readme-"));
    copyFileSync(join(root, "fixtures/traces.jsonl"), join(folder, "traces.jsonl"));
    const rollouts = runRecords({ steps: 9, problems: 4 }).map((record) => `${JSON.stringify(record)}\n`);
    writeFileSync(join(folder, "rollouts.jsonl"), rollouts.join(""));
    cpSync(join(root, "fixtures/tokenizers/gpt2"), join(folder, "model"), { recursive: true });
    const commands = commandsOf(readme).filter((line) => /^sg-mine .*\.json/.test(line) && !line.includes("fixtures"));
    expect(commands.length).toBeGreaterThanOrEqual(4);
    for (const command of commands) {
      const { status, stderr } = shell(command, folder);
      expect(status, `${command}\n${stderr}`).toBe(0);
    }
    rmSync(folder, { recursive: true });
  });

  it("installs and tests as CI does, and its tables fail loudly without the data", () => {
    const [, install] = /^ {4}(npm ci .*) > grams\.json$/m.exec(readme)!;
    const [test] = commandsOf(readme).filter((line) => line.endsWith("npm test"));
    expect(readFileSync(join(root, ".ci/run"), "utf8")).toContain(`{ ${test}; }`);
    // what is installed and built already is not installed again
    const { status, stdout } = shell(install.split(" && ").at(-1)!);
    expect([status, JSON.parse(stdout).format]).toEqual([0, "sg-lexicon/1"]);
    const script = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts["check:quality"];
    const without = shell(`SG_MINE_DATA= ${script.split(" && ").at(-1)}`);
    expect([without.status, without.stderr]).toEqual([1, expect.stringContaining("quality not checked")]);
  });

  it("has a Chinese twin with the same commands, figures and links", () => {
    const chinese = readFileSync(chinesePath, "utf8");
    expect(examples(chinese)).toEqual(examples(readme));
    expect(commandsOf(chinese)).toEqual(commandsOf(readme));
    const numbers = (text: string) => text.match(/\b\d+\.\d+\b/g);
    expect(numbers(chinese)).toEqual(numbers(readme));
    const links = (text: string) =>
      [...new Set([...text.matchAll(/\]\(((?!README)[^)]+)\)/g)].map(([, link]) => link))].sort();
    expect(links(chinese)).toEqual(links(readme));
  });

  it("names files that are there", () => {
    for (const [, link] of readme.matchAll(/\]\(([^):]+)\)/g))
      expect(() => readFileSync(join(root, link)), link).not.toThrow();
  });
});
