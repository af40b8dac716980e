#!/usr/bin/env node
// Draws a trace with its planning marked, as `sg-mine tag` marks it: the picture of the README.
// usage: node scripts/picture.mjs > docs/picture.svg
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FUNCTIONS } from "../dist/lexicon/lexicon.js";
import { readModel } from "../dist/tagger/model.js";
import { spansOf } from "../dist/tagger/spans.js";
import { createTagger } from "../dist/tagger/tagger.js";

const COLUMNS = 92;
const [WIDTH, LINE, CHARACTER] = [880, 24, 9];
const COLORS = {
  goal: "#1f5fbf",
  deduction: "#187a4b",
  branching: "#a85b00",
  backtracing: "#b3275f",
  planning: "#5b4bb5",
};
const file = fileURLToPath(new URL("../fixtures/picture.txt", import.meta.url));
const text = readFileSync(file, "utf8").trim();

const model = await readModel();
const spans = spansOf(model, createTagger(model).read(text));
const kindAt = (i) => {
  const span = spans.find(({ start, end }) => start <= i && i < end);
  return span && (span.function === null ? "planning" : FUNCTIONS[span.function]);
};
/** Lines as [from, to) into the text, broken between words. */
const lines = [];
for (let from = 0; from < text.length; ) {
  const newline = text.indexOf("\n", from);
  let to = Math.min(newline < 0 ? text.length : newline, from + COLUMNS);
  if (to < text.length && text[to] !== "\n" && text[to] !== " ") to = text.lastIndexOf(" ", to);
  lines.push([from, to]);
  from = to + 1;
}
const escaped = (part) => part.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
const body = lines.flatMap(([from, to], row) => {
  const y = 34 + row * LINE;
  const pieces = [];
  for (let at = from; at < to; ) {
    const kind = kindAt(at);
    let end = at + 1;
    while (end < to && kindAt(end) === kind) end++;
    const [x, width] = [20 + (at - from) * CHARACTER, (end - at) * CHARACTER];
    if (kind)
      pieces.push(
        `<rect x="${x - 1}" y="${y - 16}" width="${width + 2}" height="22" rx="3" fill="${COLORS[kind]}" fill-opacity=".16"/>` +
          `<rect x="${x - 1}" y="${y + 5}" width="${width + 2}" height="2" fill="${COLORS[kind]}"/>`,
      );
    pieces.push(
      `<text x="${x}" y="${y}" textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve"${kind ? ' class="p"' : ""}>${escaped(text.slice(at, end))}</text>`,
    );
    at = end;
  }
  return pieces;
});
const height = 34 + lines.length * LINE + 30;
const key = Object.entries(COLORS)
  .filter(([kind]) => kind !== "planning")
  .map(
    ([kind, color], i) =>
      `<rect x="${20 + i * 150}" y="${height - 26}" width="12" height="12" rx="2" fill="${color}"/><text class="k" x="${38 + i * 150}" y="${height - 15}">${kind}</text>`,
  );
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="A reasoning trace, its planning marked in four colours">
<style>text { font: 15px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #5a6570; } .p { fill: #14181d; font-weight: 600; } .k { font: 13px system-ui, sans-serif; }</style>
<rect width="${WIDTH}" height="${height}" rx="10" fill="#fbfcfd" stroke="#dde2e7"/>
${body.join("\n")}
${key.join("")}
</svg>
`);
