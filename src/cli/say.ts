import { printable } from "../errors.js";

/** Says a line on standard error, unless quiet; what it quotes of the input is shown, never obeyed. */
export const createSay =
  (quiet = false) =>
  (line: string): void => {
    if (!quiet) process.stderr.write(`${printable(line)}\n`);
  };
