// Mines the files given and prints, as JSON, the seconds that each stage took.
import { availableParallelism } from "node:os";
import { DEFAULTS, mine, openEncoder, readSources, readTagger } from "../dist/index.js";

const stages = [];
await mine(readSources(process.argv.slice(2)), {}, DEFAULTS, {
  openEncoder,
  tagger: await readTagger(),
  threads: availableParallelism(),
  memory: 256 * 2 ** 20,
  version: "bench",
  onProgress(stage) {
    if (stages.at(-1)?.stage !== stage) stages.push({ stage, from: performance.now() });
  },
});
const end = performance.now();
const seconds = stages.map(({ stage, from }, i) => [stage, ((stages[i + 1]?.from ?? end) - from) / 1000]);
console.log(JSON.stringify(Object.fromEntries(seconds)));
