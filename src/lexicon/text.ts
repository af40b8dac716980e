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

/** The lexicon that ships with the package, for who has nothing to mine yet; read where its name stands for a file. */
const REFERENCE = "@reference";
const fileOf = (path: string) =>
  path === REFERENCE ? new URL("../../lexicons/reference.json", import.meta.url) : path;

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
    if ((await stat(fileOf(path))).size > MOST) fail(`no lexicon, it is too large for one; ${FIRST}`);
    bytes = await readFile(fileOf(path));
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

/** Names of traces, whatever is in the files. */
const TRACES = /\.(?:jsonl|ndjson|traj|csv|tsv|parquet)(?:\.gz|\.zst)?$|\.zst$/i;
/** Bytes of a file beyond which it is taken for traces unread. */
const LIKELY = 2 ** 26;

/**
 * Whether a first argument that may be a lexicon or traces is a lexicon: by its name, else by what is in it. Of JSON
 * that is an array of strings or an object with a lexicon's keys; text that is no JSON is one gram per line.
 * @throws InputError when there is no such file, and no name or pattern of traces either
 */
export async function isLexicon(path: string): Promise<boolean> {
  if (path === "-") return false;
  if (path.startsWith("@")) return true;
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    if (TRACES.test(path) || /[*?[{]/.test(path)) return false;
    throw new InputError(`${path}: no such file; the first is a lexicon, or all are traces`);
  }
  if (!found.isFile() || TRACES.test(path) || found.size > LIKELY) return false;
  const text = await lexiconText(path).catch(() => "{}");
  const body = text.replace(/^\uFEFF/, "").trim();
  if (body[0] !== "{" && body[0] !== "[") return true;
  const json = parsed(body);
  // no JSON as a whole: lines of records, or a lexicon that was cut off, of which its reader says so
  if (json === undefined) return parsed(body.split(/\r?\n/, 1)[0]) === undefined;
  if (Array.isArray(json)) return json.length === 0 || json.some((item) => typeof item === "string");
  const { format, grams } = json as Record<string, unknown>;
  return Array.isArray(grams) || (typeof format === "string" && format.startsWith("sg-"));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
