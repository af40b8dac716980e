// The tagger's stream of each text, as JSON lines of [key, kind, case, glued, start, end] with offsets in code points.
// usage: stream.mjs FILE, whose lines are JSON strings
import { readFileSync } from "node:fs";
import { createCodePoints } from "../../../dist/lexicon/match.js";
import { createStream, keyOf, readStream } from "../../../dist/tagger/stream.js";

const stream = createStream();
for (const line of readFileSync(process.argv[2], "utf8").trim().split("\n")) {
  const text = JSON.parse(line);
  readStream(text, stream);
  const startPoint = createCodePoints(text);
  const endPoint = createCodePoints(text);
  const tokens = Array.from({ length: stream.length }, (_, i) => [
    keyOf(text, stream, i),
    stream.kind[i],
    stream.shape[i] >> 1,
    stream.shape[i] & 1,
    startPoint(stream.start[i]),
    endPoint(stream.end[i]),
  ]);
  console.log(JSON.stringify(tokens));
}
