#!/usr/bin/env node
// Scores what sg-mine marks, and what the paper's recipe marks, against labelled planning language: the README's table.
// Needs the data, labels and scorers, which are not part of the project: SG_MINE_DATA names the folder that holds data/,
// gold/ and score/. Exits with 1 where they are absent.
// usage: node scripts/check-quality.mjs
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const shared = process.env.SG_MINE_DATA;
for (const part of ["data", "gold", "score"])
  if (!shared || !existsSync(join(shared, part))) {
    console.error(`no ${part}/ in ${shared ?? "SG_MINE_DATA, which is not set"}: quality not checked`);
    process.exit(1);
  }
const CORPORA = [
  { file: "skythought", gold: "skythought_evals" },
  { file: "zeroeval", gold: "zeroeval" },
  { file: "tau2", gold: "tau2_bench" },
];
const bin = fileURLToPath(new URL("../bin/sg-mine.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "quality-"));
const run = (args, input) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { input, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${args.join(" ")}: exit ${status}\n${stderr}`);
  return stdout;
};
const score = (name, ...args) => JSON.parse(run([join(shared, "score", name), ...args, "--json"]));
const spans = join(shared, "gold", "spans.dev.json");

const f1 = { tag: [], list: [], paper: [], annotators: [] };
const units = [];
const pool = [];
try {
  for (const { file, gold } of CORPORA) {
    const traces = join(shared, "data", `${file}.jsonl.gz`);
    const mined = (...options) => {
      const lexicon = join(folder, `${file}${options.join("")}.json`);
      run([bin, traces, "-q", "-o", lexicon, ...options]);
      return lexicon;
    };
    const [ours, paper] = [mined(), mined("--preset", "paper")];
    const tags = join(folder, `${file}.tags.jsonl`);
    const excerpts = run([join(shared, "score", "excerpts.mjs"), spans, "--corpus", gold]);
    writeFileSync(tags, run([bin, "tag", ours, "-q"], excerpts));
    const masks = (lexicon, ...more) => score("score-mask.mjs", lexicon, spans, "--corpus", gold, ...more);
    const tagged = masks(ours, "--tags", tags);
    f1.tag.push(tagged.f1);
    f1.annotators.push(tagged.annotatorsF1);
    f1.list.push(masks(ours).f1);
    f1.paper.push(masks(paper).f1);
    units.push(score("score-grams.mjs", ours, join(shared, "gold", "grams.dev.tsv"), "--corpus", gold).unitPrecision);
    const labels = new Map(labelled(gold).map(([, gram, a, b]) => [gram, ((a === "P") + (b === "P")) / 2]));
    for (const { gram, weight } of JSON.parse(readFileSync(ours, "utf8")).entries) {
      const label = labels.get(gram.replace(/,/g, "").replace(/’/g, "'"));
      if (label !== undefined) pool.push([weight, label]);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const row = (name, values) =>
  console.log(`| ${name} | ${values.map((value) => (value === undefined ? "–" : value.toFixed(2))).join(" | ")} |`);
console.log(`| word F1 | ${CORPORA.map(({ file }) => file).join(" | ")} |\n|---|${"---|".repeat(CORPORA.length)}`);
row("`sg-mine tag`, in context", f1.tag);
row("a mined lexicon, matched as a list", f1.list);
row("the paper's recipe (`--preset paper`)", f1.paper);
row("a second annotator", f1.annotators);
row("labelled entries that are whole moves", units);

console.log("\nweight      labelled entries  planning");
const edges = [0, 0.5, 0.7, 0.8, 0.9, 1.01];
edges.slice(1).forEach((to, i) => {
  const within = pool.filter(([weight]) => weight >= edges[i] && weight < to);
  const planning = within.reduce((sum, [, label]) => sum + label, 0) / (within.length || 1);
  console.log(
    `${`${edges[i]}..${Math.min(to, 1)}`.padEnd(12)}${`${within.length}`.padStart(16)}  ${planning.toFixed(3)}`,
  );
});

function labelled(corpus) {
  const rows = readFileSync(join(shared, "gold", "grams.dev.tsv"), "utf8")
    .trim()
    .split("\n");
  return rows.map((line) => line.split("\t")).filter(([name]) => name === corpus);
}
