#!/usr/bin/env node
// Fits the move model on reasoning traces and writes weights.json beside this file.
// usage: node models/move-model/train.mjs FILE...    (traces of reflective models; success does not matter here)
// No labels: the grams to learn from are those whose use in the traces gives them away (src/selection/signature.ts).
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { cluster } from "../../dist/clusters/kmeans.js";
import { createGramCounter } from "../../dist/grams/grams.js";
import { createTrie } from "../../dist/grams/trie.js";
import { pathOf, usageOf } from "../../dist/grams/usage.js";
import { createWords, isBreak, normalise, scan } from "../../dist/text/words.js";
import { fitMoves } from "../../dist/selection/moves.js";
import { signatureOf } from "../../dist/selection/signature.js";
import { readSources, recordsOf, tracesOf } from "../../dist/traces/traces.js";

const MAX_N = 6;
const TOPICS = 12;
const DIMENSION = 256;
// Topics are fuzzy: a gram's reach is the mean over several clusterings.
const SEEDS = [1, 2, 3, 4, 5];
const FLOOR = 0.007; // share of problems

async function* everyTrace(file) {
  for await (const batch of readSources([file])) {
    for (const { value, error } of recordsOf(batch))
      if (error === undefined) yield* tracesOf(value, { all: true }, { file }).traces;
  }
}

/** Problem → its topic in each clustering: k-means over hashed, weighted words of its traces. */
async function topicsOf(file) {
  const counts = new Map();
  const words = createWords();
  for await (const { problem, text } of everyTrace(file)) {
    const seen = counts.get(problem) ?? new Map();
    counts.set(problem, seen);
    scan(text, words);
    for (let i = 0; i < words.length; i++) {
      const word = normalise(text.slice(words.start[i], words.end[i]));
      seen.set(word, (seen.get(word) ?? 0) + 1);
    }
  }
  const frequency = new Map();
  for (const seen of counts.values()) for (const word of seen.keys()) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const problems = [...counts.keys()].sort();
  const rows = new Float32Array(problems.length * DIMENSION);
  problems.forEach((problem, p) => {
    let norm = 0;
    const row = rows.subarray(p * DIMENSION, (p + 1) * DIMENSION);
    for (const [word, count] of counts.get(problem)) {
      const df = frequency.get(word);
      if (df < 5 || df > problems.length / 2) continue;
      const hash = createHash("md5").update(word).digest().readUInt32LE();
      row[hash % DIMENSION] += (hash & 0x10000 ? 1 : -1) * (1 + Math.log(count)) * Math.log(problems.length / df);
    }
    for (const x of row) norm += x * x;
    for (let i = 0; i < DIMENSION; i++) row[i] /= Math.sqrt(norm) || 1;
  });
  const clusterings = SEEDS.map((seed) => cluster(rows, DIMENSION, TOPICS, seed).assignment);
  return new Map(problems.map((problem, p) => [problem, clusterings.map((topicOf) => topicOf[p])]));
}

/** How far a gram's problems depart from all problems in their topics: Kullback-Leibler, less what chance gives. */
async function specificityOf(file, grams) {
  const topicsBy = await topicsOf(file);
  const trie = createTrie(1);
  grams.forEach(({ words }, g) => {
    let node = 0;
    for (const word of words) node = trie.add(node, idOf(word));
    trie.rows[node] = g + 1;
  });
  const have = grams.map(() => new Set());
  const scanned = createWords();
  for await (const { problem, text } of everyTrace(file)) {
    scan(text, scanned);
    const ids = Array.from({ length: scanned.length }, (_, i) => numbers.get(normalise(text.slice(scanned.start[i], scanned.end[i]))) ?? -1);
    for (let i = 0; i < ids.length; i++)
      for (let j = i, node = 0; j < i + MAX_N && j < ids.length && (j === i || !isBreak(scanned.gap[j])); j++) {
        node = trie.find(node, ids[j]);
        if (node < 0) break;
        if (trie.rows[node]) have[trie.rows[node] - 1].add(problem);
      }
  }
  const divergences = SEEDS.map((_, c) => {
    const share = new Float64Array(TOPICS);
    for (const topics of topicsBy.values()) share[topics[c]] += 1 / topicsBy.size;
    return have.map((problems) => {
      const own = new Float64Array(TOPICS);
      for (const problem of problems) own[topicsBy.get(problem)[c]] += 1 / problems.size;
      return own.reduce((sum, p, t) => (p > 0 ? sum + p * Math.log(p / share[t]) : sum), -(TOPICS - 1) / (2 * problems.size));
    });
  });
  return grams.map((_, g) => divergences.reduce((sum, of) => sum + of[g] / SEEDS.length, 0));
}

const numbers = new Map();
const idOf = (word) => {
  if (!numbers.has(word)) numbers.set(word, numbers.size);
  return numbers.get(word);
};

const examples = [];
// Content from inside clauses abounds and only has to be told from moves by its words.
const WEIGHT = { move: 1, statement: 1, content: 0.25 };
for (const file of process.argv.slice(2)) {
  const counter = createGramCounter({ traces: { all: true }, maxN: MAX_N, threads: 2, memory: 2 ** 29 });
  for await (const batch of readSources([file])) await counter.take(batch);
  const { problems } = await counter.finish();
  const floor = Math.max(5, Math.ceil(FLOOR * problems));
  const { trie, words } = await counter.count(floor);
  await counter.close();
  const grams = [];
  for (let node = 1; node < trie.size; node++) {
    const gram = pathOf(trie, node).map((word) => words[word]);
    if (gram.length >= 2) grams.push({ words: gram, text: gram.join(" "), usage: usageOf(trie, node) });
  }
  grams.sort((a, b) => (a.text < b.text ? -1 : 1));
  const specificity = await specificityOf(file, grams);
  const sorted = [...specificity].sort((a, b) => a - b);
  const [general, specific] = [sorted[Math.floor(sorted.length * 0.5)], sorted[Math.floor(sorted.length * 0.7)]];
  grams.forEach(({ words, usage }, g) => {
    const reach = specificity[g] <= general ? "all" : specificity[g] >= specific ? "few" : "between";
    const signature = signatureOf(usage, reach, floor);
    if (signature)
      examples.push({ words, move: signature === "move", opens: signature !== "content", weight: WEIGHT[signature], signature });
  });
  const count = (name) => examples.filter(({ signature }) => signature === name).length;
  console.error(`${file}: ${problems} problems, ${grams.length} grams, so far ${count("move")} moves, ${count("statement")} statements, ${count("content")} of content`);
}
const { bias, weights } = fitMoves(examples);
// A word that is left out would count as rare, and stays whatever it weighs.
const kept = [...weights].filter(([name, weight]) => Math.abs(weight) >= 0.004 || /^[^\s^$…]+$/u.test(name)).sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(new URL("weights.json", import.meta.url), `${JSON.stringify({ bias, weights: Object.fromEntries(kept) }, null, 0)}\n`);
console.error(`${kept.length} weights`);
