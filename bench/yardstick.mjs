// The least any miner in JavaScript must do, in one thread: read, parse, split into words. What the bench divides by.
//
//   node bench/yardstick.mjs FILE.jsonl[.gz]...
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";

let bytes = 0;
let words = 0;
let traces = 0;
const started = performance.now();
for (const file of process.argv.slice(2)) {
  const raw = createReadStream(file, { highWaterMark: 1 << 20 });
  const text = file.endsWith(".gz") ? raw.pipe(createGunzip({ chunkSize: 1 << 20 })) : raw;
  for await (const line of createInterface({ input: text, crlfDelay: Infinity })) {
    if (!line) continue;
    bytes += Buffer.byteLength(line) + 1;
    traces++;
    words += (JSON.parse(line).trace.match(/[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*/gu) ?? []).length;
  }
}
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ seconds, megabytes: bytes / 1e6, traces, words }));
