#!/usr/bin/env node
// Size and power of the comparison of right and wrong attempts, in simulated worlds whose effect is known.
// usage: bench/success.mjs [WORLDS]      (200 unless given; some minutes)
// A world: problems with six attempts, half of them right; words lognormal, right attempts longer by a third (or not);
// moves 5 % of the words with Poisson-like noise, beside an effect of success in units of the noise. Prints how often the
// p value and the 95 % interval say that there is an effect: raw, and at equal length.
import { crossValidated } from "../dist/statistics/pairwise.js";
import { createRandom, normal } from "../dist/statistics/random.js";
import { aucs, effectOf, lengthsOf, meanOverProblems, mixedGroups } from "../dist/statistics/within.js";

const WORLDS = Number(process.argv[2] ?? 200);
const EACH = 6;
const DRAWS = 300;

function worldOf(problems, longer, effect, random) {
  const count = problems * EACH;
  const problem = Int32Array.from({ length: count }, (_, i) => Math.floor(i / EACH));
  const success = Uint8Array.from({ length: count }, (_, i) => Number(i % EACH < EACH / 2));
  // problems differ in length and in how much is planned, attempts about them
  const size = Float64Array.from({ length: problems }, () => 5 + 0.7 * normal(random));
  const rate = Float64Array.from({ length: problems }, () => 0.05 * Math.exp(0.3 * normal(random)));
  const words = Float64Array.from({ length: count }, (_, i) =>
    Math.round(Math.exp(size[problem[i]] + longer * success[i] + 0.4 * normal(random))),
  );
  const moves = words.map((count, i) => {
    const expected = rate[problem[i]] * count;
    return Math.max(0, expected + Math.sqrt(expected) * (normal(random) + effect * success[i]));
  });
  return { ...mixedGroups(problem, success), words, moves };
}

const rows = [
  [
    "problems",
    "right ones longer",
    "effect",
    "raw p",
    "raw interval",
    "equal length p",
    "interval",
    "planning over length",
  ],
];
for (const problems of [20, 50, 200])
  for (const [longer, effect] of [
    [0, 0],
    [0.3, 0],
    [0.3, 0.25],
    [0.3, 0.5],
  ]) {
    const random = createRandom(1, `${problems} ${longer} ${effect}`);
    const said = new Array(5).fill(0);
    for (let world = 0; world < WORLDS; world++) {
      const { groups, words, moves } = worldOf(problems, longer, effect, random);
      const lengths = lengthsOf(words);
      const { raw, corrected } = effectOf(groups, moves, lengths, DRAWS, world);
      const beyond = ({ low, high }) => Number(low > 0 || high < 0);
      said[0] += Number(raw.p < 0.05);
      said[1] += beyond(raw);
      said[2] += Number(corrected.p < 0.05);
      said[3] += beyond(corrected);
      const model = (columns) => aucs(groups, crossValidated(groups, columns, problems, world), problems);
      const alone = model(lengths);
      const both = model([moves.map(Math.log1p), ...lengths]);
      said[4] += Number(
        meanOverProblems(
          both.map((value, p) => value - alone[p]),
          DRAWS,
          world,
        ).low > 0,
      );
    }
    const share = (count) => (count / WORLDS).toFixed(2);
    rows.push([problems, longer === 0 ? "no" : "by a third", effect, ...said.map(share)].map(String));
    console.error(rows.at(-1).join("  "));
  }
console.log(
  rows.map((row, i) => `| ${row.join(" | ")} |${i === 0 ? `\n|${"---|".repeat(row.length)}` : ""}`).join("\n"),
);
