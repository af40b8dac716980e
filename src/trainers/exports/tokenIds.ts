import { InputError } from "../../errors.js";
import type { GramEntry } from "../../lexicon/match.js";
import { spellBytes, type Tokenizer } from "../../tokenizer/tokenizer.js";
import type { Exporter } from "./consumers.js";
import { sequencesOf } from "./sequences.js";

export const tokenIds: Exporter = (entries, tokenizer) => {
  if (!tokenizer) throw new InputError("--for token-ids needs --tokenizer DIR|NAME");
  return {
    data: sequencesFile(entries, tokenizer),
    configuration:
      'mask = PlanningMatcher.load("FILE").mask(completion_ids)   # from sg_lexicon import PlanningMatcher',
  };
};

/**
 * Entries, their sequences, and every token's bytes, from which integrations/python/sg_lexicon rebuilds the text of
 * any ids and marks exactly what `tag` marks. One line per token and per sequence would be long: one line for each list.
 */
export function sequencesFile(entries: readonly GramEntry[], tokenizer: Tokenizer): string {
  const line = (value: unknown) => JSON.stringify(value);
  const rows = entries.map((entry) => {
    const { gram, spellings, function: purpose, weight, cluster, position } = entry;
    const sequences = sequencesOf(entry, tokenizer).map(({ ids }) => ids);
    return `    ${line({ gram, spellings, function: purpose, weight, cluster, position, sequences })}`;
  });
  const tokens = Array.from(tokenizer.bytes, (bytes) => (bytes ? spellBytes(bytes) : null));
  return `{
  "format": "sg-token-ids/1",
  "tokenizer": ${line({ name: tokenizer.label, kind: tokenizer.kind, sha256: tokenizer.sha256 })},
  "entries": [
${rows.join(",\n")}
  ],
  "tokens": ${line(tokens)}
}
`;
}
