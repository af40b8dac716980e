/** Where a command's data goes: standard output, or a file that appears whole or not at all. */
import { once } from "node:events";
import { writeAtomically } from "../lexicon/write.js";

const CHUNK = 1 << 16;

/** Writes data to `file`, or to standard output where none is given; ends quietly when the reader goes away. */
export async function writeOutput(data: string | AsyncIterable<string>, file?: string): Promise<void> {
  const chunks = inChunks(typeof data === "string" ? single(data) : data);
  if (file !== undefined && file !== "-") return writeAtomically(file, chunks);
  const { stdout } = process;
  for await (const chunk of chunks) {
    if (stdout.destroyed || stdout.errored) return;
    if (!stdout.write(chunk)) await Promise.race([once(stdout, "drain"), once(stdout, "close")]).catch(() => {});
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
