// Error rates of the phase detector on synthetic runs, with and without phases. Needs a build:
//   npm run build && node scripts/check-dynamics-phases.mjs [RUNS]
import { phasesOf } from "../dist/dynamics/phases.js";
import { createRandom, normal } from "../dist/statistics/random.js";

const runs = Number(process.argv[2] ?? 200);

/** Noise of variance 1 whose neighbours correlate by r. */
function noise(n, r, random) {
  const values = [normal(random)];
  while (values.length < n) values.push(r * values.at(-1) + Math.sqrt(1 - r * r) * normal(random));
  return values;
}

const flat = () => 0;
const falls = (t) => -t;
const rises = (t) => t;
/** Linear to the knot, level after it; and the other way round. */
const fallsFirst = (at) => (t) => Math.max(-1, -t / at);
const decays = (t) => Math.exp(-t / 0.12) - 1;
const risesLater = (at) => (t) => Math.max(0, (t - at) / (1 - at));

// shape of execution entropy, of semantic entropy (both of height 1), noise as a share of the height, its correlation
const scenes = [
  ["no change, white noise", flat, flat, 0.2, 0],
  ["no change, noise correlated 0.5", flat, flat, 0.2, 0.5],
  ["no change, noise correlated 0.8", flat, flat, 0.2, 0.8],
  ["steady trends, white noise", falls, rises, 0.2, 0],
  ["steady trends, noise correlated 0.5", falls, rises, 0.2, 0.5],
  ["consolidation only", fallsFirst(0.35), flat, 0.1, 0],
  ["exploration only", flat, risesLater(0.35), 0.1, 0],
  ["two phases, noise 0.05", fallsFirst(0.35), risesLater(0.35), 0.05, 0],
  ["two phases, noise 0.1", fallsFirst(0.35), risesLater(0.35), 0.1, 0],
  ["two phases, noise 0.2", fallsFirst(0.35), risesLater(0.35), 0.2, 0],
  ["two phases, noise 0.1 correlated 0.5", fallsFirst(0.35), risesLater(0.35), 0.1, 0.5],
  ["two phases, exponential decay, noise 0.05", decays, risesLater(0.35), 0.05, 0],
  ["two phases, exponential decay, noise 0.1", decays, risesLater(0.35), 0.1, 0],
];

console.log(`${runs} runs each; shares of runs in which was found …`);
console.log(["steps", "both phases", "consolidation", "exploration", "change in semantic entropy", "run"].join("\t"));
for (const steps of [19, 50, 200])
  for (const [name, execution, semantic, size, correlation] of scenes) {
    const random = createRandom(7, `${name} ${steps}`);
    const curve = (shape) => {
      const drawn = noise(steps, correlation, random);
      return drawn.map((e, i) => ({ step: i * 10, value: 2 + shape(i / (steps - 1)) + size * e }));
    };
    const count = { found: 0, consolidation: 0, exploration: 0, knot: 0 };
    for (let run = 0; run < runs; run++) {
      const phases = phasesOf(
        {
          semanticEntropy: curve(semantic),
          executionEntropy: curve(execution),
          executionPerplexity: [],
          accuracy: [],
          length: [],
          conditionalEntropy: [],
          planningRatio: [],
        },
        run,
      );
      count.found += phases.found;
      count.consolidation += phases.consolidation !== null;
      count.exploration += phases.exploration !== null;
      count.knot += phases.changes.semanticEntropy.knots.length > 0;
    }
    const rates = Object.values(count).map((n) => (n / runs).toFixed(3));
    console.log([steps, ...rates, name].join("\t"));
  }
