/** A model or a cache folder that cannot be used. The command line prints the message alone and exits with 3. */
export class EncoderError extends Error {
  readonly exitCode = 3;
  override readonly name = "EncoderError";
}
