/**
 * Input that cannot be read, or not any further. The command line prints the message alone and exits with 3.
 * The message has the form "FILE[: PLACE]: what is wrong; what to do" and holds no control characters, whatever the
 * input holds.
 */
export class InputError extends Error {
  readonly exitCode = 3;
  override readonly name = "InputError";

  constructor(message: string, options?: ErrorOptions) {
    super(printable(message), options);
  }
}

/** Input that was read and holds nothing to work on. The command line prints the message alone and exits with 4. */
export class NothingError extends Error {
  readonly exitCode = 4;
  override readonly name = "NothingError";
}

/** Control and direction characters as \u escapes, so that a terminal shows them instead of obeying. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to catch
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (c) => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
