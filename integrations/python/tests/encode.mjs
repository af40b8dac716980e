// Token ids and code-point offsets by the built package, for comparison: encode.mjs TOKENIZER FILE.jsonl (field trace)
import { readFileSync } from "node:fs";
import { createCodePoints } from "../../../dist/lexicon/match.js";
import { loadTokenizer } from "../../../dist/tokenizer/tokenizer.js";

const [name, file] = process.argv.slice(2);
const tokenizer = await loadTokenizer(name);
for (const line of readFileSync(file, "utf8").trim().split("\n")) {
  const { trace } = JSON.parse(line);
  const { ids, starts, ends } = tokenizer.encode(trace);
  const [start, end] = [createCodePoints(trace), createCodePoints(trace)];
  console.log(JSON.stringify({ ids, offsets: ids.map((_, i) => [start(starts[i]), end(ends[i])]) }));
}
