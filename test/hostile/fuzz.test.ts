import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../cli/spawn.js";

/** A few inputs of every kind, the same in every run; `npm run fuzz` takes as many as there is time for. */
describe("damaged input", () => {
  const fuzz = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, "scripts/fuzz.mjs"), ...args], { encoding: "utf8" });

  it.each([
    ["jsonl,json,csv,parquet,packed,records", 100],
    ["words,lexicon,diff,sheet,config,tokenizer", 100],
    ["state,counts", 25],
    ["cli", 10],
  ])("%s: every outcome is a result that holds together, or an error that says where", (names, runs) => {
    const { status, stdout, stderr } = fuzz("--only", names, "--runs", String(runs), "--seed", "1000");
    expect(stdout).toMatch(/nothing found\n$/);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const name of names.split(",")) expect(stdout).toMatch(new RegExp(`^${name}: ${runs} inputs`, "m"));
  });

  it("finds what is wrong: a target that does not exist is said", () => {
    expect(fuzz("--only", "nothing")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("no target nothing"),
    });
  });
});
