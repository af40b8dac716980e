/**
 * Input that cannot be read, or not any further. The command line prints the message alone and exits with 3.
 * The message has the form "FILE[:LINE]: what is wrong; what to do".
 */
export class InputError extends Error {
  readonly exitCode = 3;
  override readonly name = "InputError";
}
