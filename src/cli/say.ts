import { printable } from "../errors.js";

/** Says a line on standard error, unless quiet; what it quotes of the input is shown, never obeyed. */
export const createSay =
  (quiet = false) =>
  (line: string): void => {
    // over a bar of progress, which is drawn anew below
    if (!quiet) process.stderr.write(`${process.stderr.isTTY ? "\r\u001b[K" : ""}${printable(line)}\n`);
  };

/** Whether a stream may get colours: a terminal that has them, and whose user has not set NO_COLOR. */
export const colored = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
