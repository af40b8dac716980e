// How well and how fast the encoder stands in for its teacher, on phrases it was not trained on:
//
//   npm run bench:encoder -- --phrases heldout.txt --teacher DIR [--model DIR] [--threads 2]
//
// heldout.txt is written by models/phrase-encoder/train/prepare.py, the teacher's folder by teacher.py beside it.
// Prints Spearman correlations of the cosines, nearest-neighbour overlap, phrases per second, batch independence.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { env, matmul, pipeline, Tensor } from "@xenova/transformers";
import { openEncoder } from "../dist/encoder/encoder.js";

const { values: options } = parseArgs({
  options: {
    phrases: { type: "string" },
    teacher: { type: "string" },
    model: { type: "string" },
    threads: { type: "string", default: "2" },
  },
});
if (!options.phrases || !options.teacher) {
  console.error(
    "bench/encoder.mjs: name the held-out phrases (--phrases FILE) and the teacher's folder (--teacher DIR)",
  );
  process.exit(2);
}
const NEAREST = 10;
const PAIRS = 200_000;
const TIMED = 4096; // phrases on which the teacher's speed is taken
const threads = Number(options.threads);
const phrases = readFileSync(options.phrases, "utf8").split("\n").filter(Boolean);
const n = phrases.length;

const student = await openEncoder({ model: options.model, threads });
const teacher = await openEncoder({ model: options.teacher, threads });

/** Phrases per second of `run` over `texts`, the best of `rounds`, after a warm-up. */
async function speed(run, texts, rounds = 3) {
  await run(texts.slice(0, 512));
  let best = 0;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await run(texts);
    best = Math.max(best, (texts.length / (performance.now() - start)) * 1000);
  }
  return best;
}

env.allowRemoteModels = false;
/** The teacher as transformers.js runs it by itself, phrases sorted by length, 64 at a time. */
async function pipelineSpeed(dtype) {
  const extract = await pipeline("feature-extraction", options.teacher, {
    dtype,
    device: "cpu",
    session_options: { intraOpNumThreads: threads, extra: { session: { intra_op: { allow_spinning: "0" } } } },
  });
  const sorted = phrases.slice(0, TIMED).sort((a, b) => a.length - b.length);
  const run = async (texts) => {
    for (let i = 0; i < texts.length; i += 64)
      await extract(texts.slice(i, i + 64), { pooling: "mean", normalize: true });
  };
  const result = await speed(run, sorted, 2);
  await extract.dispose();
  return result;
}

console.log(`${n} phrases, ${threads} threads`);
console.log(`student: ${student.name}, ${student.dimension} numbers, ${student.sha256}`);
console.log(`teacher: ${teacher.name}, ${teacher.dimension} numbers, ${teacher.sha256}`);

const ours = await speed((texts) => student.embed(texts), phrases);
const theirs = await speed((texts) => teacher.embed(texts), phrases.slice(0, TIMED), 2);
const floats = await pipelineSpeed("fp32");
const bytes = await pipelineSpeed("q8");
console.log("\nphrases per second, tokenising included");
console.log(`  student                              ${ours.toFixed(0)}`);
for (const [name, value] of [
  ["teacher, float, this encoder's loop  ", theirs],
  ["teacher, float, transformers.js      ", floats],
  ["teacher, 8 bits, transformers.js     ", bytes],
]) {
  console.log(`  ${name}${value.toFixed(0)}  (student ${(ours / value).toFixed(1)} times as fast)`);
}

const vectors = await student.embed(phrases);
const targets = await teacher.embed(phrases);

/** Indices of each row's nearest other rows by cosine: n × NEAREST. */
async function nearest(rows, dimension) {
  const turned = new Float32Array(rows.length);
  for (let i = 0; i < n; i++) for (let d = 0; d < dimension; d++) turned[d * n + i] = rows[i * dimension + d];
  const all = new Tensor("float32", turned, [dimension, n]);
  const found = new Int32Array(n * NEAREST);
  for (let start = 0; start < n; start += 1000) {
    const count = Math.min(1000, n - start);
    const block = rows.slice(start * dimension, (start + count) * dimension);
    const { data } = await matmul(new Tensor("float32", block, [count, dimension]), all);
    for (let i = 0; i < count; i++) {
      const best = []; // [cosine, index], best first
      for (let j = 0; j < n; j++) {
        const cosine = data[i * n + j];
        if (j === start + i || (best.length === NEAREST && cosine <= best[NEAREST - 1][0])) continue;
        let at = best.length;
        while (at > 0 && best[at - 1][0] < cosine) at--;
        best.splice(at, 0, [cosine, j]);
        if (best.length > NEAREST) best.pop();
      }
      best.forEach(([, j], rank) => {
        found[(start + i) * NEAREST + rank] = j;
      });
    }
  }
  return found;
}

const near = await nearest(targets, teacher.dimension);
const mine = await nearest(vectors, student.dimension);
let shared = 0;
for (let i = 0; i < n; i++) {
  const set = new Set(near.subarray(i * NEAREST, (i + 1) * NEAREST));
  for (const j of mine.subarray(i * NEAREST, (i + 1) * NEAREST)) if (set.has(j)) shared++;
}

// every run draws the same pairs (a linear congruential generator, Numerical Recipes)
let state = 1;
const draw = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};
const random = [];
while (random.length < PAIRS) {
  const pair = [draw(), draw()];
  if (pair[0] !== pair[1]) random.push(pair);
}
const close = Array.from(near, (j, i) => [Math.floor(i / NEAREST), j]);

function ranks(values) {
  const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const result = new Float64Array(values.length);
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end < order.length && values[order[end]] === values[order[i]]) end++;
    for (let k = i; k < end; k++) result[order[k]] = (i + end - 1) / 2;
    i = end;
  }
  return result;
}
function spearman(pairs) {
  const cosines = (rows, dimension) =>
    Float64Array.from(pairs, ([a, b]) => {
      let sum = 0;
      for (let d = 0; d < dimension; d++) sum += rows[a * dimension + d] * rows[b * dimension + d];
      return sum;
    });
  const x = ranks(cosines(targets, teacher.dimension));
  const y = ranks(cosines(vectors, student.dimension));
  const mean = (pairs.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) ** 2;
    yy += (y[i] - mean) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}
console.log("\nagreement of student and teacher");
console.log(`  Spearman, random pairs               ${spearman(random).toFixed(4)}`);
console.log(`  Spearman, near pairs                 ${spearman(close).toFixed(4)}`);
console.log(`  Spearman, as many of both            ${spearman([...random, ...close]).toFixed(4)}`);
console.log(`  ten nearest neighbours shared        ${(shared / (n * NEAREST)).toFixed(4)}`);

const single = await openEncoder({ model: options.model, threads: 1 });
const differs = (a, b) => a.some((value, i) => value !== b[i]);
let alone = 0;
for (let i = 0; i < n; i += Math.ceil(n / 500)) {
  const whole = vectors.subarray(i * student.dimension, (i + 1) * student.dimension);
  if (differs(await student.embed([phrases[i]]), whole)) alone++;
}
const reversed = await single.embed([...phrases].reverse());
let ordered = 0;
for (let i = 0; i < n; i++) {
  const from = (n - 1 - i) * student.dimension;
  const there = reversed.subarray(from, from + student.dimension);
  if (differs(there, vectors.subarray(i * student.dimension, (i + 1) * student.dimension))) ordered++;
}
console.log("\nvectors that differ in any bit");
console.log(`  alone, of ${Math.ceil(n / Math.ceil(n / 500))}                         ${alone}`);
console.log(`  reversed order and one thread, of ${n}  ${ordered}`);
await Promise.all([student.close(), single.close(), teacher.close()]);
