#!/usr/bin/env node
// Mines lexicons/reference.json from published traces under open licences, which are not part of the project:
// SG_MINE_DATA names the folder that holds data/ and train/traces/ (default ../shared). Of each corpus as much text.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { rankOf } from "../dist/grams/sample.js";

const shared = process.env.SG_MINE_DATA ?? "../shared";
const folders = ["data", "train/traces"].map((name) => join(shared, name));
if (!folders.every((folder) => existsSync(folder))) {
  console.error(`no traces in ${shared}: SG_MINE_DATA names the folder with data/ and train/traces/`);
  process.exit(1);
}
/** UTF-16 units of each corpus: all of them together are about what the tagger reads at most. */
const UNITS = 400_000;

const files = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl.gz"))
    .map((name) => join(folder, name)),
);
const lines = files.sort().flatMap((file) => {
  const corpus = basename(file, ".jsonl.gz");
  const traces = gunzipSync(readFileSync(file))
    .toString("utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ trace, correct }) => trace && correct !== false)
    .map(({ problem_id, trace }) => ({ rank: rankOf(problem_id, trace), problem_id: `${corpus} ${problem_id}`, trace }))
    .sort((a, b) => a.rank - b.rank || (a.trace < b.trace ? -1 : 1));
  let units = 0;
  return traces.filter(({ trace }) => {
    const taken = units < UNITS;
    units += trace.length;
    return taken;
  });
});
const folder = mkdtempSync(join(tmpdir(), "reference-"));
try {
  const input = join(folder, "traces.jsonl");
  writeFileSync(input, lines.map(({ problem_id, trace }) => `${JSON.stringify({ problem_id, trace })}\n`).join(""));
  const bin = fileURLToPath(new URL("../bin/sg-mine.js", import.meta.url));
  const output = fileURLToPath(new URL("../lexicons/reference.json", import.meta.url));
  // a move of one family stands in few of all problems
  const args = [bin, input, "--all", "--min-problems", "8", "-o", output];
  process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
