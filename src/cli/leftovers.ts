/** Temporary files with a name: gone when the process ends, by whatever signal can be caught. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const files = new Set<string>();

function removeAll(): void {
  for (const file of files) rmSync(file, { recursive: true, force: true });
  files.clear();
}

/** Ends the process as the signal would have. */
function end(signal: NodeJS.Signals): void {
  removeAll();
  for (const name of SIGNALS) process.off(name, end);
  process.kill(process.pid, signal);
}

/** Sees that a file or folder goes when the process ends; returns what to call when it is gone or renamed. */
export function removeAtEnd(file: string): () => void {
  // handled only as long as there is something to remove: a handler waits for the event loop, a signal does not
  if (files.size === 0) for (const name of SIGNALS) process.on(name, end);
  process.off("exit", removeAll);
  process.once("exit", removeAll);
  files.add(file);
  return () => {
    files.delete(file);
    if (files.size === 0) for (const name of SIGNALS) process.off(name, end);
  };
}

/** A name beside a file for what will replace it; nobody else's, even where process ids come again, as in containers. */
export const nameBeside = (file: string): string => `${file}.${randomUUID()}.tmp`;
