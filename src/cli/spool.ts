/** Standard input for a command that reads its input twice. */
import { createWriteStream } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { InputError } from "../errors.js";
import { removeAtEnd } from "./leftovers.js";

/**
 * Puts what "-" (or no file) stands for into a temporary file, which goes away when the process ends, however it does.
 * Returns the inputs with that file in its place.
 * @throws InputError when there is no room for it
 */
export async function spoolStandardInput(files: readonly string[]): Promise<string[]> {
  const inputs = files.length > 0 ? [...files] : ["-"];
  if (!inputs.includes("-")) return inputs;
  try {
    const folder = await mkdtemp(join(tmpdir(), "sg-mine-"));
    removeAtEnd(folder);
    const file = join(folder, "standard-input");
    await pipeline(process.stdin, createWriteStream(file));
    return inputs.map((input) => (input === "-" ? file : input));
  } catch (error) {
    throw new InputError(
      `cannot keep standard input in ${tmpdir()} (${(error as Error).message}); set TMPDIR to a folder with room`,
      { cause: error },
    );
  }
}
