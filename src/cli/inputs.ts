import type { Command } from "commander";

/** Ends with a usage error where nothing would be read but a terminal. */
export function requireInputs(files: readonly string[], command: Command): void {
  if (files.length === 0 && process.stdin.isTTY)
    command.error("error: no FILE, and standard input is a terminal; name files or pipe traces in");
}
