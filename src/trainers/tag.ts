/** Planning spans of traces and masks over their tokens. */
import { InputError } from "../errors.js";
import { FUNCTIONS, type StrategicFunction } from "../lexicon/lexicon.js";
import { maskOf } from "../lexicon/mask.js";
import { createCodePoints, type GramEntry } from "../lexicon/match.js";
import type { Mark, Marks } from "../tagger/marks.js";
import type { Encoding, Tokenizer } from "../tokenizer/tokenizer.js";
import { changedText, identifiersOf, type RecordOfTraces } from "./records.js";

/** One planning span of a trace's text. */
export interface Span {
  /** UTF-16 code units, as JavaScript counts, [start, end) */
  start: number;
  end: number;
  /** code points, as Python counts, [startCodePoint, endCodePoint) */
  startCodePoint: number;
  endCodePoint: number;
  /** the lexicon's entry, null for a span that belongs to none */
  gram: string | null;
  /** the entry's; only where the lexicon says it */
  cluster?: number;
  /** by context, what the span does here, null where that cannot be told; by grams, the entry's where the lexicon says it */
  function?: StrategicFunction | null;
  /** the entry's; only where the lexicon says it */
  weight?: number;
  /** that the span plans, by context; in [0, 1] */
  probability?: number;
}

/** The planning spans of a text as they are written, by their starts. */
export function spansOf(text: string, marks: readonly Mark[], entries: readonly GramEntry[]): Span[] {
  const startPoint = createCodePoints(text);
  const endPoint = createCodePoints(text);
  return marks.map(({ start, end, entry, probability, function: here }) => {
    const { gram, cluster, function: purpose, weight } = entry < 0 ? NO_ENTRY : entries[entry];
    return {
      start,
      end,
      startCodePoint: startPoint(start),
      endCodePoint: endPoint(end),
      gram,
      cluster,
      function: here === undefined ? purpose : here === null ? null : FUNCTIONS[here],
      weight,
      probability,
    };
  });
}

const NO_ENTRY: Omit<Partial<GramEntry>, "gram"> & { gram: null } = { gram: null };

export interface TokenOptions {
  tokenizer: Tokenizer;
  /** the record's own token ids, found in this field, instead of encoding its text */
  tokenField?: string;
}

/**
 * A trace's tokens: its own ids if it brings them, with the text that they spell, else those of its text. Throws
 * InputError for a trace without the ids that were asked for, or whose tokens have no certain places.
 */
export function tokensOf(
  of: RecordOfTraces,
  index: number,
  { tokenizer, tokenField }: TokenOptions,
): Encoding & { text: string } {
  const { text, tokenIds } = of.traces[index];
  if (tokenField === undefined) return { text, ...tokenizer.encode(text) };
  if (!tokenIds)
    throw new InputError(
      `no list of token ids in field "${tokenField}"; name the right one, or leave --token-field out`,
    );
  return { ids: tokenIds, ...tokenizer.decode(tokenIds) };
}

/** A trace with its marks, and with its tokens and theirs where there is a tokenizer. */
export interface MarkedTrace {
  of: RecordOfTraces;
  index: number;
  marks: Marks;
  tokens?: Encoding & { text: string; marks: Marks };
}

/** What `tag` says of one trace of a record: identifiers, text where the record does not hold it as such, spans, mask. */
export function tagTrace(
  { of, index, marks, tokens }: MarkedTrace,
  entries: readonly GramEntry[],
): Record<string, unknown> & { spans: Span[]; token_ids?: number[]; mask?: number[] } {
  const trace = of.traces[index];
  const spans = spansOf(trace.text, marks.marks, entries);
  const tagged = { ...identifiersOf(of, index), text: changedText(of.record, trace), spans };
  if (!tokens) return tagged;
  return { ...tagged, token_ids: tokens.ids, mask: maskOf(tokens.marks.marks, tokens.starts, tokens.ends) };
}
