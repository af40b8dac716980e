/**
 * A file of counts (`sg-mine count`, `sg-mine merge`, `--state`): Parquet with one row a gram, sorted by gram, so that
 * anything that reads Parquet can add parts of disjoint problems up. Sums over the corpus stand in the key-value metadata
 * under "sg-counts", with check sums of themselves and of the rows. Between the rows and the footer, where readers of the
 * rows pass over them, lie sections, each gzip: the tokenised traces (one line of JSON, then stored.ts), which merging,
 * updating and the document frequency of clusters need and no sum of rows can give; and the sample that the tagger reads
 * (a line of JSON a trace).
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
import type { MineOptions } from "../options.js";
import { textHash } from "../traces/digest.js";
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
  /** in a state of `update`: how its lexicon was mined */
  update?: UpdateFacts;
  rows: RowsSum;
  /** where in the file each section lies */
  sections?: Partial<Record<Section, { offset: number; length: number }>>;
}

/** What is known before the rows go out. */
export type KnownFacts = Omit<CountsFacts, "rows" | "sections">;

export interface UpdateFacts {
  /** minProblems as it was given */
  mining: MineOptions;
  /** updates since the first mining, and the product of their decays */
  updates: number;
  decay: number;
  /** the lexicon that counted as evidence: its grams, words joined by spaces, with their weights */
  prior?: [string, number][];
}

/** What a file may hold beside rows. */
export type Section = "traces" | "sample";

/** A check sum of rows that does not depend on their order or on how files share them. */
export interface RowsSum {
  count: number;
  /** the first 32 bits of the SHA-256 of each row's gram, counters and spellings, joined by tabs; added modulo 2^32 */
  sum: number;
}
export const NO_ROWS: RowsSum = { count: 0, sum: 0 };

/** @param cells of the columns gram, COUNTER_COLUMNS and spellings, as they stand in the file */
export function addRow(rows: RowsSum, cells: readonly unknown[]): RowsSum {
  const own = Number.parseInt(textHash(cells.join("\t")).slice(0, 8), 16);
  return { count: rows.count + 1, sum: (rows.sum + own) % 2 ** 32 };
}

/** Facts as JSON, with its own SHA-256 as the last key. */
export function sealed(facts: CountsFacts): string {
  const open = JSON.stringify(facts).slice(0, -1);
  return `${open},"seal":"${textHash(open)}"}`;
}

/** Whether facts are as `sealed` wrote them. */
export function isSealed(json: string): boolean {
  const [whole, open, seal] = /^(.*),"seal":"([\da-f]{32})"\}\s*$/s.exec(json) ?? [];
  return whole !== undefined && textHash(open) === seal;
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
