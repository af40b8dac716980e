#!/usr/bin/env node
// Tokens per second of `sg-mine tag`, the whole command, one thread. usage: bench/tag.mjs LEXICON FILE... [--tokenizer DIR]
// Prints one JSON line: seconds of the command and tokens (with --tokenizer; else words) per second.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const args = process.argv.slice(2);
if (args.length < 2) {
  console.error("usage: bench/tag.mjs LEXICON FILE... [--tokenizer DIR]");
  process.exit(2);
}
const bin = fileURLToPath(new URL("../bin/sg-mine.js", import.meta.url));
const started = process.hrtime.bigint();
const { status, stderr } = spawnSync("node", [bin, "tag", ...args, "-o", "/dev/null"], { encoding: "utf8" });
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
if (status !== 0) {
  console.error(stderr);
  process.exit(1);
}
const summary = /tagged (\d+) traces: (\d+) spans.*?(?:% of (\d+) tokens)?$/m.exec(stderr);
const [traces, spans, tokens] = summary.slice(1).map((n) => n && Number(n));
console.log(
  JSON.stringify({
    seconds: +seconds.toFixed(2),
    traces,
    spans,
    tokens: tokens ?? null,
    tokensPerSecond: tokens ? Math.round(tokens / seconds) : null,
    tracesPerSecond: Math.round(traces / seconds),
  }),
);
