/** Where a command's data goes: standard output, or a file that appears whole or not at all. */
import { once } from "node:events";
import { access, constants, realpath, rename, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { besides } from "./leftovers.js";

/** A file that cannot be written. The command line prints the message alone and exits with 2. */
export class OutputError extends Error {
  readonly exitCode = 2;

  constructor(file: string, cause: unknown) {
    super(`cannot write ${file}: ${reasonOf(cause)}; name another file with -o`, { cause });
  }
}

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
    await access(there && !there.isFile() ? file : dirname(file), constants.W_OK);
  } catch (error) {
    throw new OutputError(file, error);
  }
}

const CHUNK = 1 << 16;

/** Writes data to `file`, or to standard output where none is given; ends quietly when the reader goes away. */
export async function writeOutput(data: string | AsyncIterable<string>, file?: string): Promise<void> {
  const chunks = inChunks(typeof data === "string" ? single(data) : data);
  if (file !== undefined && file !== "-") {
    await requireWritable(file);
    return writeAtomically(file, chunks).catch((error) => {
      throw isSystemError(error) ? new OutputError(file, error) : error;
    });
  }
  const { stdout } = process;
  for await (const chunk of chunks) {
    if (stdout.destroyed || stdout.errored) return;
    if (stdout.write(chunk)) continue;
    // the listener of whichever does not come first must go too, or they add up
    const waiting = new AbortController();
    const { signal } = waiting;
    await Promise.race([once(stdout, "drain", { signal }), once(stdout, "close", { signal })]).catch(() => {});
    waiting.abort();
  }
}

/** Writes bytes to `file`, whole or not at all. */
export function writeBytes(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, file: string): Promise<void> {
  return writeAtomically(file, bytes).catch((error) => {
    throw isSystemError(error) ? new OutputError(file, error) : error;
  });
}

/** Into a temporary file beside it, then renamed; what is there and no regular file is written to directly. */
async function writeAtomically(
  path: string,
  chunks: AsyncIterable<string | Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  // through a symbolic link to the file itself, which the renaming would otherwise replace
  const target = await realpath(path).catch(() => path);
  const there = await stat(target).catch(() => undefined);
  if (there && !there.isFile()) return writeFile(target, chunks);
  await besides(target, async (temporary) => {
    await writeFile(temporary, chunks, { flag: "wx" });
    await rename(temporary, target);
  });
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
