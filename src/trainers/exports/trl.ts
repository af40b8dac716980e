import type { GramEntry } from "../../lexicon/match.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import { type Exporter, json, unique } from "./consumers.js";
import { recipeOf } from "./recipes.js";
import { casesOf, sequencesOf } from "./sequences.js";

export const trl: Exporter = (entries, tokenizer) => ({
  data: json(trlStrings(entries, tokenizer)),
  configuration: `HICRAConfig(use_hicra=True, use_planning_tokens=True, strategic_grams_path="FILE")

That is for forks with TRL's pull request 4997, which was closed unmerged. TRL itself takes exact masks, from the file of
--for token-ids:

${recipeOf("trl", tokenizer)}`,
});

/**
 * TRL encodes each string by itself and compares the ids with windows of the completion: so strings whose own encoding
 * is a sequence in which the gram stands in text. Without a tokenizer, the usual ones: with and without a space before.
 * TRL sees no context, so of an entry that counts only at a clause's start it gets the capitalised forms.
 */
function trlStrings(entries: readonly GramEntry[], tokenizer?: Tokenizer): string[] {
  const strings = (entry: GramEntry): string[] =>
    tokenizer
      ? sequencesOf(entry, tokenizer)
          .filter(({ ids, text }) => tokenizer.encode(text).ids.join() === ids.join())
          .map(({ text }) => text)
      : casesOf(entry).flatMap((text) => [text, ` ${text}`]);
  const starts = (text: string) => !/^[^\p{L}]*\p{Ll}/u.test(text);
  return unique(entries.flatMap((entry) => strings(entry).filter((text) => !entry.position || starts(text))));
}
