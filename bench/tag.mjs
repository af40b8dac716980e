#!/usr/bin/env node
// What `sg-mine tag` costs, by context and by the list. usage: bench/tag.mjs LEXICON FILE...
// Prints JSON: reading alone (decompressing, parsing), each way of marking on one thread (words and the tagger's tokens
// a second of processor time, the texts in memory), the tagger without vectors, and the whole commands.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createMatcher } from "../dist/lexicon/match.js";
import { readLexicon } from "../dist/lexicon/read.js";
import { createContextMarker, createGramMarker } from "../dist/tagger/marks.js";
import { readModel } from "../dist/tagger/model.js";
import { createScalarNetwork } from "../dist/tagger/network.js";
import { createStream, readStream } from "../dist/tagger/stream.js";
import { createTagger } from "../dist/tagger/tagger.js";
import { readRecords } from "../dist/trainers/records.js";

const [lexicon, ...files] = process.argv.slice(2);
if (files.length === 0) {
  console.error("usage: bench/tag.mjs LEXICON FILE...");
  process.exit(2);
}
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const texts = [];
let started = processorTime();
for await (const { traces } of readRecords(files, {}, () => {})) for (const { text } of traces) texts.push(text);
const reading = processorTime() - started;
const stream = createStream();
const countOf = (some) => ({
  words: some.reduce((sum, text) => sum + (text.match(/\S+/g)?.length ?? 0), 0),
  tokens: some.reduce((sum, text) => sum + readStream(text, stream).length, 0),
});
const rates = ({ words, tokens }, seconds) => ({
  seconds: +seconds.toFixed(2),
  wordsPerSecond: Math.round(words / seconds),
  tokensPerSecond: Math.round(tokens / seconds),
});

const { entries } = await readLexicon(lexicon);
const matcher = createMatcher(entries);
const model = await readModel();
const count = countOf(texts);
const few = texts.slice(0, Math.ceil(texts.length / 20));
const markers = {
  context: [createContextMarker(createTagger(model), matcher), texts],
  tagger: [createContextMarker(createTagger(model)), texts],
  withoutVectors: [createContextMarker(createTagger(model, createScalarNetwork(model))), few],
  grams: [createGramMarker(matcher), texts],
};
const marking = {};
for (const [name, [marker, some]] of Object.entries(markers)) {
  // once to warm up, as in a long run
  for (const text of some.slice(0, 200)) marker.mark(text);
  started = processorTime();
  for (const text of some) marker.mark(text);
  marking[name] = rates(countOf(some), processorTime() - started);
}

const command = {};
const bin = fileURLToPath(new URL("../bin/sg-mine.js", import.meta.url));
for (const by of ["context", "grams"]) {
  const from = performance.now();
  const { status, stderr } = spawnSync("node", [bin, "tag", lexicon, ...files, "--by", by, "-o", "/dev/null"], {
    encoding: "utf8",
  });
  if (status !== 0) {
    console.error(stderr);
    process.exit(1);
  }
  command[by] = rates(count, (performance.now() - from) / 1000);
}
console.log(
  JSON.stringify({ traces: texts.length, ...count, reading: rates(count, reading), marking, command }, null, 2),
);
