/** What counting gives: sums over a corpus, its grams with their counts, and where these come from. */
import type { SampledTrace } from "./sample.js";
import type { Trie } from "./trie.js";

/** Sums over records that were read, by one thread or by all. */
export interface ReadSums {
  /** rollouts seen: the successful ones and the skipped add up to it */
  records: number;
  successful: number;
  skipped: Record<string, number>;
  /** the first few records that hold no trace: "file:line: what is wrong" */
  bad: string[];
  digest: string;
  /** how often each combination of fields was taken, also by traces of unknown success: "problem=problem_id text=trace success=correct" */
  fields: Record<string, number>;
  words: number;
}

/** Sums over everything read. */
export interface Corpus extends ReadSums {
  problems: number;
}

/** Counted grams: node g of `trie` is a gram, with its counts in `rows` (PROBLEMS, TRACES, … of counting.ts). */
export interface Grams {
  trie: Omit<Trie, "add" | "rows"> & { rows: ArrayLike<number> };
  /** by word number */
  words: string[];
}

/** How a gram is used in its corpus, as shares in [0, 1] unless stated. Whole-number counts made it; see counting.ts. */
export interface Usage {
  problems: number;
  traces: number;
  occurrences: number;
  /** of occurrences: after a sentence end, a line break or a comma */
  opening: number;
  /** of occurrences: before a comma, a sentence end or a line break */
  closing: number;
  /** of occurrences: after a sentence end or a line break */
  initial: number;
  /** of occurrences: before a comma */
  beforeComma: number;
  /** of occurrences: right before math or code */
  beforeMath: number;
  /** of occurrences: in the first, in the last sixteenth of the trace */
  early: number;
  late: number;
  /** of traces: with more than three occurrences */
  lavish: number;
}

/** Candidates as sequences of word numbers: gram c is words[offset[c]] … words[offset[c + 1] - 1]. */
export interface Candidates {
  words: Int32Array;
  offset: Int32Array;
}
export const candidateCount = (candidates: Candidates) => candidates.offset.length - 1;

/** The grams' word numbers as the counting threads want them. */
export function packed(grams: readonly { path: readonly number[] }[]): Candidates {
  const offset = new Int32Array(grams.length + 1);
  grams.forEach(({ path }, g) => {
    offset[g + 1] = offset[g] + path.length;
  });
  return { words: Int32Array.from(grams.flatMap(({ path }) => path)), offset };
}

/** A verbatim form of a gram, and how often it stands. */
export interface Spelling {
  text: string;
  count: number;
}

/** Per cluster: problems, traces and occurrences of any of its grams. Overlapping grams of one cluster count once. */
export interface ClusterCounts {
  problems: Uint32Array | Float64Array;
  traces: Uint32Array | Float64Array;
  occurrences: Uint32Array | Float64Array;
}

/** Where the counts of a corpus come from: traces counted now, or a file of counts. */
export interface GramSource {
  /** once: exact counts of all grams with at least `floor` problems; and of these others that stand anywhere, with what begins them */
  count(floor: number, others?: readonly (readonly string[])[]): Promise<Grams>;
  /** the traces that the tagger is to read, by rank */
  sample(): Promise<readonly SampledTrace[]>;
  /** spellings of the candidates, most frequent first */
  spellings(candidates: Candidates): Promise<Spelling[][]>;
  /** exact counts of every cluster: a problem or trace counts once, however many of the cluster's grams it has */
  union(candidates: Candidates, clusterOf: Int32Array, clusters: number): Promise<ClusterCounts>;
}
