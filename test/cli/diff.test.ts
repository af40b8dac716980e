import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const lexicon = join(root, "fixtures/lexicon/lexicon.json");
const folder = mkdtempSync(join(tmpdir(), "diff-"));
const list = join(folder, "list.json");
writeFileSync(list, JSON.stringify([...JSON.parse(readFileSync(lexicon, "utf8")).grams.slice(1), "brand new"]));

const diff = (...args: string[]) =>
  spawnSync("node", [join(root, "bin/sg-mine.js"), "diff", ...args], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });

describe("sg-mine diff", () => {
  it("exits with 0 for the same lexicon, whatever the bound", () => {
    const { status, stdout, stderr } = diff(lexicon, lexicon, "--fail-above", "0");
    expect(status).toBe(0);
    expect(stdout).toContain("0 added, 0 removed");
    expect(stderr).toBe("");
  });

  it("exits with 1 above the bound only, and says so beside the data", () => {
    const { difference } = JSON.parse(diff(lexicon, list, "--format", "json").stdout);
    expect(difference).toBeGreaterThan(0);
    expect(diff(lexicon, list).status).toBe(0);
    expect(diff(lexicon, list, "--fail-above", String(difference)).status).toBe(0);
    const failed = diff(lexicon, list, "--fail-above", String(difference - 0.001));
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain("--fail-above");
    expect(failed.stdout).toContain("+ brand new");
  });

  it("writes markdown to a file", () => {
    const file = join(folder, "comment.md");
    const { status, stdout } = diff(lexicon, list, "--format", "markdown", "-o", file);
    expect([status, stdout]).toEqual([0, ""]);
    expect(readFileSync(file, "utf8")).toContain("| `brand new` |");
  });

  it("refuses what is no lexicon, no share, no format", () => {
    expect(diff(lexicon, join(folder, "absent.json")).status).toBe(3);
    expect(diff(lexicon, list, "--fail-above", "2").status).toBe(2);
    expect(diff(lexicon, list, "--format", "xml").status).toBe(2);
    expect(diff(lexicon).status).toBe(2);
  });
});
