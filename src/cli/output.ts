/** Where a command's data goes: standard output, or files that appear whole or not at all. */
import {
  closeSync,
  copyFileSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { access, constants, readlink, realpath, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { InputError } from "../errors.js";
import { nameBeside, removeAtEnd } from "./leftovers.js";

/** A file that cannot be written. The command line prints the message alone and exits with 2. */
export class OutputError extends Error {
  readonly exitCode = 2;

  constructor(file: string, cause: unknown) {
    super(`cannot write ${file}: ${reasonOf(cause)}; name another file with -o`, { cause });
  }
}

type Data = string | AsyncIterable<string | Uint8Array> | Iterable<Uint8Array>;

/**
 * Finds out before a long run whether its result could be written.
 * @throws OutputError
 */
export async function requireWritable(file?: string): Promise<void> {
  if (file === undefined || file === "-") return;
  try {
    const there = await stat(file).catch(() => undefined);
    if (there?.isDirectory()) throw new Error("it is a directory");
    // a file is replaced by renaming, which its folder must allow; a device or pipe is written to
    await access(there && !there.isFile() ? file : dirname(await targetOf(file)), constants.W_OK);
  } catch (error) {
    throw new OutputError(file, error);
  }
}

/** The file that a path stands for: itself, or what it links to, there or not. */
export async function targetOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  // links may lead to a file that is not there yet, and round in circles
  for (let links = 0; links < 40; links++) {
    const next = await readlink(path).catch(() => undefined);
    if (next === undefined) return path;
    path = resolve(dirname(path), next);
  }
  throw new OutputError(path, new Error("its links lead round in circles"));
}

/** Who asks for a page to look at, on a terminal, did not ask for a screen of data too. */
export const isPageAlone = (options: { html?: string; output?: string }): boolean =>
  options.html !== undefined && options.output === undefined && process.stdout.isTTY;

const CHUNK = 1 << 16;

/**
 * Writes data to `file`, or to standard output where none is given; ends quietly when the reader goes away.
 * @param told whether the exit code says what matters, so that nobody need read the data
 * @throws OutputError, also where standard output was closed from the start
 */
export async function writeOutput(data: string | AsyncIterable<string>, file?: string, told = false): Promise<void> {
  const chunks = inChunks(typeof data === "string" ? single(data) : data);
  if (file !== undefined && file !== "-") {
    await requireWritable(file);
    return writeTogether([{ data: chunks, file }]);
  }
  const { stdout } = process;
  for await (const chunk of chunks) {
    if (!told && isClosed()) throw new OutputError("standard output", new Error("it is closed"));
    if (stdout.destroyed || stdout.errored) return;
    if (!stdout.write(chunk)) await drained(stdout);
  }
}

/**
 * Whether standard output was closed by who started us (`>&-`). Node.js opens the null device in its place, for reading
 * too, which `> /dev/null` does not; where standard error is such a one as well, nobody wants to hear of anything.
 */
function isClosed(): boolean {
  const nobody = (fd: number) => {
    try {
      const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1] ?? "";
      return Number.parseInt(flags, 8) % 4 === constants.O_RDWR && readlinkSync(`/proc/self/fd/${fd}`) === "/dev/null";
    } catch {
      return false; // no Linux
    }
  };
  return nobody(1) && !nobody(2);
}

/** Until a stream takes more, or takes no more at all. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ["drain", "close", "error"]) stream.off(event, done);
      resolve();
    };
    for (const event of ["drain", "close", "error"]) stream.on(event, done);
  });
}

/** Writes bytes to `file`, whole or not at all. */
export const writeBytes = (data: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, file: string): Promise<void> =>
  writeTogether([{ data, file }]);

/**
 * Writes files, all of them or none: each into a temporary file beside it, which are then put in their places. What is
 * there and no regular file is written to directly.
 * @param before called at the last moment, while nobody else replaces these files; what it throws keeps them as they are
 * @throws OutputError
 */
export async function writeTogether(
  outputs: readonly { data: Data; file: string }[],
  before?: () => void | Promise<void>,
): Promise<void> {
  const ready: Replacement[] = [];
  try {
    for (const { data, file } of outputs) {
      try {
        const there = await stat(file).catch(() => undefined);
        if (there && !there.isFile()) await writeFile(file, data);
        else {
          const target = await targetOf(file);
          const temporary = nameBeside(target);
          ready.push({ file, target, temporary, done: removeAtEnd(temporary) });
          await writeFile(temporary, data, { flag: "wx" });
        }
      } catch (error) {
        throw isSystemError(error) ? new OutputError(file, error) : error;
      }
    }
    if (before) await locked(outputs[0].file, ready, before);
    else replaceAll(ready);
  } finally {
    for (const { temporary, done } of ready) {
      rmSync(temporary, { force: true });
      done();
    }
  }
}

interface Replacement {
  file: string;
  target: string;
  temporary: string;
  done: () => void;
}

/**
 * Writes a lexicon and the files that belong to it, all or none. Where the lexicon goes to standard output, the files
 * are replaced once it is out.
 * @throws OutputError, also when the reader of standard output went away
 */
export function writeLexiconWith(
  files: readonly { data: Data; file: string }[],
  lexicon: string,
  output: string | undefined,
  before: () => void = () => {},
): Promise<void> {
  if (output !== undefined && output !== "-") return writeTogether([...files, { data: lexicon, file: output }], before);
  return writeTogether(files, async () => {
    before();
    await writeOutput(lexicon);
    await new Promise(setImmediate); // a pipe without a reader says so in an event
    if (process.stdout.errored)
      throw new OutputError("standard output", new Error(`nobody reads it, so ${files[0].file} stays as it was`));
  });
}

/** What a file is now, to be compared with what it is later. */
export function stampOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found ? [found.dev, found.ino, found.size, found.mtimeNs].join() : "";
}

/** Puts temporary files in their places; where one cannot be, those before it get their old content back. */
function replaceAll(ready: readonly Replacement[]): void {
  const replaced: { target: string; old?: string }[] = [];
  for (const { file, target, temporary } of ready) {
    let old: string | undefined;
    try {
      if (ready.length > 1) old = keepOld(target);
      renameSync(temporary, target);
    } catch (error) {
      if (old !== undefined) rmSync(old, { force: true });
      for (const { target, old } of replaced.reverse())
        if (old === undefined) rmSync(target, { force: true });
        else renameSync(old, target);
      throw new OutputError(file, error);
    }
    replaced.push({ target, old });
  }
  for (const { old } of replaced) if (old !== undefined) rmSync(old, { force: true });
}

/** A second name of what is there, or a copy where the file system has no second names; undefined where nothing is. */
function keepOld(target: string): string | undefined {
  const old = nameBeside(target);
  try {
    linkSync(target, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    copyFileSync(target, old);
  }
  return old;
}

/** Replaces while a lock file beside the first file keeps others from doing the same. */
async function locked(file: string, ready: readonly Replacement[], before: () => void | Promise<void>): Promise<void> {
  const lock = `${await targetOf(file)}.lock`;
  const done = removeAtEnd(lock);
  try {
    closeSync(openSync(lock, "wx"));
  } catch (error) {
    done();
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw new OutputError(lock, error);
    throw new InputError(`${lock}: another run is replacing ${file}; run again, and remove the lock if nobody is`);
  }
  try {
    await before();
    replaceAll(ready);
  } finally {
    rmSync(lock, { force: true });
    done();
  }
}

async function* single(data: string): AsyncGenerator<string> {
  yield data;
}

async function* inChunks(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = "";
  for await (const part of parts) {
    chunk += part;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk) yield chunk;
}

const isSystemError = (error: unknown): boolean => error instanceof Error && "syscall" in error;

/** "ENOENT: no such file or directory, open 'x'" → "no such file or directory" */
function reasonOf(error: unknown): string {
  const { message } = error as Error;
  return isSystemError(error) ? message.replace(/^\w+: (.*), \w+( .*)?$/, "$1") : message;
}
