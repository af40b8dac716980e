/** A model of the tagger that cannot be used. The command line prints the message alone and exits with 3. */
export class TaggerError extends Error {
  readonly exitCode = 3;
  override readonly name = "TaggerError";
}
