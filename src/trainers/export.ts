/** What each consumer reads, made from a lexicon. ../../docs/trainers.md says how each of them matches. */

import { writeToString } from "fast-csv";
import type { StrategicFunction } from "../lexicon/lexicon.js";
import type { GramEntry } from "../lexicon/match.js";
import { casesOf, sequencesOf } from "../tokenizer/sequences.js";
import { spellBytes, type Tokenizer } from "../tokenizer/tokenizer.js";
import { InputError } from "../traces/errors.js";
import type { Consumer } from "./consumers.js";

export interface Export {
  /** the file's content */
  data: string;
  /** how the consumer is switched on, FILE standing for the file's name; one line */
  configuration: string;
}

export interface Selection {
  maxEntries?: number;
  minWeight?: number;
  functions?: readonly StrategicFunction[];
}

/** The best entries that meet the conditions. Throws InputError where the lexicon does not say what is asked, or none is left. */
export function selectEntries(entries: readonly GramEntry[], selection: Selection, path: string): GramEntry[] {
  const { maxEntries, minWeight, functions } = selection;
  const needs = (option: string, key: "weight" | "function") => {
    if (entries.some((entry) => entry[key] === undefined))
      throw new InputError(`${path}: a list of grams, which says nothing of their ${key}; leave ${option} out`);
  };
  if (minWeight !== undefined) needs("--min-weight", "weight");
  if (functions !== undefined) needs("--function", "function");
  const chosen = entries
    .filter((entry) => minWeight === undefined || entry.weight! >= minWeight)
    .filter((entry) => functions === undefined || functions.includes(entry.function!))
    .slice(0, maxEntries);
  if (chosen.length === 0) throw new InputError(`${path}: no entry is left; lower --min-weight or drop --function`);
  return chosen;
}

/** Makes the file of one consumer. `token-ids` needs a tokenizer; `trl`, `textpolicy` and `retrain` are exact only with one. */
export async function exportFor(
  consumer: Consumer,
  entries: readonly GramEntry[],
  tokenizer?: Tokenizer,
): Promise<Export> {
  switch (consumer) {
    case "trl":
      return {
        data: json(trlStrings(entries, tokenizer)),
        configuration: 'HICRAConfig(use_hicra=True, use_planning_tokens=True, strategic_grams_path="FILE")',
      };
    case "textpolicy":
      return { data: json(joinedTokens(entries, tokenizer)), configuration: "--strategic-grams FILE" };
    case "retrain":
      return {
        data: retrainToml(joinedTokens(entries, tokenizer)),
        configuration: "paste FILE into the run's TOML, merging its [logging] table with the one that is there",
      };
    case "list":
      return { data: json(entries.map(({ gram }) => gram)), configuration: 'json.load(open("FILE"))' };
    case "token-ids":
      if (!tokenizer) throw new InputError("--for token-ids needs --tokenizer DIR|NAME");
      return {
        data: tokenIds(entries, tokenizer),
        configuration: 'mask = PlanningMatcher.load("FILE").mask(completion_ids)   # integrations/python/sg_lexicon',
      };
    case "yaml":
      return { data: yaml(entries), configuration: 'yaml.safe_load(open("FILE"))["strategic_grams"]' };
    case "csv":
      return { data: await csv(entries), configuration: 'pandas.read_csv("FILE")' };
  }
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const unique = (strings: Iterable<string>) => [...new Set(strings)];

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

/**
 * textpolicy and retrain take the tokens' names, blank out the marks of a space, and join them with spaces: "That 's
 * not right". So grams spelled like that, in lower case, for neither minds case. Without a tokenizer, as GPT-2's
 * pattern cuts English: before apostrophes and punctuation.
 */
function joinedTokens(entries: readonly GramEntry[], tokenizer?: Tokenizer): string[] {
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

/** A TOML literal string with a JSON array in it: a TOML array would be read wrongly. */
function retrainToml(grams: readonly string[]): string {
  const array = JSON.stringify(grams).replaceAll("'''", "\\u0027\\u0027\\u0027");
  return `[logging]\nstrategic_grams = '''${array}'''\n`;
}

/**
 * Entries, their sequences, and every token's bytes, from which integrations/python/sg_lexicon rebuilds the text of
 * any ids and marks exactly what `tag` marks. One line per token and per sequence would be long: one line for each list.
 */
function tokenIds(entries: readonly GramEntry[], tokenizer: Tokenizer): string {
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

const FIELDS = ["gram", "function", "weight", "cluster", "position"] as const;

/** JSON strings are YAML strings. */
function yaml(entries: readonly GramEntry[]): string {
  const rows = entries.map((entry) =>
    [...FIELDS, "spellings" as const]
      .filter((key) => entry[key] !== undefined)
      .map((key, i) => `${i === 0 ? "  - " : "    "}${key}: ${JSON.stringify(entry[key])}`)
      .join("\n"),
  );
  return `strategic_grams:\n${rows.join("\n")}\n`;
}

/** With a header; a spreadsheet opens it. */
function csv(entries: readonly GramEntry[]): Promise<string> {
  const header = [...FIELDS, "problems", "traces", "occurrences", "perTrace", "clauseInitial"] as const;
  const rows = entries.map((entry) => header.map((key) => entry[key] ?? ""));
  return writeToString(rows, { headers: [...header], alwaysWriteHeaders: true, includeEndRowDelimiter: true });
}
