import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError } from "../errors.js";
import { systemReason } from "./bytes.js";
import { globPattern, isGlob } from "./glob.js";
import { kindOfName } from "./kind.js";

/**
 * Files behind what was named: a file is itself, a directory its trace files at any depth, a glob the files it
 * matches, "-" standard input. Names within a directory or glob are sorted; a name given twice counts once.
 * @throws InputError for what is missing, and for a directory or glob without trace files
 */
export async function expandInputs(inputs: string[]): Promise<string[]> {
  const files = new Map<string, string>();
  for (const input of inputs) {
    for (const file of await expand(input)) {
      const whole = file === "-" ? file : resolve(file);
      if (!files.has(whole)) files.set(whole, file);
    }
  }
  return [...files.values()];
}

async function expand(input: string): Promise<string[]> {
  if (input === "-") return [input];
  let found: Stats;
  try {
    found = await stat(input);
  } catch (error) {
    if (isGlob(input)) return expandGlob(input);
    throw new InputError(`${input}: ${systemReason(error)}`, { cause: error });
  }
  if (!found.isDirectory()) return [input];
  const files = (await filesUnder(input)).filter((file) => kindOfName(file) !== undefined);
  if (files.length === 0) {
    throw new InputError(`${input}: no traces in this directory; it needs .jsonl, .json, .csv, .tsv or .parquet files`);
  }
  return files;
}

async function expandGlob(input: string): Promise<string[]> {
  const { base, depth, matches } = globPattern(input);
  // "runs/*" means the traces among the files, "runs/*.log" means just these
  const any = input.endsWith("*");
  const files = (await filesUnder(base, depth)).filter(
    (file) => matches(file) && !(any && kindOfName(file) === undefined),
  );
  if (files.length === 0) throw new InputError(`${input}: no trace file matches; check the pattern`);
  return files;
}

/** Files down to a depth, sorted; hidden ones and links to directories are left out (links can lead round in circles). */
async function filesUnder(folder: string, depth = Number.POSITIVE_INFINITY): Promise<string[]> {
  let entries: import("node:fs").Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new InputError(`${folder}: ${systemReason(error)}`, { cause: error });
  }
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (depth > 1) for (const file of await filesUnder(path, depth - 1)) files.push(file);
    } else if (entry.isFile()) files.push(path);
    else if (entry.isSymbolicLink() && (await stat(path).catch(() => undefined))?.isFile()) files.push(path);
  }
  return files;
}
