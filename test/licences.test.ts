import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "./cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "sg-mine-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

/** What the script says about a lockfile with one more package. */
function licences(more: Record<string, object> = {}) {
  const file = join(folder, "package-lock.json");
  writeFileSync(file, JSON.stringify({ ...lock, packages: { ...lock.packages, ...more } }));
  return spawnSync(process.execPath, [join(root, "scripts/licences.mjs"), "--lock", file], { encoding: "utf8" });
}
const one = { version: "1.0.0", integrity: "sha512-x" };

describe("licences of the dependency tree", () => {
  it("are permissive, but for the named exceptions", () => {
    const { status, stdout, stderr } = licences();
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^runtime: \d+ packages\n {2}.*\n(.*\n)*development: \d+ packages\n/);
    expect(stdout.match(/^allowed: /gm)).toHaveLength(2);
  });

  it.each([
    ["copyleft", { ...one, license: "GPL-3.0-only" }, /x 1\.0\.0: GPL-3\.0-only is no licence/],
    ["some copyleft", { ...one, license: "MIT AND (LGPL-2.1 OR GPL-3.0)" }, /x 1\.0\.0: MIT AND/],
    ["nothing said", one, /x 1\.0\.0: none is no licence/],
    ["words", { ...one, license: "SEE LICENSE IN file" }, /x 1\.0\.0: SEE LICENSE/],
    ["no checksum", { version: "1.0.0", license: "MIT" }, /x 1\.0\.0: no checksum/],
    ["a script at installation", { ...one, license: "MIT", hasInstallScript: true }, /x 1\.0\.0: runs a script/],
  ])("%s is a finding", (_, entry, message) => {
    expect(licences({ "node_modules/x": entry })).toMatchObject({ status: 1, stderr: expect.stringMatching(message) });
  });

  it("a choice with a permissive side is none", () => {
    expect(licences({ "node_modules/x": { ...one, license: "(GPL-2.0 OR (MIT AND ISC))" } }).status).toBe(0);
  });

  it("the same exception elsewhere is a finding", () => {
    const entry = { ...one, license: "MPL-2.0" };
    expect(licences({ "node_modules/lightningcss-x": entry }).stderr).toContain("MPL-2.0");
    expect(licences({ "node_modules/lightningcss-x": { ...entry, dev: true } }).status).toBe(0);
  });
});
