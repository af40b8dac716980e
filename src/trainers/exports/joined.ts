import type { GramEntry } from "../../lexicon/match.js";
import { casesOf, sequencesOf } from "../../tokenizer/sequences.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import { unique } from "./consumers.js";

/**
 * textpolicy and retrain take the tokens' names, blank out the marks of a space, and join them with spaces: "That 's
 * not right". So grams spelled like that, in lower case, for neither minds case. Without a tokenizer, as GPT-2's
 * pattern cuts English: before apostrophes and punctuation.
 */
export function joinedTokens(entries: readonly GramEntry[], tokenizer?: Tokenizer): string[] {
  if (!tokenizer)
    return unique(entries.flatMap((entry) => casesOf(entry).flatMap((text) => [plain(text), plain(cut(text))])));
  const name = (id: number) => tokenizer.pieces[id].replace(/[▁Ġ]/g, " ").trim();
  return unique(
    entries.flatMap((entry) =>
      sequencesOf(entry, tokenizer).map(({ ids }) => plain(ids.map(name).filter(Boolean).join(" "))),
    ),
  );
}

const plain = (text: string) => text.toLowerCase();
const cut = (text: string) => text.replace(/(\p{L})(['’]\p{L}|[,;-])/gu, "$1 $2").replace(/(-)(?=\p{L})/gu, "$1 ");
