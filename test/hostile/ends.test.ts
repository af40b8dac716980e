/** However a run is cut short, its exit code is one of the README's and says so. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { sgMine, shell } from "../cli/spawn.js";
import { fixture, lexicon, scratch } from "./setup.js";

const file = (name: string, bytes: Uint8Array | string) => {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
};

describe("H1: what follows an archive ends no command on the way", () => {
  const packed = gzipSync(readFileSync(fixture));
  const padded = file("padded.jsonl.gz", Buffer.concat([packed, Buffer.alloc(1)]));
  const followed = file("followed.jsonl.gz", Buffer.concat([packed, Buffer.alloc(1), Buffer.from("x")]));
  const half = file("half.jsonl.gz", packed.subarray(0, packed.length / 2));
  const commands: [string, (path: string) => string[]][] = [
    ["tag", (path) => ["tag", "-q", lexicon, path]],
    ["credit", (path) => ["credit", "-q", lexicon, path]],
    ["explain", (path) => ["explain", lexicon, "wait", path]],
  ];
  it.each(commands)("%s", (_, args) => {
    expect(sgMine(args(padded))).toMatchObject({ status: 0 });
    for (const path of [followed, half])
      expect(sgMine(args(path))).toMatchObject({ status: 3, stderr: expect.stringMatching(/gzip data/) });
  });

  const zstd = spawnSync("zstd", ["--version"]).status === 0;
  it.runIf(zstd)("zstd of two frames, and of half a one", () => {
    const frame = execFileSync("zstd", ["-q", "-c", fixture]);
    const two = file("two.jsonl.zst", Buffer.concat([frame, frame]));
    expect(sgMine(["tag", "-q", two]).stdout.trimEnd().split("\n")).toHaveLength(2 * 71);
    const cut = file("cut.jsonl.zst", frame.subarray(0, frame.length / 2));
    expect(sgMine(["tag", "-q", cut])).toMatchObject({ status: 3, stderr: expect.stringMatching(/zstd data/) });
  });
});

// what stands for a closed descriptor is told from others by /proc
describe.runIf(process.platform === "linux")("standard output that is closed", () => {
  it("is an error where data would go there", () => {
    for (const command of [`tag -q ${fixture}`, `export ${lexicon} --for list`, `--dry-run ${fixture}`])
      expect(shell(`sg-mine ${command} >&-`), command).toMatchObject({
        status: 2,
        stderr: expect.stringContaining("cannot write standard output: it is closed"),
      });
  });

  it("is none where the data go elsewhere, or to the null device", () => {
    const output = join(scratch, "list.json");
    expect(shell(`sg-mine export ${lexicon} --for list -o ${output} >&-`).status).toBe(0);
    expect(readFileSync(output, "utf8")).toMatch(/^\[/);
    rmSync(output);
    expect(shell(`sg-mine export ${lexicon} --for list > /dev/null`).status).toBe(0);
    expect(shell(`sg-mine export ${lexicon} --for list < /dev/null >&- 2>&-`).status).toBe(0);
  });
});

describe.runIf(process.platform === "linux")("X1: names that are not UTF-8", () => {
  it("of traces in a folder are refused, of other files passed over", () => {
    const folder = join(scratch, "names");
    mkdirSync(folder);
    const named = (name: string) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, "latin1")]);
    writeFileSync(join(folder, "t.jsonl"), readFileSync(fixture));
    writeFileSync(named("caf\xe9.txt"), "no traces");
    expect(sgMine(["tag", "-q", folder]).status).toBe(0);
    writeFileSync(named("caf\xe9.jsonl"), readFileSync(fixture));
    expect(sgMine(["tag", "-q", folder])).toMatchObject({
      status: 3,
      stdout: "",
      stderr: expect.stringMatching(/a name that is not UTF-8/),
    });
  });
});
