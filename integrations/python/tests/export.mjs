// Reads a JSON list of grams, prints what `sg-mine export` makes of them for yaml, python and list, as a JSON object.
import { exportFor } from "../../../dist/trainers/exports/export.js";

let text = "";
for await (const chunk of process.stdin) text += chunk;
const entries = JSON.parse(text).map((gram) => ({ gram, spellings: [gram] }));
const out = {};
for (const name of ["yaml", "python", "list"]) out[name] = (await exportFor(name, entries)).data;
process.stdout.write(JSON.stringify(out));
