// What mining costs, beside the least that reading costs:
//
//   npm run bench -- [--sizes 25,250,1000] [--rounds 3] [--folder DIR]
//
// One table: for real traces and generated ones of so many megabytes, the seconds of the yardstick (read, parse, split
// into words; one thread), of a whole run, of its stages and of `sg-mine count`, each run a process of its own, in
// turns, the median of the rounds. Then the encoder and the clustering against plain calls of the libraries.
// Real traces are data/skythought.jsonl.gz and data/zeroeval.jsonl.gz in the folder that SG_MINE_DATA names (default
// ../shared); without them the sizes are generated from fixtures/traces.jsonl. SG_MINE_YARDSTICK names another
// yardstick. Generated files stay in --folder for the next time, otherwise they are removed.

import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readCorpus } from "./corpus.mjs";
import { generate } from "./generate.mjs";
import { compareClusterings, compareEncoders, frequentPhrases } from "./libraries.mjs";
import { measure, median } from "./measure.mjs";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "25,250,1000" },
    rounds: { type: "string", default: "3" },
    folder: { type: "string" },
  },
});
const sizes = options.sizes.split(",").filter(Boolean).map(Number);
const rounds = Number(options.rounds);
if (sizes.some((size) => !(size > 0)) || !(rounds >= 1)) {
  console.error("bench: --sizes takes megabytes such as 25,250 and --rounds a number of at least 1");
  process.exit(2);
}
const data = process.env.SG_MINE_DATA ?? "../shared";
const own = (path) => fileURLToPath(new URL(path, import.meta.url));
const given = process.env.SG_MINE_YARDSTICK ?? join(data, "bench/yardstick.mjs");
const yardstick = existsSync(given) ? given : own("yardstick.mjs");
const tool = own("../bin/sg-mine.js");

const real = ["skythought", "zeroeval"].map((name) => join(data, "data", `${name}.jsonl.gz`));
const found = real.every((file) => existsSync(file));
const sources = found ? real : [own("../fixtures/traces.jsonl")];
console.log(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown processor"}`);
console.log(
  `yardstick: ${basename(yardstick)}${yardstick === given ? ", given" : ""}; medians of ${rounds} rounds, in turns`,
);
if (!found) {
  console.log(`no real traces: ${real.join(" and ")} are absent (SG_MINE_DATA names the folder that holds data/);`);
  console.log("sizes are generated from fixtures/traces.jsonl, whose n-grams are few: they say little about real text");
}

const folder = options.folder ?? mkdtempSync(join(tmpdir(), "sg-mine-bench-"));
mkdirSync(folder, { recursive: true });
try {
  const corpora = found ? real.map((file) => ({ name: basename(file, ".jsonl.gz"), files: [file] })) : [];
  if (found) corpora.push({ name: "both", files: real });
  for (const size of sizes) corpora.push({ name: `generated ${size} MB`, files: [await generated(size)] });
  const commands = await commandsOf();
  printRow(["", "", "seconds", "MB/s", "× yard", "share", "peak MiB"]);
  for (const corpus of corpora) await printCorpus(corpus, commands);

  const phrases = frequentPhrases(await readCorpus(sources.slice(0, 1)), 12_000);
  const encoders = await compareEncoders(phrases);
  console.log("\nembedding                                   phrases  phrases/s");
  for (const { name, phrases, perSecond } of encoders.rows) {
    console.log(name.padEnd(40) + String(phrases).padStart(11) + perSecond.toFixed(0).padStart(11));
  }
  console.log("\nclustering                                   points          k    seconds    inertia");
  for (const { name, points, k, seconds, inertia } of await compareClusterings(encoders.vectors, encoders.dimension)) {
    const numbers = [String(points), String(k), seconds.toFixed(2), inertia.toFixed(1)];
    console.log(name.padEnd(40) + numbers.map((number) => number.padStart(11)).join(""));
  }
} finally {
  if (!options.folder) rmSync(folder, { recursive: true });
}

/** The file with so many generated megabytes; made unless it is there. */
async function generated(megabytes) {
  const path = join(folder, `generated-${found ? "" : "fixtures-"}${megabytes}.jsonl`);
  if (existsSync(path)) return path;
  console.error(`generating ${megabytes} MB …`);
  const partial = `${path}.partial`;
  const out = createWriteStream(partial);
  await generate(await readCorpus(sources), { megabytes }, (line) =>
    out.write(line) ? undefined : once(out, "drain"),
  );
  out.end();
  await once(out, "close");
  renameSync(partial, path);
  return path;
}

/** What is timed on every corpus; `count` from the version that has it. */
async function commandsOf() {
  const commands = { yardstick: [yardstick], mine: [tool, "mine", "-q"], stages: [own("stages.mjs")] };
  const { output } = await measure(tool, ["--help"]);
  if (/^ +count\b/m.test(output)) commands.count = [tool, "count", "-q", "-o", join(folder, "counts.parquet")];
  return commands;
}

async function printCorpus({ name, files }, commands) {
  const runs = Object.fromEntries(Object.keys(commands).map((command) => [command, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [command, [script, ...args]] of Object.entries(commands)) {
      runs[command].push(await measure(script, [...args, ...files]));
    }
  }
  const { megabytes } = JSON.parse(runs.yardstick[0].output);
  const reported = runs.yardstick.map(({ output }) => JSON.parse(output).seconds);
  const least = median(reported);
  const print = (label, seconds, whole, peak) =>
    printRow([
      whole ? "" : name,
      label,
      seconds.toFixed(2),
      (megabytes / seconds).toFixed(1),
      (seconds / least).toFixed(2),
      whole ? `${((100 * seconds) / whole).toFixed(0)} %` : "",
      peak ? peak.toFixed(0) : "",
    ]);
  const peakOf = (command) => median(runs[command].map(({ peak }) => peak));
  print("yardstick", least, 0, peakOf("yardstick"));
  for (const command of Object.keys(runs).filter((name) => name !== "yardstick" && name !== "stages")) {
    const whole = median(runs[command].map(({ seconds }) => seconds));
    print(command, whole, whole, peakOf(command));
    if (command !== "mine") continue;
    const timed = runs.stages.map(({ output }) => JSON.parse(output));
    for (const stage of Object.keys(timed[0])) print(`  ${stage}`, median(timed.map((run) => run[stage])), whole);
  }
}

function printRow([corpus, what, ...numbers]) {
  console.log(corpus.padEnd(20) + what.padEnd(13) + numbers.map((number) => number.padStart(10)).join(""));
}
