import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root, sgMine, shell } from "./cli/spawn.js";

const path = join(root, "README.md");
const readme = readFileSync(path, "utf8");

describe("README", () => {
  // UPDATE=1 writes the examples' output anew.
  it("shows what its examples print", () => {
    const run = readme.replace(/(```console\n\$ (.*)\n)[^`]*(?=```)/g, (_, head: string, command: string) => {
      const { status, stdout, stderr } = shell(command);
      expect({ status, stderr }, command).toEqual({ status: 0, stderr: "" });
      return head + stdout;
    });
    if (process.env.UPDATE === "1") writeFileSync(path, run);
    else expect(readme).toBe(run);
  });

  it("lists every command and every option of mine, and no other", () => {
    const flags = (text: string) => new Set(text.match(/(?<![\w-])--[a-z][a-z-]+/g));
    const section = readme.slice(readme.indexOf("### Options of `mine`"), readme.indexOf("Options can be kept in"));
    expect([...flags(section)].sort()).toEqual(
      [...flags(sgMine(["mine", "--help"]).stdout)].filter((flag) => flag !== "--help").sort(),
    );
    const [, listed] = sgMine(["--help"]).stdout.split(/^(?:Commands|Examples):$/m);
    const commands = [...listed.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    expect(commands).toContain("tag");
    for (const command of commands)
      if (command !== "mine" && command !== "help") expect(readme).toContain(`\n    sg-mine ${command} `);
  });

  it("names files that are there", () => {
    for (const [, link] of readme.matchAll(/\]\(([^):]+)\)/g))
      expect(() => readFileSync(join(root, link)), link).not.toThrow();
  });
});
