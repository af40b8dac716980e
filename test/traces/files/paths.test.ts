import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { globPattern } from "../../../src/traces/files/glob.js";
import { expandInputs } from "../../../src/traces/files/paths.js";
import { readSources, sizeOfSources } from "../../../src/traces/source.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "sg-mine-test-"));
  await mkdir(join(root, "a/deep"), { recursive: true });
  await mkdir(join(root, "none"));
  for (const name of [
    "b.jsonl",
    "a/2.csv",
    "a/10.json.gz",
    "a/deep/x.parquet",
    "a/notes.txt",
    "a/.hidden.jsonl",
    "none/readme.md",
    "a[1].jsonl",
  ]) {
    await writeFile(join(root, name), "{}\n");
  }
  await symlink("..", join(root, "a/loop"));
  await symlink("deep/x.parquet", join(root, "a/link.parquet"));
  await symlink("../b.jsonl", join(root, "a/out.jsonl"));
  await symlink("nothing", join(root, "a/broken.jsonl"));
  await writeFile(join(root, "a/grams.json"), '{\n  "format": "sg-lexicon/1"\n}');
  execFileSync("mkfifo", [join(root, "a/pipe.jsonl")]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const expanded = async (...inputs: string[]) =>
  (await expandInputs(inputs.map((input) => (input === "-" ? input : join(root, input))))).map((file) =>
    file === "-" ? file : relative(root, file),
  );

describe("expandInputs", () => {
  it("walks a directory in order, known kinds only, without following links to directories", async () => {
    expect(await expanded("a")).toEqual(["a/10.json.gz", "a/2.csv", "a/deep/x.parquet"]);
  });

  it("passes over what leads out, is no file, or is its own, and says so", async () => {
    const passed: string[] = [];
    await expandInputs([join(root, "a")], (path, why) => passed.push(`${relative(root, path)}: ${why}`));
    expect(passed).toEqual([
      "a/broken.jsonl: a link to nothing",
      "a/grams.json: written by sg-mine, no traces",
      "a/out.jsonl: a link that leads out of the folder; name it to read it",
      "a/pipe.jsonl: no regular file; name it to read it",
    ]);
    expect(await expanded("a/out.jsonl")).toEqual(["a/out.jsonl"]);
    await expect(expanded("a/gr*")).rejects.toThrow(/no trace file matches.*grams\.json, written by sg-mine/);
  });

  it("keeps the order given and each file once", async () => {
    expect(await expanded("b.jsonl", "-", "a/../b.jsonl", "a/2.csv")).toEqual(["b.jsonl", "-", "a/2.csv"]);
  });

  it.each([
    ["*.jsonl", ["a[1].jsonl", "b.jsonl"]],
    ["a/*", ["a/10.json.gz", "a/2.csv", "a/link.parquet"]],
    ["a/*.txt", ["a/notes.txt"]],
    ["**/*.parquet", ["a/deep/x.parquet"]],
    ["a/{2,3}.csv", ["a/2.csv"]],
    ["a/[0-9].csv", ["a/2.csv"]],
    ["a/[!0-9]*", ["a/link.parquet"]],
    ["a/l[h-j]nk.*", ["a/link.parquet"]],
    ["{a,none}/{deep/,}?.parquet", ["a/deep/x.parquet"]],
    ["?.jsonl", ["b.jsonl"]],
    ["a[1].jsonl", ["a[1].jsonl"]],
  ])("glob %s", async (glob, files) => {
    expect(await expanded(glob)).toEqual(files);
  });

  it("says what is missing", async () => {
    await expect(expanded("none")).rejects.toThrow(/none: no traces in this directory/);
    await expect(expanded("x.jsonl")).rejects.toThrow(/x\.jsonl: no such file/);
    await expect(expanded("*.xyz")).rejects.toThrow(/\*\.xyz: no trace file matches/);
    await expect(expanded("[z-a].jsonl")).rejects.toThrow(/z-a is a range that goes backwards/);
    await expect(expanded(`${"{a,b}".repeat(24)}*`)).rejects.toThrow(/more than 1024 patterns/);
  });

  it("takes no time for globs that make regular expressions slow", async () => {
    const { matches } = globPattern(`**/${"*a".repeat(40)}`);
    const began = performance.now();
    expect(matches(`x/${"a".repeat(250)}b`)).toBe(false);
    expect(matches(`${"a/".repeat(60)}${"a".repeat(250)}`)).toBe(true);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe("progress", () => {
  it("adds up to the size of the files", async () => {
    const inputs = ["fixtures/shapes"];
    let bytes = 0;
    for await (const _ of readSources(inputs, { onBytes: (n) => (bytes += n) }));
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBe(await sizeOfSources(inputs));
    expect(await sizeOfSources(["-"])).toBeUndefined();
  });

  it("stops reading when the consumer stops", async () => {
    for await (const batch of readSources(["fixtures/traces.jsonl", "fixtures/hostile/cut.parquet"])) {
      expect(batch.kind).toBe("lines");
      break;
    }
  });
});
