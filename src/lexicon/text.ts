/** The text of a file that is given as a lexicon, and whether it can be one. */
import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { InputError } from "../errors.js";
import { createWords } from "../text/words.js";
import { type GramEntry, wordsOf } from "./match.js";

/** What to do where a file is none: as a rule LEXICON and FILE were swapped. */
export const FIRST = "LEXICON comes first, then FILE";

/** Unpacked bytes of a lexicon; those with 1,500 entries have one million. Also what V8 holds in one string. */
const MOST = 512 * 2 ** 20 - 64;

/**
 * The text of a lexicon file, unpacked where it is gzip.
 * @throws InputError for a file that is missing, too large, or no text
 */
export async function lexiconText(path: string): Promise<string> {
  const fail = (what: string): never => {
    throw new InputError(`${path}: ${what}`);
  };
  let bytes: Buffer;
  try {
    if ((await stat(path)).size > MOST) fail(`no lexicon, it is too large for one; ${FIRST}`);
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    return fail(code === "ENOENT" ? "no such lexicon file" : `cannot be read: ${message}`);
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: MOST });
    } catch (error) {
      fail(`cannot be unpacked (${(error as Error).message}); ${FIRST}`);
    }
  }
  if (bytes.includes(0) || !isUtf8(bytes)) fail(`no lexicon, it is no text; ${FIRST}`);
  return bytes.toString("utf8");
}

/** Words of the longest gram that a text file's line may be; mined ones have up to 8. */
const LONGEST = 10;

/**
 * Refuses lists of which nothing can match, and text of which most lines are no grams: prose, code, tables.
 * @param lines whether the grams are lines of a text file, which may be any
 * @throws InputError
 */
export function requireGrams(entries: readonly GramEntry[], path: string, lines: boolean): void {
  const words = createWords(64);
  let [grams, short] = [0, 0];
  for (const { gram } of entries) {
    const found = wordsOf(gram, words);
    if (found) grams++;
    if (found && found.length <= LONGEST) short++;
  }
  if (grams === 0)
    throw new InputError(
      `${path}: none of its ${entries.length} grams can match, for a clause ends inside them or they have no word; ${FIRST}`,
    );
  if (lines && 2 * short <= entries.length)
    throw new InputError(`${path}: no list of grams, most of its lines are none; ${FIRST}`);
}
