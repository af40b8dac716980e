import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";

export const root = join(import.meta.dirname, "../..");
const bin = join(root, "bin/sg-mine.js");
const env = { ...process.env, NO_COLOR: "1" };

/** Runs the built command as a user would; standard input is a pipe. */
export function sgMine(args: string[], options: { input?: string | Buffer; cwd?: string; tmp?: string } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    input: options.input ?? "",
    cwd: options.cwd ?? root,
    env: options.tmp === undefined ? env : { ...env, TMPDIR: options.tmp },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

/** A new folder, and the command run in it: as it goes, or expected to succeed without a word on standard error. */
export function inNewFolder(prefix: string) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const run = (...args: string[]) => sgMine(args, { cwd: folder });
  const quietly = (...args: string[]) => {
    const { status, stderr, stdout } = run(...args, "-q");
    expect([status, stderr]).toEqual([0, ""]);
    return stdout;
  };
  return { folder, path: (name: string) => join(folder, name), run, quietly };
}

/** Runs a line of shell in which `sg-mine` is the built command; any part of a pipe that fails fails it. */
export function shell(line: string, cwd = root) {
  const define = `sg-mine() { "${process.execPath}" "${bin}" "$@"; }`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `set -o pipefail; ${define}; ${line}`], {
    cwd,
    env,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}
