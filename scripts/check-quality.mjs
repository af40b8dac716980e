#!/usr/bin/env node
// Scores what sg-mine marks, what the paper's recipe marks and what the keyword lists of trainers mark, against labelled
// planning language: the tables of README.md, README.zh.md and docs/quality.md. Needs the data, labels and scorers, which
// are not part of the project: SG_MINE_DATA names the folder that holds data/, gold/, train/ and score/. Exits with 1 where
// they are absent.
// usage: node scripts/check-quality.mjs [--write]     --write puts the tables into the files, else they are printed
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LEAST_WEIGHT } from "../dist/selection/choose.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const shared = process.env.SG_MINE_DATA;
for (const part of ["data", "gold", "score", "train"])
  if (!shared || !existsSync(join(shared, part))) {
    console.error(`no ${part}/ in ${shared ?? "SG_MINE_DATA, which is not set"}: quality not checked`);
    process.exit(1);
  }
const write = process.argv.includes("--write");
// before minutes of work
for (const [file, ...names] of [
  ["README.md", "quality"],
  ["README.zh.md", "quality"],
  ["docs/quality.md", "marks", "lists", "weights"],
])
  for (const name of names) placed(file, name, "");
const CORPORA = [
  { file: "skythought", gold: "skythought_evals" },
  { file: "zeroeval", gold: "zeroeval" },
  { file: "tau2", gold: "tau2_bench" },
];
const bin = join(root, "bin/sg-mine.js");
const keywords = JSON.parse(readFileSync(join(root, "bench/keywords/lists.json"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "quality-"));
const run = (args, input) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { input, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${args.join(" ")}: exit ${status}\n${stderr}`);
  return stdout;
};
const score = (name, ...args) => JSON.parse(run([join(shared, "score", name), ...args, "--json"]));
const spans = join(shared, "gold", "spans.dev.json");
/** A file of the scratch folder with a JSON value in it. */
const fileOf = (name, value) => {
  writeFileSync(join(folder, name), JSON.stringify(value));
  return join(folder, name);
};

/** Per row, a score on each of the corpora: {precision, recall, f1}. */
const rows = { tag: [], list: [], reference: [], paper: [], annotators: [], keywords: keywords.map(() => []) };
const units = [];
const pool = [];
/** The keyword lists on the labelled English excerpts of all other sources, which the tagger learned from and they did not. */
let elsewhere;
try {
  const lists = keywords.map(({ words }, i) => fileOf(`keywords${i}.json`, words));
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
    rows.tag.push(tagged);
    rows.annotators.push({ f1: tagged.annotatorsF1 });
    rows.list.push(masks(ours));
    rows.reference.push(masks(join(root, "lexicons/reference.json")));
    rows.paper.push(masks(paper));
    lists.forEach((list, i) => {
      rows.keywords[i].push(masks(list));
    });
    units.push(score("score-grams.mjs", ours, join(shared, "gold", "grams.dev.tsv"), "--corpus", gold).unitPrecision);
    const labels = new Map(labelled(gold).map(([, gram, a, b]) => [gram, ((a === "P") + (b === "P")) / 2]));
    for (const { gram, weight } of JSON.parse(readFileSync(ours, "utf8")).entries) {
      const label = labels.get(gram.replace(/,/g, "").replace(/’/g, "'"));
      if (label !== undefined) pool.push([weight, label]);
    }
  }
  const names = CORPORA.map(({ file }) => file);
  const other = JSON.parse(readFileSync(join(shared, "train", "spans.train.json"), "utf8")).filter(
    ({ corpus, language }) => language === "en" && !names.some((name) => corpus.startsWith(name)),
  );
  const file = fileOf("elsewhere.json", other);
  elsewhere = {
    corpora: new Set(other.map(({ corpus }) => corpus)).size,
    scores: lists.map((list) => score("score-mask.mjs", list, file)),
  };
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const two = (value) => (value === undefined ? "–" : value.toFixed(2));
const line = (cells) => `| ${cells.join(" | ")} |`;
const table = (head, body) => [line(head), `|${"---|".repeat(head.length)}`, ...body.map(line)].join("\n");
const f1 = (scores) => scores.map((one) => two(one.f1));
const best = CORPORA.map((_, corpus) => Math.max(...rows.keywords.map((scores) => scores[corpus].f1)));

/** The README's table; `say` has its words. */
const front = (say) =>
  table(
    [say.what, ...say.corpora],
    [
      [say.tag, ...f1(rows.tag)],
      [say.list, ...f1(rows.list)],
      [say.paper, ...f1(rows.paper)],
      [say.keywords(keywords.length), ...best.map(two)],
      [say.annotators, ...f1(rows.annotators)],
    ],
  );
const english = front({
  what: "word F1 against labelled planning",
  corpora: ["SkyThought: math, reflective", "ZeroEval: math and code, plain", "tau2: service agents"],
  tag: "`sg-mine tag`, in context",
  list: "a mined lexicon, matched as a plain list",
  paper: "the paper's recipe, `--preset paper`",
  keywords: (count) => `the best of [${count} keyword lists](docs/quality.md) that trainers hard-code`,
  annotators: "a second annotator",
});
const chinese = front({
  what: "与书面指南下的标注相比，词级 F1",
  corpora: ["SkyThought：数学，多反思", "ZeroEval：数学与代码，少反思", "tau2：客服智能体"],
  tag: "`sg-mine tag`，结合上下文",
  list: "挖掘出的词典，当作普通列表匹配",
  paper: "论文原配方，`--preset paper`",
  keywords: (count) => `训练器里写死的 [${count} 份关键词表](docs/quality.md)中最好的一份`,
  annotators: "另一位标注者",
});
const full = (name, scores) => [
  name,
  ...scores.map(
    ({ precision, recall, f1 }) => `${two(f1)}${precision === undefined ? "" : ` (${two(precision)}, ${two(recall)})`}`,
  ),
];
const head = ["word F1 (precision, recall)", "SkyThought", "ZeroEval", "tau2"];
const marks = table(head, [
  full("`sg-mine tag`, in context", rows.tag),
  full("a lexicon mined from the corpus, as a plain list", rows.list),
  full("`@reference`, as a plain list", rows.reference),
  full("`--preset paper`, mined from the corpus", rows.paper),
  full("a second annotator", rows.annotators),
]);
const lists = table(
  ["list", "words", ...head.slice(1), `${elsewhere.corpora} other corpora`],
  keywords.map(({ name, words }, i) => [
    name,
    words.length,
    ...full(name, [...rows.keywords[i], elsewhere.scores[i]]).slice(1),
  ]),
);
const edges = [LEAST_WEIGHT, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01];
const weights = table(
  ["weight", "labelled entries", "of these planning moves"],
  edges.slice(1).map((to, i) => {
    const within = pool.filter(([weight]) => weight >= edges[i] && weight < to);
    const planning = within.reduce((sum, [, label]) => sum + label, 0) / within.length;
    return [`${edges[i]} to ${Math.min(to, 1)}`, within.length, within.length > 0 ? two(planning) : "–"];
  }),
);
const entries = `Labelled entries that are whole moves: ${CORPORA.map(({ file }, i) => `${file} ${two(units[i])}`).join(", ")}.`;
const commit = spawnSync("git", ["log", "-1", "--format=%h", "--", "src", "models"], { cwd: root, encoding: "utf8" });
const version = `Measured on the sources as of commit ${commit.stdout.trim()}.`;

for (const [file, parts] of Object.entries({
  "README.md": { quality: english },
  "README.zh.md": { quality: chinese },
  "docs/quality.md": { marks: `${marks}\n\n${entries} ${version}`, lists, weights },
}))
  for (const [name, part] of Object.entries(parts)) {
    if (write) writeFileSync(join(root, file), placed(file, name, part));
    else console.log(`${file}, ${name}\n\n${part}\n`);
  }

/** The text of a file with a part in the place that is marked for it. */
function placed(file, name, part) {
  const text = readFileSync(join(root, file), "utf8");
  const place = new RegExp(`(<!-- ${name}:[^>]*-->\\n)(?:[^]*?\\n)??(<!-- /${name} -->)`);
  if (!place.test(text)) throw new Error(`${file}: no place for ${name}`);
  return text.replace(place, (_, before, after) => `${before}${part}\n${after}`);
}

function labelled(corpus) {
  const lines = readFileSync(join(shared, "gold", "grams.dev.tsv"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => line.split("\t")).filter(([name]) => name === corpus);
}
