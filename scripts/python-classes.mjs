#!/usr/bin/env node
// Writes the character classes of src/grams/words.ts into integrations/python/sg_lexicon/classes.py: Python's own Unicode data may be
// of another version and knows no scripts. Run after `npm run build` when the classes change; --check only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { classOf } from "../dist/grams/words.js";

const LAST = 0x10ffff;
// Runs of one class as "LENGTH CLASS": the length in base 36 (left out when 1), the class as an upper-case letter.
let runs = "";
for (let from = 0; from <= LAST; ) {
  const current = classOf(from);
  let to = from + 1;
  while (to <= LAST && classOf(to) === current) to++;
  runs += (to - from === 1 ? "" : (to - from).toString(36)) + String.fromCharCode(65 + current);
  from = to;
}
const lines = runs.match(/.{1,110}/g).map((line) => `    "${line}"`);
const table = `# BEGIN TABLE (scripts/python-classes.mjs)\n_RUNS = (\n${lines.join("\n")}\n)\n# END TABLE\n`;

const file = new URL("../integrations/python/sg_lexicon/classes.py", import.meta.url);
const before = readFileSync(file, "utf8");
const after = before.replace(/# BEGIN TABLE[\s\S]*# END TABLE\n/, () => table);
if (!after.includes(table)) throw new Error("classes.py: no table to replace");
if (process.argv.includes("--check")) {
  if (after !== before) {
    console.error(
      "sg_lexicon/classes.py: its character classes differ from src/grams/words.ts; run scripts/python-classes.mjs",
    );
    process.exitCode = 1;
  }
} else writeFileSync(file, after);
