import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const traces = join(root, "fixtures/traces.jsonl");
const folder = mkdtempSync(join(tmpdir(), "check-"));
const grams = join(folder, "grams.json");
const mine = (...args: string[]) =>
  spawnSync("node", [join(root, "bin/sg-mine.js"), "-q", ...args], { encoding: "utf8" });
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
let text = "";

beforeAll(() => {
  expect(mine("-o", grams, traces).status).toBe(0);
  text = readFileSync(grams, "utf8");
});

describe("sg-mine --check", () => {
  it("is silent and exits with 0 when the committed lexicon is what mining gives", () => {
    expect(mine("--check", grams, traces)).toMatchObject({ status: 0, stdout: "", stderr: "" });
    const crlf = file("crlf.json", text.replaceAll("\n", "\r\n"));
    expect(mine("--check", crlf, "--threads", "1", traces).status).toBe(0);
    const list = file("list.json", `${JSON.stringify(JSON.parse(text).grams, null, 2)}\n`);
    expect(mine("--check", list, traces)).toMatchObject({ status: 0, stdout: "" });
  });

  it("exits with 1 and says where it differs", () => {
    const lexicon = JSON.parse(text);
    const [gone] = lexicon.entries.splice(0, 1);
    lexicon.grams.splice(0, 1);
    const stale = file("stale.json", `${JSON.stringify(lexicon, null, 2)}\n`);
    const { status, stdout } = mine("--check", stale, traces);
    expect(status).toBe(1);
    expect(stdout).toContain(`+ ${gone.gram}  (rank 1`);
    expect(stdout).toContain(`stale.json:4: first difference`);
    expect(readFileSync(stale, "utf8")).toBe(`${JSON.stringify(lexicon, null, 2)}\n`);
  });

  it("tells other options and other bytes, too", () => {
    const { status, stdout } = mine("--check", grams, "--max-n", "5", traces);
    expect(status).toBe(1);
    expect(stdout).toContain("options.maxN: 6 → 5");
    const minified = file("minified.json", JSON.stringify(JSON.parse(text)));
    expect(mine("--check", minified, traces)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("0 added, 0 removed"),
    });
  });

  it("refuses what is no lexicon before it mines", () => {
    expect(mine("--check", join(folder, "absent.json"), traces).status).toBe(3);
  });
});
