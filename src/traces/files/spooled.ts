import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../../errors.js";
import type { OpenedBytes } from "./bytes.js";

/**
 * A copy on disk of what must be read from its end; it has no name any more, so that nothing is left behind however the program ends.
 */
export async function spooled(file: string, source: OpenedBytes, kind: string): Promise<FileHandle> {
  let folder: string | undefined;
  let handle: FileHandle | undefined;
  try {
    folder = await mkdtemp(join(tmpdir(), `sg-mine-${kind}-`));
    handle = await open(join(folder, `spool.${kind}`), "wx+", 0o600);
    await rm(folder, { recursive: true, force: true });
    // not write(), which on a disk that is nearly full writes a part and is content
    for await (const chunk of source.chunks()) await handle.writeFile(chunk);
    return handle;
  } catch (error) {
    await handle?.close();
    if (error instanceof InputError) throw error;
    throw new InputError(
      `${file}: cannot be copied into ${tmpdir()} (${(error as Error).message}); set TMPDIR to a folder with room`,
      { cause: error },
    );
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}
