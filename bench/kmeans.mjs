// Our clustering beside ml-kmeans on 12,000 rows of 128 numbers: the figures in the README.
// usage: node bench/kmeans.mjs
// ml-kmeans begins with rows that are drawn here, for its own start takes a minute and more; ours makes its own start.
import { availableParallelism } from "node:os";
import { kmeans } from "ml-kmeans";
import { cluster, clusterCount } from "../dist/clusters/kmeans.js";

const [POINTS, DIMENSION, ROUNDS] = [12_000, 128, 20];
const k = clusterCount(POINTS);
/** Mulberry32: the same numbers everywhere. */
let state = 42;
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
// rows of length 1 around k directions, as phrases around moves
const directions = Array.from({ length: k }, () => Array.from({ length: DIMENSION }, () => random() - 0.5));
const lists = Array.from({ length: POINTS }, (_, i) => {
  const row = directions[i % k].map((x) => x + 0.4 * (random() - 0.5));
  const length = Math.hypot(...row);
  return row.map((x) => x / length);
});
const rows = Float32Array.from(lists.flat());
const initialization = Array.from({ length: k }, (_, i) => lists[(i * 7919) % POINTS]);

const seconds = async (run) => {
  const began = performance.now();
  await run();
  return ((performance.now() - began) / 1000).toFixed(2);
};
console.log(`${POINTS} × ${DIMENSION}, ${k} clusters, at most ${ROUNDS} rounds, seconds`);
for (const threads of new Set([1, availableParallelism()]))
  console.log(`ours, ${threads} threads: ${await seconds(() => cluster(rows, DIMENSION, k, 42, { threads }))}`);
console.log(
  `ml-kmeans: ${await seconds(() => kmeans(lists, k, { initialization, maxIterations: ROUNDS, tolerance: 0 }))}`,
);
