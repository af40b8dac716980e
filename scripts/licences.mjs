#!/usr/bin/env node
// Lists the licences of everything that package-lock.json installs, what users get and what only development needs
// apart. Fails on a licence that is not known to be permissive, on a package without a checksum, and on one that runs
// a script when it is installed without being known to work without: npm run licences [-- --all for every package]
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { all: { type: "boolean" }, lock: { type: "string" } } });
const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const { allowScripts = {} } = read(`${root}package.json`);

/** SPDX identifiers that ask for nothing but to be named, if that. */
const PERMISSIVE = new Set(
  "MIT MIT-0 ISC 0BSD BSD-2-Clause BSD-3-Clause Apache-2.0 BlueOak-1.0.0 CC0-1.0 Unlicense Zlib Python-2.0".split(" "),
);
/** Copyleft that is there all the same, and why it may be. */
const EXCEPTIONS = [
  {
    name: /^@img\/sharp-/,
    licence: "LGPL-3.0-or-later",
    dev: false,
    why: "libvips, an optional library for images that transformers.js loads and this project never calls; npm fetches it unmodified from its authors, and who installs it can replace it",
  },
  {
    name: /^lightningcss(-|$)/,
    licence: "MPL-2.0",
    dev: true,
    why: "part of vite, which only the tests use; nothing of it is shipped",
  },
];

/** The licences that an SPDX expression leaves a choice of: "A AND (B OR C)" is [[A, B], [A, C]]. */
export function choicesOf(expression) {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const either = () => {
    let choices = both();
    while (tokens[at] === "OR") {
      at++;
      choices = [...choices, ...both()];
    }
    return choices;
  };
  const both = () => {
    let choices = one();
    while (tokens[at] === "AND") {
      at++;
      const more = one();
      choices = choices.flatMap((left) => more.map((right) => [...left, ...right]));
    }
    return choices;
  };
  const one = () => {
    const token = tokens[at++];
    if (token !== "(") return [[token ?? "none"]];
    const inner = either();
    at++;
    return inner;
  };
  const choices = either();
  return at >= tokens.length ? choices : [[expression]];
}

const findings = [];
const used = new Set();
const lists = { runtime: new Map(), development: new Map() };
for (const [path, entry] of Object.entries(read(values.lock ?? `${root}package-lock.json`).packages)) {
  if (path === "" || entry.link) continue;
  const name = entry.name ?? path.replace(/^.*node_modules\//, "");
  const label = `${name} ${entry.version}`;
  // the installed package's word, where it is installed
  const manifest = `${root}${path}/package.json`;
  const licence = (existsSync(manifest) && read(manifest).license) || entry.license || "none";
  const text = typeof licence === "string" ? licence : (licence.type ?? "none");
  const dev = entry.dev === true;
  const list = lists[dev ? "development" : "runtime"];
  list.set(text, [...(list.get(text) ?? []), label]);
  const refused = choicesOf(text).map((all) => all.filter((one) => !PERMISSIVE.has(one)));
  const exception = EXCEPTIONS.find(
    (known) =>
      known.name.test(name) && known.dev === dev && refused.some((ones) => ones.every((one) => one === known.licence)),
  );
  if (refused.every((ones) => ones.length > 0)) {
    if (exception) used.add(exception);
    else findings.push(`${label}: ${text} is no licence that is known to be permissive`);
  }
  if (!entry.integrity) findings.push(`${label}: no checksum in package-lock.json`);
  if (entry.hasInstallScript && allowScripts[name] !== false)
    findings.push(`${label}: runs a script when it is installed, and allowScripts in package.json does not forbid it`);
}
for (const [kind, list] of Object.entries(lists)) {
  const count = [...list.values()].flat().length;
  console.log(`${kind}: ${count} packages`);
  for (const [licence, labels] of [...list].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`  ${licence}: ${values.all ? labels.sort().join(", ") : labels.length}`);
}
for (const { name, licence, why } of used) console.log(`allowed: ${licence} of ${name.source}: ${why}`);
for (const finding of findings) console.error(`licences: ${finding}`);
if (findings.length > 0) process.exitCode = 1;
