/** The token-id sequences in which a gram can stand in a text, whatever is left and right of it. */
import { InputError } from "../../errors.js";
import type { GramEntry } from "../../lexicon/match.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";

/** One way a gram is tokenised. */
export interface TokenSequence {
  ids: number[];
  /** the text of these tokens, which may have a space or a mark more than the spelling */
  text: string;
}

// What stands before and after a gram in running text. A tokenizer joins some of these to the first or last word.
const BEFORE = [
  "",
  "x ",
  "x\n",
  "x\n\n",
  "x\n  ",
  "x  ",
  "x. ",
  "x, ",
  'x "',
  "x “",
  "x (",
  "x [",
  "x *",
  "x **",
  "x - ",
  "x—",
];
const AFTER = ["", " x", ",", ".", "\n"];

/**
 * Verbatim spellings first, then each with its first letter the other way round. A bare list of grams does not know how
 * they are written: there also with a comma after the first word, and with none, for matching passes over commas.
 */
export function casesOf(entry: GramEntry): string[] {
  let spellings = entry.spellings.includes(entry.gram) ? entry.spellings : [...entry.spellings, entry.gram];
  if (entry.occurrences === undefined)
    spellings = spellings.flatMap((text) => [text, text.replaceAll(",", ""), text.replace(/^([^\s,]+) /u, "$1, ")]);
  return [...new Set([...spellings, ...spellings.map(upperFirst), ...spellings.map(lowerFirst)])];
}

// By code point, and only where the other case is one letter too ("ß" is not).
const upperFirst = (text: string) => withFirst(text, (char) => char.toUpperCase());
const lowerFirst = (text: string) => withFirst(text, (char) => char.toLowerCase());
function withFirst(text: string, change: (char: string) => string): string {
  const first = String.fromCodePoint(text.codePointAt(0) ?? 32);
  const changed = change(first);
  return [...changed].length === 1 ? changed + text.slice(first.length) : text;
}

/** A spelling as the tokenizer's ids spell it: normalisers make one character of a full-width comma and a comma. */
function spelledBy(tokenizer: Tokenizer, spelling: string): string {
  try {
    tokenizer.encode(spelling);
    return spelling;
  } catch (error) {
    if (error instanceof InputError) return spelling.normalize("NFKC");
    throw error;
  }
}

/**
 * Every distinct sequence of a gram's tokens, found by encoding each of its spellings in the surroundings of running
 * text: at the start, after a space, a line break, a quote or bracket, capitalised or not. The tokens are those that
 * `tag` marks.
 */
export function sequencesOf(entry: GramEntry, tokenizer: Tokenizer): TokenSequence[] {
  const found = new Map<string, TokenSequence>();
  for (const spelling of new Set(casesOf(entry).map((text) => spelledBy(tokenizer, text))))
    for (const before of BEFORE)
      for (const after of AFTER) {
        const { ids, starts, ends } = tokenizer.encode(before + spelling + after);
        const end = before.length + spelling.length;
        const from = ends.findIndex((place) => place > before.length);
        let to = from;
        while (to < ids.length && starts[to] < end) to++;
        const sequence = ids.slice(from, to);
        const key = sequence.join();
        if (!found.has(key)) found.set(key, { ids: sequence, text: tokenizer.decode(sequence).text });
      }
  return [...found.values()];
}
