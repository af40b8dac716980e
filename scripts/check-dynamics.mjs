// The paper's controls on the curves of a real GRPO run: drop 30 % of the strategic grams, and put in their place as
// many random n-grams of matched frequency. Needs a build and the run's rollouts (grpo_steps.jsonl.gz):
//   npm run build && SG_MINE_DATA=DIR node scripts/check-dynamics.mjs [LEXICON]
// Without a LEXICON, one is mined from the run's own successful traces.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { maximalDeviation } from "../dist/dynamics/deviation.js";
import { createMeasurer, curvesOf } from "../dist/dynamics/dynamics.js";
import { wordsOf } from "../dist/lexicon/match.js";
import { readFullLexicon } from "../dist/lexicon/read.js";
import { number } from "../dist/report/charts.js";
import { below, createRandom } from "../dist/statistics/random.js";
import { createWords, isBreak, normalise, scan } from "../dist/text/words.js";
import { readRecords } from "../dist/trainers/records.js";

const DRAWS = 20;
const CURVES = ["semanticEntropy", "clusterEntropy", "conditionalEntropy", "planningRatio", "movesPerTrace"];

const data = join(process.env.SG_MINE_DATA ?? "../shared", "data/grpo_steps.jsonl.gz");
if (!existsSync(data)) {
  console.error(`${data}: no such file; name the folder that holds data/ in SG_MINE_DATA. Nothing was checked.`);
  process.exitCode = 1;
} else await check();

async function check() {
  const records = [];
  for await (const one of readRecords([data], {}, (place, why) => console.log(`${place}: ${why}`))) records.push(one);
  const lexicon = await lexiconOf(process.argv[2]);
  const measure = (using) => {
    const measurer = createMeasurer(using, ["run"]);
    for (const { record, traces } of records) measurer.add("run", record, traces);
    return measurer.finish().dynamics.runs[0];
  };

  const run = measure(lexicon);
  const sizes = run.steps.map(({ problems }) => problems);
  console.log(
    `steps: ${run.steps.map(({ step }) => step).join(" ")} (${run.steps.length}), problems: ${[...new Set(sizes)].join(", ")} each`,
  );
  for (const one of run.unordered)
    console.log(
      `apart: step ${JSON.stringify(one.step)}, ${one.traces} traces, ${one.graded} graded, ${one.succeeded} succeeded`,
    );
  if (
    run.steps.length !== 19 ||
    sizes.some((n) => n !== 100) ||
    run.unordered.reduce((n, one) => n + one.traces, 0) !== 740
  ) {
    console.log("FAILED: expected 19 numeric steps of 100 problems, and 740 traces apart");
    process.exitCode = 1;
  }
  console.log(`lexicon: ${lexicon.entries.length} grams in ${lexicon.clusters.length} clusters`);
  const curves = curvesOf(run.steps);
  for (const name of [...CURVES, "accuracy", "words"]) {
    const values = curves[name].map(({ value }) => value);
    console.log(`${name}: ${values.map((value) => number(Number(value.toPrecision(3)))).join(" ")}`);
  }
  console.log(run.phases.statement);

  const random = createRandom(1, "controls");
  control("drop 30 %", () => {
    const kept = shuffled(lexicon.entries, random).slice(0, Math.round(0.7 * lexicon.entries.length));
    return { entries: kept, clusters: lexicon.clusters };
  });
  const pool = candidatePool(records, lexicon);
  control("placebo of matched frequency", () => ({
    entries: placebo(lexicon, pool, random),
    clusters: lexicon.clusters,
  }));

  /** Draws lexicons and reports how far their curves lie from the whole lexicon's. */
  function control(name, drawn) {
    const found = Object.fromEntries(CURVES.map((curve) => [curve, []]));
    let rises = 0;
    for (let draw = 0; draw < DRAWS; draw++) {
      const other = measure(drawn());
      if (other.phases.changes.semanticEntropy.pieces.some(({ direction }) => direction === "rising")) rises++;
      const theirs = curvesOf(other.steps);
      for (const curve of CURVES) found[curve].push(maximalDeviation(curves[curve], theirs[curve]));
    }
    console.log(`\n${name}, ${DRAWS} draws (semantic entropy rises in ${rises}):`);
    console.log(
      ["curve", "mean shift", "max deviation", "max, shift removed", "of range", "correlation", "lowest"].join("\t"),
    );
    for (const curve of CURVES) {
      const all = found[curve];
      const median = (of) =>
        number(
          Number(
            all
              .map(of)
              .sort((a, b) => a - b)
              [DRAWS >> 1].toPrecision(3),
          ),
        );
      const largest = (of) => number(Number(Math.max(...all.map(of).map(Math.abs)).toPrecision(3)));
      console.log(
        [
          curve,
          median((d) => d.meanDeviation),
          largest((d) => d.deviation),
          largest((d) => d.aligned),
          median((d) => d.alignedShare),
          median((d) => d.correlation),
          number(Number(Math.min(...all.map((d) => d.correlation)).toPrecision(3))),
        ].join("\t"),
      );
    }
    console.log("(maxima over all draws; shift, share of the curve's range and correlation are medians)");
  }
}

async function lexiconOf(file) {
  if (file !== undefined) return readFullLexicon(file);
  const folder = mkdtempSync(join(tmpdir(), "sg-mine-check-"));
  try {
    const mined = join(folder, "grams.json");
    const { status, stderr } = spawnSync("node", [join(import.meta.dirname, "../bin/sg-mine.js"), data, "-o", mined], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`mining failed: ${stderr}`);
    return JSON.parse(readFileSync(mined, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All n-grams within clauses of the traces on the curves, with the number of traces that have them; by length. */
function candidatePool(records, lexicon) {
  const planning = new Set(
    lexicon.entries.flatMap(({ gram, spellings }) => [gram, ...spellings].map((one) => wordsOf(one)?.join(" "))),
  );
  const longest = Math.max(...[...planning].filter(Boolean).map((gram) => gram.split(" ").length));
  const words = createWords();
  const counts = Array.from({ length: longest + 1 }, () => new Map());
  for (const { traces } of records)
    for (const { text, step } of traces) {
      if (typeof step !== "number") continue;
      scan(text, words, "characters");
      const keys = Array.from({ length: words.length }, (_, i) => normalise(text.slice(words.start[i], words.end[i])));
      const seen = new Set();
      for (let first = 0; first < keys.length; first++)
        for (let n = 1; n <= longest && first + n <= keys.length; n++) {
          if (n > 1 && isBreak(words.gap[first + n - 1])) break;
          seen.add(keys.slice(first, first + n).join(" "));
        }
      for (const gram of seen) {
        const length = gram.split(" ").length;
        counts[length].set(gram, (counts[length].get(gram) ?? 0) + 1);
      }
    }
  const frequency = (gram) => counts[gram.split(" ").length].get(gram) ?? 0;
  const byLength = counts.map((of) =>
    [...of].filter(([gram]) => !planning.has(gram)).sort(([a, n], [b, m]) => n - m || (a < b ? -1 : 1)),
  );
  return { byLength, frequency };
}

/** Each entry replaced by a random gram of its length among the twenty nearest in number of traces; none twice. */
function placebo(lexicon, { byLength, frequency }, random) {
  const taken = new Set();
  return lexicon.entries.map((entry) => {
    const words = wordsOf(entry.gram);
    const wanted = frequency(words.join(" "));
    const near = byLength[words.length]
      .filter(([gram]) => !taken.has(gram))
      .map(([gram, n]) => ({ gram, off: Math.abs(n - wanted) }))
      .sort((a, b) => a.off - b.off)
      .slice(0, 20);
    const { gram } = near[below(random, near.length)];
    taken.add(gram);
    return { ...entry, gram, spellings: [gram], position: undefined };
  });
}

function shuffled(list, random) {
  return list
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
