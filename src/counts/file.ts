/**
 * A file of counts (`sg-mine count`, `sg-mine merge`): Parquet with one row a gram, sorted by gram, so that anything
 * that reads Parquet can add parts of disjoint problems up. Sums over the corpus stand in the key-value metadata under
 * "sg-counts". Between the rows and the footer, where readers of the rows pass over them, lie the tokenised traces
 * (gzip of one line of JSON, then stored.ts): what merging and the document frequency of clusters need, which no sum of
 * rows can give.
 */

import type { Corpus } from "../grams/corpus.js";
import {
  BEFORE_COMMA,
  BEFORE_MATH,
  CLOSING,
  EARLY,
  INITIAL,
  LATE,
  LAVISH,
  OCCURRENCES,
  OPENING,
  PROBLEMS,
  TRACES,
} from "../grams/counting.js";
import type { TraceOptions } from "../traces/trace.js";

export const COUNTS_FORMAT = "sg-counts/2";
/** of the metadata */
export const COUNTS_KEY = "sg-counts";

/** What the rows do not say. */
export interface CountsFacts {
  format: typeof COUNTS_FORMAT;
  /** words of the longest grams */
  maxN: number;
  /** every gram with at least so many problems has a row */
  floor: number;
  corpus: Omit<Corpus, "bad">;
  /** words too long to be kept, within corpus.words */
  lostWords: number;
  traces: TraceOptions;
  /** where the tokenised traces lie in the file */
  stored?: { offset: number; length: number };
}

/** Column → counter, in the order of the columns. */
export const COUNTER_COLUMNS = {
  problems: PROBLEMS,
  traces: TRACES,
  occurrences: OCCURRENCES,
  clause_initial: INITIAL,
  opening: OPENING,
  closing: CLOSING,
  before_comma: BEFORE_COMMA,
  before_math: BEFORE_MATH,
  early: EARLY,
  late: LATE,
  lavish: LAVISH,
} as const;
