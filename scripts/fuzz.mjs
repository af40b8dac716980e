#!/usr/bin/env node
// Feeds damaged input to everything that reads: npm run fuzz -- --seconds 600 --seed 1 [--only parquet,state] [--runs 50]
// Every target runs in a process of its own, which is watched: an input that crashes it, holds it for a minute or
// takes more than a gigabyte and a half is a finding. A finding is repeated by --only TARGET --seed SEED --runs 1.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { random, targets } from "./fuzz-targets.mjs";

const HANG = 60_000;
const MOST_MEMORY = 1.5e9;

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    runs: { type: "string" },
    child: { type: "boolean" },
  },
});
const names = values.only?.split(",") ?? Object.keys(targets);
const unknown = names.filter((name) => !(name in targets));
if (unknown.length > 0) {
  console.error(`fuzz: no target ${unknown.join(", ")}; there are ${Object.keys(targets).join(", ")}`);
  process.exitCode = 2;
} else if (values.child) await runTarget(names[0]);
else await watchAll();

/** In the child: runs one target on seed after seed, and says what it is about to do. */
async function runTarget(name) {
  const folder = mkdtempSync(join(tmpdir(), "sg-mine-fuzz-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.once("disconnect", () => process.exit());
  const until = Date.now() + Number(values.seconds) * 1000;
  const runs = values.runs === undefined ? Number.POSITIVE_INFINITY : Number(values.runs);
  for (let i = 0; i < runs && Date.now() < until; i++) {
    const seed = Number(values.seed) + i;
    process.send({ seed });
    try {
      await targets[name](random(seed), folder);
    } catch (error) {
      process.send({ seed, failure: `${error.stack ?? error}`.slice(0, 4000) });
    }
    const memory = process.resourceUsage().maxRSS * 1024;
    if (memory > MOST_MEMORY) {
      process.send({ seed, failure: `${(memory / 1e9).toFixed(1)} GB` });
      break;
    }
  }
  process.disconnect();
}

/** In the parent: a child per target, started again after what kills it. */
async function watchAll() {
  const seconds = Number(values.seconds ?? (values.runs === undefined ? 60 : 1e6)) / names.length;
  let findings = 0;
  for (const name of names) {
    let seed = Number(values.seed);
    const first = seed;
    let left = values.runs === undefined ? undefined : Number(values.runs);
    const began = Date.now();
    const end = began + seconds * 1000;
    let count = 0;
    while (Date.now() < end && left !== 0) {
      const { last, failures } = await watch(name, seed, (end - Date.now()) / 1000, left);
      for (const { seed, failure } of failures) {
        console.log(`${name} --seed ${seed}: ${failure}`);
        findings++;
      }
      if (last === undefined) break;
      count = last + 1 - first;
      seed = last + 1;
      if (left !== undefined) left = Math.max(0, Number(values.runs) - count);
    }
    console.log(`${name}: ${count} inputs, ${((Date.now() - began) / 1000).toFixed(0)} s`);
  }
  console.log(findings === 0 ? "nothing found" : `${findings} findings`);
  if (findings > 0) process.exitCode = 1;
}

/** One child's life. `last`: the last seed it began. */
function watch(name, seed, seconds, runs) {
  const args = ["--child", "--only", name, "--seed", String(seed), "--seconds", String(seconds)];
  if (runs !== undefined) args.push("--runs", String(runs));
  const child = fork(fileURLToPath(import.meta.url), args, { execArgv: ["--max-old-space-size=1024"], silent: true });
  let last;
  let noise = "";
  const failures = [];
  const hang = () => {
    failures.push({ seed: last, failure: `nothing for ${HANG / 1000} s` });
    child.kill("SIGKILL");
  };
  let timer = setTimeout(hang, HANG);
  child.stderr.on("data", (data) => {
    noise = (noise + data).slice(-4000);
  });
  child.on("message", (message) => {
    clearTimeout(timer);
    timer = setTimeout(hang, name === "cli" ? 2 * HANG : HANG);
    last = message.seed;
    if (message.failure !== undefined) failures.push(message);
  });
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code !== 0 && signal !== "SIGKILL")
        failures.push({ seed: last, failure: `died (${code ?? signal})\n${noise}` });
      resolve({ last, failures });
    });
  });
}
