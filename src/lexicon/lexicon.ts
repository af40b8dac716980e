/** The lexicon: what the miner writes and every other command reads. Format 1; the JSON Schema is schema/lexicon.schema.json. */

export const FORMAT = "sg-lexicon/1";

/** What a move does for the reasoning (HICRA, section 2: the strategic functions). */
export const FUNCTIONS = ["goal", "deduction", "branching", "backtracing"] as const;
export type StrategicFunction = (typeof FUNCTIONS)[number];

export interface Entry {
  /** the most frequent spelling, in lower case */
  gram: string;
  /** verbatim forms as they stand in the traces, most frequent first; never empty */
  spellings: string[];
  /** null where it cannot be told */
  function: StrategicFunction | null;
  /** share of the gram's occurrences expected to be planning, in [0, 1], as the tagger found it in a sample */
  weight: number;
  /** id of a cluster in `clusters` */
  cluster: number;
  /** present when only occurrences that open a clause are planning; a context-free consumer may drop the entry or the condition */
  position?: "clause-start";
  /** problems, traces and occurrences among the successful traces */
  problems: number;
  traces: number;
  occurrences: number;
  /** occurrences per trace that has the gram at all */
  perTrace: number;
  /** share of occurrences that open a clause, in [0, 1] */
  clauseInitial: number;
}

export interface Cluster {
  id: number;
  /** the gram that stands for the cluster */
  label: string;
  /** of most of its entries, null where it cannot be told */
  function: StrategicFunction | null;
  /** number of grams that the clustering put here, entries or not */
  size: number;
  /** share of problems (of solutions with `--preset paper`) that have at least one of its grams */
  documentFrequency: number;
  perTrace: number;
  /** its entries' grams, best first */
  grams: string[];
}

export interface Provenance {
  tool: string;
  version: string;
  preset: string;
  /** only what can change the result: no threads, paths or memory budget */
  options: Record<string, string | number | boolean | null>;
  seed: number;
  encoder: { name: string; dimension: number; sha256: string };
  /** what judged the grams in context; lexicons before version 0.2 have none */
  tagger?: {
    name: string;
    version: string;
    sha256: string;
    /** of the words that plan in what it read, the share that the grams cover; null where nothing plans */
    coverage?: number | null;
  };
  /** the lexicon whose grams counted as evidence: digest of its grams and weights, and how many they are */
  prior?: { sha256: string; entries: number };
  input: { digest: string; records: number; successful: number; skipped: Record<string, number> };
  corpus: { problems: number; traces: number; words: number };
}

export interface Lexicon {
  format: typeof FORMAT;
  /** every entry's gram, best first */
  grams: string[];
  /** in the order of `grams` */
  entries: Entry[];
  clusters: Cluster[];
  provenance: Provenance;
}
