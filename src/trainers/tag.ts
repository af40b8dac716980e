/** Planning spans of traces and masks over their tokens. */
import type { StrategicFunction } from "../lexicon/lexicon.js";
import { createCodePoints, type Matcher } from "../lexicon/match.js";
import { InputError } from "../traces/errors.js";
import type { Trace } from "../traces/trace.js";
import { maskOf } from "./mask.js";
import { changedText, identifiersOf, type RecordOfTraces } from "./records.js";
import type { Tokenizer } from "./tokenizer.js";

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
  function?: StrategicFunction;
  weight?: number;
}

/** Tokens of a trace: 1 in the mask where any character of the token lies in a span. */
export interface TokenMask {
  token_ids: number[];
  mask: number[];
}

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

/** The mask over a text's tokens. */
export function maskOfText(spans: readonly Span[], text: string, tokenizer: Tokenizer): TokenMask {
  const { ids, starts, ends } = tokenizer.encode(text);
  return { token_ids: ids, mask: maskOf(spans, starts, ends) };
}

/** The mask over token ids as a trainer has them: spans are looked for in what the ids spell. */
export function maskOfIds(matcher: Matcher, ids: readonly number[], tokenizer: Tokenizer): number[] {
  const { text, starts, ends } = tokenizer.decode(ids);
  return maskOf(matcher.find(text), starts, ends);
}

export interface TagOptions {
  tokenizer?: Tokenizer;
  /** mask the record's own token ids, found in this field, instead of encoding its text */
  tokenField?: string;
}

/** What `tag` says of one trace of a record: identifiers, text where the record does not hold it as such, spans, mask. */
export function tagTrace(
  matcher: Matcher,
  of: RecordOfTraces,
  index: number,
  { tokenizer, tokenField }: TagOptions,
): Record<string, unknown> & { spans: Span[] } {
  const trace: Trace = of.traces[index];
  const spans = spansOf(matcher, trace.text);
  const tagged = { ...identifiersOf(of, index), text: changedText(of.record, trace), spans };
  if (!tokenizer) return tagged;
  if (tokenField === undefined) {
    try {
      return { ...tagged, ...maskOfText(spans, trace.text, tokenizer) };
    } catch (error) {
      if (error instanceof InputError) error.message = `${of.place}: ${error.message}`;
      throw error;
    }
  }
  if (!trace.tokenIds)
    throw new InputError(
      `${of.place}: no list of token ids in field "${tokenField}"; name the right one, or leave --token-field out`,
    );
  return { ...tagged, token_ids: trace.tokenIds, mask: maskOfIds(matcher, trace.tokenIds, tokenizer) };
}
