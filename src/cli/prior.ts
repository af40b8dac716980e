/** `--prior FILE` of commands that mine a lexicon again. */
import { InputError } from "../errors.js";
import type { Lexicon } from "../lexicon/lexicon.js";
import { type Prior, readPrior } from "../selection/prior.js";

/**
 * The prior that a lexicon was mined with, for commands that mine it again.
 * @throws InputError where it is missing, or another
 */
export async function priorAgain(
  { provenance: { prior } }: Pick<Lexicon, "provenance">,
  lexiconFile: string,
  path: string | undefined,
): Promise<Prior | undefined> {
  if (path === undefined) {
    if (prior)
      throw new InputError(
        `${lexiconFile}: mined with a prior of ${prior.entries} entries (sha256 ${prior.sha256.slice(0, 12)}…); name that lexicon with --prior`,
      );
    return undefined;
  }
  const given = await readPrior(path);
  if (given.sha256 !== prior?.sha256)
    throw new InputError(
      `${path}: not the prior of ${lexiconFile}, which was mined with ${prior ? `another (sha256 ${prior.sha256.slice(0, 12)}…)` : "none"}`,
    );
  return given;
}
