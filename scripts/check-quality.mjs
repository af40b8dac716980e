#!/usr/bin/env node
// Scores the default lexicons against labelled planning language. Needs the data, labels and scorers, which are not
// part of the project: SG_MINE_DATA names the folder that holds data/, gold/ and score/ (default ../shared).
// usage: node scripts/check-quality.mjs [sg-mine options for mining, such as --preset paper or --model DIR]
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openEncoder } from "../dist/encoder/encoder.js";
import { anchorPhrases, functionsOf } from "../dist/lexicon/functions.js";

const shared = process.env.SG_MINE_DATA ?? "../shared";
if (!existsSync(join(shared, "gold")) || !existsSync(join(shared, "score"))) {
  console.log(
    `no labels in ${shared} (SG_MINE_DATA names the folder with data/, gold/ and score/): quality not checked`,
  );
  process.exit(0);
}
const CORPORA = [
  { file: "skythought", gold: "skythought_evals", targets: [0.93, 0.7, 0.8, 0.7, 0.75] },
  { file: "zeroeval", gold: "zeroeval", targets: [0.88, 0.72, 0.8, 0.68, 0.75] },
  { file: "tau2", gold: "tau2_bench", targets: [0.75, 0.45, 0.55, 0.45, 0.5] },
];
const bin = fileURLToPath(new URL("../bin/sg-mine.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "quality-"));
const run = (args, input) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { input, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${args.join(" ")}: exit ${status}\n${stderr}`);
  return stdout;
};
const score = (name, ...args) => JSON.parse(run([join(shared, "score", name), ...args, "--json"]));

const pool = []; // [weight, is planning] of every labelled entry
try {
  console.log("corpus       entries  unit precision  list F1   tag P / R / F1          (targets)");
  for (const { file, gold, targets } of CORPORA) {
    const lexicon = join(folder, `${file}.json`);
    run([bin, join(shared, "data", `${file}.jsonl.gz`), "-q", "-o", lexicon, ...process.argv.slice(2)]);
    const tags = join(folder, `${file}.tags.jsonl`);
    const spans = join(shared, "gold", "spans.dev.json");
    const excerpts = run([join(shared, "score", "excerpts.mjs"), spans, "--corpus", gold]);
    writeFileSync(tags, run([bin, "tag", lexicon, "-q"], excerpts));
    const unit = score("score-grams.mjs", lexicon, join(shared, "gold", "grams.dev.tsv"), "--corpus", gold);
    const list = score("score-mask.mjs", lexicon, spans, "--corpus", gold);
    const tag = score("score-mask.mjs", lexicon, spans, "--corpus", gold, "--tags", tags);
    const values = [unit.unitPrecision, list.f1, tag.precision, tag.recall, tag.f1];
    const [u, l, ...t] = values.map((value, i) => `${value.toFixed(3)}${value < targets[i] ? "!" : " "}`);
    console.log(
      `${file.padEnd(12)} ${String(unit.phrases).padStart(7)}  ${u} of ${String(unit.labelled).padEnd(4)}   ${l}   ${t.join(" / ")}   (${targets.join(", ")})`,
    );
    const { entries } = JSON.parse(readFileSync(lexicon, "utf8"));
    const labels = new Map(labelled(gold).map(([, gram, a, b]) => [gram, ((a === "P") + (b === "P")) / 2]));
    for (const { gram, weight } of entries) {
      const label = labels.get(gram.replace(/,/g, "").replace(/’/g, "'"));
      if (label !== undefined) pool.push([weight, label]);
    }
  }
  console.log("\nweight      labelled entries  planning");
  for (const [from, to] of [
    [0.5, 0.7],
    [0.7, 0.8],
    [0.8, 0.9],
    [0.9, 0.95],
    [0.95, 1.01],
  ]) {
    const within = pool.filter(([weight]) => weight >= from && weight < to);
    const planning = within.reduce((sum, [, label]) => sum + label, 0) / (within.length || 1);
    console.log(
      `${from}..${Math.min(to, 1)}`.padEnd(12) + `${within.length}`.padStart(16) + `  ${planning.toFixed(3)}`,
    );
  }
  await functions();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function labelled(corpus) {
  const rows = readFileSync(join(shared, "gold", "grams.dev.tsv"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split("\t"));
  return rows.filter(([name]) => name === corpus);
}

/** Functions of the labelled planning grams on which both annotators agree. */
async function functions() {
  const names = { G: "goal", D: "deduction", B: "branching", R: "backtracing" };
  const encoder = await openEncoder();
  const anchors = await encoder.embed(anchorPhrases());
  let right = 0;
  let all = 0;
  const parts = [];
  for (const { gold } of CORPORA) {
    const rows = labelled(gold).filter(([, , a, b, f, g]) => a === "P" && b === "P" && f === g);
    const found = functionsOf(await encoder.embed(rows.map(([, gram]) => gram)), anchors, encoder.dimension);
    const hits = rows.filter((row, i) => names[row[4]] === found[i]).length;
    parts.push(`${gold} ${(hits / rows.length).toFixed(3)} of ${rows.length}`);
    right += hits;
    all += rows.length;
  }
  await encoder.close();
  console.log(`\nfunctions right: ${(right / all).toFixed(3)} of ${all} (${parts.join(", ")})`);
}
