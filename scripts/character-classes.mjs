#!/usr/bin/env node
// Writes the tables of characters that the tokenisers of both languages read: classes and lower case, frozen, so that no
// result depends on the Unicode version of a runtime. The tables are of the Unicode version of the Node that ran this;
// with a later one the same text may be cut otherwise, so run it for a new version of sg-mine only.
import { writeFileSync } from "node:fs";

const LAST = 0x10ffff;
const CLASSES =
  "OTHER LETTER JOINER DIGIT SPACE NEWLINE COMMAS SENTENCE OPERATOR BACKSLASH DOLLAR BACKTICK LESS UNDERSCORE SEGMENTED SURROGATE OPENER DASH";
const BASIC = "[\\u{0}-\\u{d7ff}\\u{e000}-\\u{ffff}]";
const UNSPACED = "Han Hiragana Katakana Thai Lao Khmer Myanmar".split(" ");

/** Later rules win. Beyond the BMP only letters and marks have a class, and only Chinese and Japanese are unspaced there. */
function classTable() {
  const table = new Uint8Array(LAST + 1);
  const fill = (pattern, name) => {
    const test = new RegExp(pattern, "u");
    for (let point = 0; point <= LAST; point++)
      if ((point < 0xd800 || point > 0xdfff) && test.test(String.fromCodePoint(point))) table[point] = classNamed(name);
  };
  const set = (chars, name) => {
    for (const char of chars) table[char.codePointAt(0)] = classNamed(name);
  };
  const scripts = (names) => `(?=[\\p{L}\\p{M}])[${names.map((name) => `\\p{Script=${name}}`).join("")}]`;
  fill("[\\p{L}\\p{M}]", "LETTER");
  fill(`(?=${BASIC})${scripts(UNSPACED)}`, "SEGMENTED");
  fill(scripts(UNSPACED.slice(0, 3)), "SEGMENTED");
  fill(`(?=${BASIC})\\p{N}`, "DIGIT");
  fill(`(?=${BASIC})\\p{Sm}`, "OPERATOR");
  fill(`(?=${BASIC})[\\p{Zs}\\t]`, "SPACE");
  set("\n\r\v\f\u0085\u2028\u2029", "NEWLINE");
  set(",，、،", "COMMAS");
  set(".!?;:…。！？；：؟؛।", "SENTENCE");
  set("'’-‐‑", "JOINER");
  set("—–―", "DASH");
  set("=+/%^&@", "OPERATOR");
  set("([{（「『【《“", "OPENER");
  set("\\", "BACKSLASH");
  set("$", "DOLLAR");
  set("`", "BACKTICK");
  set("<", "LESS");
  set("_", "UNDERSCORE");
  // the sign of a long vowel, which Unicode gives to no script
  set("ーｰ", "SEGMENTED");
  table.fill(classNamed("SURROGATE"), 0xd800, 0xe000);
  return table;
}

const classNamed = (name) => CLASSES.split(" ").indexOf(name);

/** Runs of one class as "LENGTH CLASS": the length in base 36 (left out when 1), the class as an upper-case letter. */
function classRuns(table) {
  let runs = "";
  for (let from = 0; from <= LAST; ) {
    let to = from + 1;
    while (to <= LAST && table[to] === table[from]) to++;
    runs += (to - from === 1 ? "" : (to - from).toString(36)) + String.fromCharCode(65 + table[from]);
    from = to;
  }
  return runs;
}

/**
 * The letters that have another lower case, one character for one (İ: i), as "GAP COUNT STEP DISTANCE," in base 36:
 * COUNT characters, STEP apart, of which each lies DISTANCE before its lower case; GAP from the last character before.
 */
function lowerRuns(table) {
  const changes = [];
  for (let point = 0; point <= LAST; point++) {
    if (table[point] !== classNamed("LETTER")) continue;
    const lower = String.fromCodePoint(point).toLowerCase().codePointAt(0);
    if (lower !== point) changes.push([point, lower - point]);
  }
  const runs = [];
  let last = 0;
  for (let i = 0; i < changes.length; ) {
    const [from, distance] = changes[i];
    const step = changes[i + 1]?.[0] - from <= 2 ? changes[i + 1][0] - from : 1;
    let count = 1;
    while (changes[i + count]?.[0] === from + count * step && changes[i + count][1] === distance) count++;
    runs.push([from - last, count, step, distance].map((n) => n.toString(36)).join(" "));
    last = from + (count - 1) * step;
    i += count;
  }
  return runs.join(",");
}

const table = classTable();
const tables = { CLASS_RUNS: classRuns(table), LOWER_RUNS: lowerRuns(table) };

function written(declare, join, end) {
  const lists = Object.entries(tables).map(([name, runs]) => {
    const lines = runs.match(/.{1,110}/g).map((line) => JSON.stringify(line));
    return declare(name) + lines.join(join) + end;
  });
  return lists.join("\n");
}
const files = {
  "src/text/characterRuns.ts": `// Written by scripts/character-classes.mjs, which says what the runs mean.

${written((name) => `export const ${name} =\n  `, " +\n  ", ";\n")}`,
  "integrations/python/sg_lexicon/character_runs.py": `# SPDX-License-Identifier: MIT
"""Written by scripts/character-classes.mjs, which says what the runs mean."""

${written((name) => `${name} = (\n    `, "\n    ", "\n)\n")}`,
};
for (const [name, content] of Object.entries(files)) writeFileSync(new URL(`../${name}`, import.meta.url), content);
