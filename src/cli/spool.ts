/** Standard input for a command that reads its input twice. */
import { createWriteStream, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/**
 * Puts what "-" (or no file) stands for into a temporary file, which goes away when the process ends, however it does.
 * Returns the inputs with that file in its place.
 */
export async function spoolStandardInput(files: readonly string[]): Promise<string[]> {
  const inputs = files.length > 0 ? [...files] : ["-"];
  if (!inputs.includes("-")) return inputs;
  const folder = await mkdtemp(join(tmpdir(), "sg-mine-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => {
      remove();
      process.kill(process.pid, signal);
    });
  const file = join(folder, "standard-input");
  await pipeline(process.stdin, createWriteStream(file));
  return inputs.map((input) => (input === "-" ? file : input));
}
