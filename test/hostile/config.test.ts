/** A configuration that lies in the working directory may have come with somebody's branch. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { sgMine } from "../cli/spawn.js";
import { lexicon, scratch } from "./setup.js";

const folder = join(scratch, "work");
const outside = join(scratch, "outside");
beforeEach(() => {
  for (const one of [folder, outside]) {
    rmSync(one, { recursive: true, force: true });
    mkdirSync(one);
  }
  copyFileSync(lexicon, join(folder, "grams.json"));
  symlinkSync(outside, join(folder, "way"));
  symlinkSync(join(outside, "new.json"), join(folder, "dangling.json"));
});
const here = (...args: string[]) => sgMine(args, { cwd: folder });
const found = (value: unknown, file = "sg-mine.config.json") =>
  writeFileSync(join(folder, file), JSON.stringify(value));

describe("a configuration that was found", () => {
  it.each([
    ["an output", { diff: { output: "../outside/x" } }],
    ["an absolute one", { diff: { output: join(outside, "x") } }],
    ["one through a link", { diff: { output: "way/x" } }],
    ["one through a link to nothing", { diff: { output: "dangling.json" } }],
    ["a cache", { mine: { cache: "~/../../outside" } }],
    ["another", { mine: { cache: outside } }],
    ["a model", { mine: { model: outside } }],
    ["a tokenizer", { tag: { tokenizer: "../outside" } }],
    ["no name at all", { mine: { state: "a\0b" } }],
    ["a state", { mine: { state: "../outside/state" } }],
    ["a page", { tag: { html: "/tmp/../tmp/page.html" } }],
    ["one of several files", { audit: { labels: ["grams.json", "../outside/sheet.csv"] } }],
    ["a download", { mine: { model: "owner/name" } }],
    ["a tokenizer's", { export: { tokenizer: "owner/name" } }],
  ])("names %s outside its folder: exit 3", (_, value) => {
    for (const file of ["sg-mine.config.json", "package.json"]) {
      found(file === "package.json" ? { "sg-mine": value } : value, file);
      const { status, stdout, stderr } = here("diff", "grams.json", "grams.json");
      expect({ status, stdout, stderr }).toEqual({
        status: 3,
        stdout: "",
        stderr: expect.stringMatching(/outside this folder|download has to be asked for/),
      });
      rmSync(join(folder, file));
    }
    expect(readdirSync(outside)).toEqual([]);
  });

  it("names what lies inside it, there or not", () => {
    found({ diff: { output: "sub.json", format: "json" } });
    expect(here("diff", "grams.json", "grams.json").status).toBe(0);
    expect(readdirSync(folder)).toContain("sub.json");
  });

  it("is not waited for when it is a pipe, and a folder of that name is told of", () => {
    execFileSync("mkfifo", [join(folder, "sg-mine.config.json")]);
    const { status, stderr } = here("diff", "grams.json", "grams.json");
    expect([status, stderr]).toEqual([3, expect.stringMatching(/sg-mine\.config\.json: is no regular file/)]);
    expect(here("diff", "--no-config", "grams.json", "grams.json").status).toBe(0);
  });
});

describe("--config and --no-config", () => {
  it("take another file, whatever it names, or none", () => {
    found({ diff: { output: "../outside/x", format: "json" } });
    expect(here("--no-config", "diff", "grams.json", "grams.json")).toMatchObject({ status: 0 });
    writeFileSync(join(outside, "mine.json"), JSON.stringify({ diff: { output: "../outside/x", format: "json" } }));
    expect(here("diff", "grams.json", "grams.json", "--config", "../outside/mine.json")).toMatchObject({ status: 0 });
    expect(readdirSync(outside).sort()).toEqual(["mine.json", "x"]);
    expect(here("diff", "grams.json", "grams.json", "--config", "none.json")).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/none\.json: cannot be read/),
    });
  });
});

describe("what was typed", () => {
  it("reaches the terminal printable", () => {
    for (const args of [["--seed", "\u001b[31m"], ["--\u001b]0;x\u0007"], ["--format", "a\u009bb"]]) {
      const { status, stderr } = here("mine", ...args);
      expect(status).toBe(2);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may come through
      expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });
});
