/** What a command reads and writes, settled before it begins: nothing that is read is overwritten. */
import { existsSync, fstatSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { InputError } from "../errors.js";
import { isGlob } from "../traces/files/glob.js";
import { kindOfName } from "../traces/files/kind.js";
import { expandInputs, isOurs, wouldBeRead } from "../traces/files/paths.js";
import { targetOf } from "./output.js";
import { createSay } from "./say.js";

interface Claims {
  /** FILE..., as given; none is standard input */
  files?: readonly string[];
  /** other files that are read */
  reads?: readonly (string | undefined)[];
  /** files that are written, by the option that names them */
  writes: Readonly<Record<string, string | undefined>>;
  /** -o and standard output get a file that says what it is in its first line, and is passed over in folders */
  marked?: boolean;
  quiet?: boolean;
}

/**
 * The files behind FILE..., for reading: those of folders and globs, "-" for standard input. Ends with a usage error
 * where nothing is named and a terminal is standard input, where something that is written is also read or written
 * twice (be it through links), and where it lies among what is read, so that the next run would take it for traces.
 * @throws InputError for files that are missing
 */
export async function claimFiles(command: Command, claims: Claims): Promise<string[]> {
  const { files = [], reads = [], writes, marked, quiet } = claims;
  const named = claims.files && files.length === 0 ? ["-"] : [...files];
  if (claims.files && files.length === 0 && process.stdin.isTTY)
    command.error("error: no FILE, and standard input is a terminal; name files or pipe traces in");

  for (const name of named) {
    if (command.parent?.commands.some((one) => one.name() === name) && !existsSync(name))
      command.error(`error: no file ${name}; the command comes first: sg-mine ${name} [options] ...`);
    await requireLocal(name);
  }
  const passed = new Map<string, string[]>();
  const expanded = await expandInputs(named, (path, why) => passed.set(why, [...(passed.get(why) ?? []), path]));
  const say = createSay(quiet);
  for (const [why, [first, ...more]] of passed)
    say(`passed over: ${first}${more.length > 0 ? ` and ${more.length} more` : ""}: ${why}`);

  const outputs: { flag: string; path?: string; identity?: string }[] = [];
  for (const [flag, path] of Object.entries(writes))
    if (path !== undefined && path !== "-") outputs.push({ flag, path, identity: await identityOf(path) });
  const toStandardOutput = "-o" in writes && (writes["-o"] ?? "-") === "-";
  if (toStandardOutput) outputs.push({ flag: "standard output", identity: openFile(1) });
  for (const [i, { flag, path, identity }] of outputs.entries()) {
    const other = outputs.slice(0, i).find((one) => identity !== undefined && one.identity === identity);
    if (other) command.error(`error: ${other.flag} and ${flag} are one file${path ? `, ${path}` : ""}; name another`);
  }

  /** the output that is the same file as `path` */
  const outputAt = async (path: string) => {
    const identity = path === "-" ? openFile(0) : await identityOf(path);
    return outputs.find((one) => identity !== undefined && one.identity === identity);
  };
  const refuse = (output: { flag: string; path?: string }, path: string) =>
    command.error(
      `error: ${output.flag}${output.path ? ` ${output.path}` : ""} would overwrite ` +
        `${path === "-" ? "standard input" : path}, which is read; name another file`,
    );
  for (const path of reads) {
    const output = path === undefined ? undefined : await outputAt(path);
    if (output) refuse(output, path!);
  }
  const kept: string[] = [];
  for (const path of expanded) {
    const output = await outputAt(path);
    // `sg-mine . > grams.json`: the shell made the file before anything was read
    const justMade = output && !output.path && marked && !named.includes(path) && fstatSync(1).size === 0;
    if (output && !justMade) refuse(output, path);
    if (!justMade) kept.push(path);
  }
  if (kept.includes("-") && isFolder(0)) throw new InputError("standard input is a folder; name it as FILE");

  for (const folder of named) {
    if (folder === "-") continue;
    const found = await stat(folder).catch(() => undefined);
    for (const { flag, path } of outputs) {
      if (path === undefined || (marked && flag === "-o" && /\.json$/i.test(path))) continue;
      if (!found?.isFile() && wouldBeRead(path, folder, found?.isDirectory() ?? false))
        command.error(
          `error: ${flag} ${path} lies in ${folder}, and the next run would take it for traces; put it elsewhere`,
        );
    }
  }
  return kept;
}

/** Whether an open file descriptor is a folder's. */
function isFolder(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isDirectory();
  } catch {
    return false; // closed
  }
}

/** @throws InputError for what lies elsewhere, saying how to get it here, and for a lexicon in the place of traces */
async function requireLocal(name: string): Promise<void> {
  const found = await stat(name).catch(() => undefined);
  if (found?.isFile() && (await isOurs(name)))
    throw new InputError(`${name}: written by sg-mine, it holds no traces; LEXICON comes first, then FILE`);
  if (found) return;
  const fetch = (repository: string) =>
    `hf download ${repository} --repo-type dataset --local-dir ${basename(repository)}, then name that folder`;
  const hub =
    /^hf:\/\/datasets\/([\w.-]+\/[\w.-]+?)(?:@|\/|$)/.exec(name) ??
    /^https?:\/\/(?:www\.)?(?:huggingface\.co|hf\.co)\/datasets\/([\w.-]+\/[\w.-]+)/.exec(name);
  if (hub) throw new InputError(`${name}: a dataset of the hub, which is not read from afar; ${fetch(hub[1])}`);
  if (/^https?:\/\//.test(name))
    throw new InputError(`${name}: a URL, which is not read from afar; curl -fLO ${name}, then name the file`);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name))
    throw new InputError(`${name}: not a file of this machine; copy it here, then name the copy`);
  if (
    /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/.test(name) &&
    kindOfName(name) === undefined &&
    !isGlob(name) &&
    !(await stat(dirname(name)).catch(() => undefined))
  )
    throw new InputError(`${name}: no such file or directory; if it is a dataset of the hub: ${fetch(name)}`);
}

/** Device and inode of a file, or the place where one would come to be; undefined for pipes and devices. */
async function identityOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found) return found.isFile() ? `${found.dev}:${found.ino}` : undefined;
  const target = resolve(await targetOf(path));
  return join(await realpath(dirname(target)).catch(() => dirname(target)), basename(target));
}

/** The same of an open file descriptor. */
function openFile(descriptor: number): string | undefined {
  try {
    const found = fstatSync(descriptor, { bigint: true });
    return found.isFile() ? `${found.dev}:${found.ino}` : undefined;
  } catch {
    return undefined; // closed
  }
}
