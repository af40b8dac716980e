/** Input that was read and holds nothing to measure. The command line prints the message alone and exits with 4. */
export class NothingError extends Error {
  readonly exitCode = 4;
  override readonly name = "NothingError";
}
