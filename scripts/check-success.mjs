#!/usr/bin/env node
// What planning has to do with success on published traces with right and wrong attempts: the table of docs/success.md.
// Needs the data, which is not part of the project: SG_MINE_DATA names the folder that holds data/ and train/. Exits with 1
// where it is absent, and where planning no longer adds to length on the corpus that is large enough to tell.
// usage: node scripts/check-success.mjs [--write] [NAME...]     --write puts the table into docs/success.md, else it is printed
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const shared = process.env.SG_MINE_DATA;
/** File, and what attempts must have in common beside the problem. */
const CORPORA = [
  ["data/zeroeval"],
  ["data/skythought", "model"],
  ["train/traces/mmlu_pro_plain"],
  ["train/traces/kimi_qwen3next_mmlupro_gpqa", "model"],
  ["train/traces/reasoning_gym_instruct", "model"],
  ["train/traces/cotfaithr1", "model"],
  ["data/livecodebench", "model"],
  ["data/tau2", "model"],
  ["train/traces/rl_checkpoints_math", "model"],
  ["train/traces/agent_mint"],
  ["data/grpo_steps"],
];
const LARGE = "data/zeroeval";

const fileOf = (name) => join(shared ?? "", `${name}.jsonl.gz`);
for (const [name] of CORPORA)
  if (!shared || !existsSync(fileOf(name))) {
    console.error(`no ${name}.jsonl.gz in ${shared ?? "SG_MINE_DATA, which is not set"}: success not checked`);
    process.exit(1);
  }
const asked = process.argv.slice(2).filter((one) => !one.startsWith("--"));
const auc = (of) => (of ? `${of.value.toFixed(3)} <small>${of.low.toFixed(3)}–${of.high.toFixed(3)}</small>` : "–");
const sign = (of) => (of ? (of.low > 0 ? "**" : of.high < 0 ? "_" : "") : "");
const signed = (of) =>
  of
    ? `${sign(of)}${of.value < 0 ? "−" : "+"}${Math.abs(of.value).toFixed(3)}${sign(of)} <small>${of.low.toFixed(3)} to ${of.high.toFixed(3)}</small>`.replaceAll(
        " -",
        " −",
      )
    : "–";
const rows = [
  "| corpus | compared within | problems, attempts | length alone | planning | planning and length | adds to length | placebo | planning less placebo | best keyword list |",
  "|---|---|---|---|---|---|---|---|---|---|",
];
let failed = false;
for (const [name, within] of CORPORA) {
  if (asked.length > 0 && !asked.some((one) => name.endsWith(one))) continue;
  const args = ["audit", "--success", "--format", "json", "-q", ...(within ? ["--within", within] : [])];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "bin/sg-mine.js"), ...args, join(root, "lexicons/reference.json"), fileOf(name)],
    { encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(`${name}: exit ${status}\n${stderr}`);
  const { compared, lengthAlone, models } = JSON.parse(stdout);
  const of = Object.fromEntries(models.map((model) => [model.marked, model]));
  const lists = models.filter(({ marked }) => !["planning", "grams", "placebo"].includes(marked));
  const [best] = lists.sort((a, b) => b.auc.value - a.auc.value);
  rows.push(
    `| ${[
      name.split("/").pop(),
      compared.within.join(", "),
      `${compared.problems}, ${compared.attempts}`,
      auc(lengthAlone),
      auc(of.planning?.auc),
      auc(of.planning?.withLength),
      signed(of.planning?.overLength),
      auc(of.placebo?.auc),
      signed(of.placebo?.planningLess),
      best ? `${best.marked} ${auc(best.auc)}` : "–",
    ].join(" | ")} |`,
  );
  console.error(rows.at(-1));
  if (name === LARGE && !(of.planning.overLength.low > 0)) {
    console.error(`${name}: planning no longer adds to length`);
    failed = true;
  }
}
const table = rows.join("\n");
if (process.argv.includes("--write")) {
  const path = join(root, "docs/success.md");
  const page = readFileSync(path, "utf8");
  const marked = /(<!-- success -->\n)[\s\S]*(\n<!-- \/success -->)/;
  if (!marked.test(page)) throw new Error("docs/success.md has no place for the table");
  writeFileSync(
    path,
    page.replace(marked, (_, before, after) => `${before}${table}${after}`),
  );
} else console.log(table);
if (failed) process.exitCode = 1;
