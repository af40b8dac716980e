// What the tagger says of each text, as JSON lines: plan, begin, end, functions per token, and the spans in code points.
// usage: read.mjs FILE, whose lines are JSON strings
import { readFileSync } from "node:fs";
import { FUNCTIONS } from "../../../dist/lexicon/lexicon.js";
import { createCodePoints } from "../../../dist/lexicon/match.js";
import { readModel } from "../../../dist/tagger/model.js";
import { spansOf } from "../../../dist/tagger/spans.js";
import { createTagger } from "../../../dist/tagger/tagger.js";

const tagger = createTagger(await readModel());
for (const line of readFileSync(process.argv[2], "utf8").trim().split("\n")) {
  const text = JSON.parse(line);
  const reading = tagger.read(text);
  const n = reading.stream.length;
  const list = (values, each = 1) => Array.from(values.subarray(0, n * each));
  const startPoint = createCodePoints(text);
  const endPoint = createCodePoints(text);
  const spans = spansOf(tagger.model, reading).map(({ start, end, probability, function: purpose }) => [
    startPoint(start),
    endPoint(end),
    probability,
    purpose === null ? null : FUNCTIONS[purpose],
  ]);
  const { plan, begin, end, functions } = reading;
  console.log(JSON.stringify([list(plan), list(begin), list(end), list(functions, 4), spans]));
}
