/** Planning spans of traces and masks over their tokens. */

import { InputError } from "../errors.js";
import type { StrategicFunction } from "../lexicon/lexicon.js";
import { maskOf } from "../lexicon/mask.js";
import { createCodePoints, type Matcher } from "../lexicon/match.js";
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
  gram: string;
  /** these three only where the lexicon says them */
  cluster?: number;
  function?: StrategicFunction | null;
  weight?: number;
}

/** The planning spans of a text, by their starts; they may overlap. */
export function spansOf(matcher: Matcher, text: string): Span[] {
  const startPoint = createCodePoints(text);
  const endPoint = createCodePoints(text);
  return matcher.find(text).map(({ start, end, entry }) => {
    const { gram, cluster, function: purpose, weight } = matcher.entries[entry];
    const startCodePoint = startPoint(start);
    const endCodePoint = endPoint(end);
    return { start, end, startCodePoint, endCodePoint, gram, cluster, function: purpose, weight };
  });
}

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

/** What `tag` says of one trace of a record: identifiers, text where the record does not hold it as such, spans, mask. */
export function tagTrace(
  matcher: Matcher,
  of: RecordOfTraces,
  index: number,
  options: Partial<TokenOptions>,
): Record<string, unknown> & { spans: Span[]; token_ids?: number[]; mask?: number[] } {
  const trace = of.traces[index];
  const spans = spansOf(matcher, trace.text);
  const tagged = { ...identifiersOf(of, index), text: changedText(of.record, trace), spans };
  if (!options.tokenizer) return tagged;
  const { ids, text, starts, ends } = tokensOf(of, index, options as TokenOptions);
  // What the ids spell may be more than the record's text: the end of a turn, a cut-off character.
  const occurrences = options.tokenField === undefined ? spans : matcher.find(text);
  return { ...tagged, token_ids: ids, mask: maskOf(occurrences, starts, ends) };
}
