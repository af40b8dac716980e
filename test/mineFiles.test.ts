import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError, mineFiles, serialise } from "../src/index.js";
import { root, sgMine } from "./cli/spawn.js";

const traces = join(root, "fixtures/traces.jsonl");

describe("mineFiles", () => {
  it("gives the bytes that the command line gives, by default and with options", async () => {
    expect(serialise((await mineFiles(traces)).lexicon)).toBe(sgMine(["-q", traces]).stdout);
    const { lexicon } = await mineFiles([traces], { preset: "paper", maxN: 4, threads: 1 });
    expect(serialise(lexicon)).toBe(sgMine(["-q", "--preset", "paper", "--max-n", "4", traces]).stdout);
  });

  it("throws for what is not there, and with `strict` for the first record that holds no trace", async () => {
    await expect(mineFiles("nowhere.jsonl")).rejects.toThrow(InputError);
    await expect(mineFiles(traces, { strict: true })).rejects.toThrow(/traces\.jsonl:12/);
  });
});
