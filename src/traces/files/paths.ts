import { isUtf8 } from "node:buffer";
import type { Dirent, Stats } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { InputError } from "../../errors.js";
import { systemReason } from "./bytes.js";
import { globPattern, isGlob } from "./glob.js";
import { kindOfName } from "./kind.js";

/** What a folder or glob holds and is not read: called with the path and why. */
type Passed = (path: string, why: string) => void;

/**
 * Files behind what was named: a file is itself, a directory its trace files at any depth, a glob the files it
 * matches, "-" standard input. Names within a directory or glob are sorted; a name given twice counts once. In a
 * directory or glob, links that lead out of it, pipes and devices, and what sg-mine itself wrote are passed over.
 * @throws InputError for what is missing, for a directory or glob without trace files, and for a name that is not UTF-8
 */
export async function expandInputs(inputs: string[], onPassed: Passed = () => {}): Promise<string[]> {
  const files = new Map<string, string>();
  for (const input of inputs) {
    for (const file of await expand(input, onPassed)) {
      // a link to a file that is read too is no second file
      const whole = file === "-" ? file : await realpath(file).catch(() => resolve(file));
      if (!files.has(whole)) files.set(whole, file);
    }
  }
  return [...files.values()];
}

/** Whether a file of this name would be read along with a directory or glob, were it there. */
export function wouldBeRead(file: string, input: string, isDirectory: boolean): boolean {
  if (!isDirectory) return matcherOf(input)?.fits(file) ?? false;
  return resolve(file).startsWith(join(resolve(input), sep)) && kindOfName(file) !== undefined;
}

function matcherOf(input: string) {
  if (!isGlob(input)) return undefined;
  const { base, depth, matches } = globPattern(input);
  // "runs/*" means the traces among the files, "runs/*.log" means just these
  const any = input.endsWith("*");
  return { base, depth, fits: (file: string) => matches(file) && !(any && kindOfName(file) === undefined) };
}

async function expand(input: string, onPassed: Passed): Promise<string[]> {
  if (input === "-") return [input];
  let found: Stats | undefined;
  try {
    found = await stat(input);
  } catch (error) {
    if (!isGlob(input)) throw new InputError(`${input}: ${systemReason(error)}`, { cause: error });
  }
  if (found && !found.isDirectory()) return [input];
  const glob = found ? undefined : matcherOf(input);
  let passed = "";
  const pass: Passed = (path, why) => {
    passed ||= `; passed over: ${path}, ${why}`;
    onPassed(path, why);
  };
  const base = glob?.base ?? input;
  const root = await realpath(base).catch(() => base);
  const files = await filesUnder({
    folder: base,
    root,
    depth: glob?.depth ?? Number.POSITIVE_INFINITY,
    fits: glob?.fits ?? ((file) => kindOfName(file) !== undefined),
    pass,
  });
  if (files.length > 0) return files;
  throw new InputError(
    glob
      ? `${input}: no trace file matches; check the pattern${passed}`
      : `${input}: no traces in this directory; it needs .jsonl, .json, .csv, .tsv, .parquet, .arrow or .eval files${passed}`,
  );
}

interface Search {
  folder: string;
  /** the folder that was named, without links */
  root: string;
  depth: number;
  fits: (file: string) => boolean;
  pass: Passed;
}

/** Files down to a depth, sorted; hidden ones and links to directories are left out (links can lead round in circles). */
async function filesUnder(search: Search): Promise<string[]> {
  const { folder, root, depth, fits, pass } = search;
  const files: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (depth > 1)
        for (const file of await filesUnder({ ...search, folder: path, depth: depth - 1 })) files.push(file);
      continue;
    }
    if (!fits(path)) continue;
    if (entry.isSymbolicLink()) {
      const target = await realpath(path).catch(() => undefined);
      if (target === undefined || !target.startsWith(join(root, sep))) {
        pass(
          path,
          target === undefined ? "a link to nothing" : "a link that leads out of the folder; name it to read it",
        );
        continue;
      }
      if ((await stat(target)).isDirectory()) continue;
    }
    if (!(entry.isFile() || (entry.isSymbolicLink() && (await stat(path)).isFile())))
      pass(path, "no regular file; name it to read it");
    else if (kindOfName(path) === "json" && (await isOurs(path))) pass(path, "written by sg-mine, no traces");
    else files.push(path);
  }
  return files;
}

/** @throws InputError for traces under a name that is not UTF-8, which could not be opened */
async function entriesOf(folder: string): Promise<Dirent[]> {
  const failed = (error: unknown): never => {
    throw new InputError(`${folder}: ${systemReason(error)}`, { cause: error });
  };
  const names = await readdir(folder, { encoding: "buffer", withFileTypes: true }).catch(failed);
  for (const entry of names) {
    const name = entry.name.toString("latin1");
    if (!isUtf8(entry.name) && (entry.isDirectory() || kindOfName(name) !== undefined))
      throw new InputError(`${folder}: holds a name that is not UTF-8, ${JSON.stringify(name)}; rename it`);
  }
  const entries = await readdir(folder, { withFileTypes: true }).catch(failed);
  return entries.filter(({ name }) => !name.includes("\ufffd")).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Lexicons and other reports, which may lie beside the traces that they were made from. */
export async function isOurs(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (!file) return false; // reading it will say why
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return /^\s*\{\s*"format"\s*:\s*"sg-/.test(buffer.toString("latin1", 0, bytesRead));
  } finally {
    await file.close();
  }
}
