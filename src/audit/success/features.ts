/** What is known of one attempt's planning, in numbers. */
import { FUNCTIONS } from "../../lexicon/lexicon.js";
import type { Marks } from "../../tagger/marks.js";

/** In the order of a row: planning words, moves, variety, place, repeats, and moves by function. */
export const FEATURES = ["share", "moves", "variety", "position", "first", "repeats", ...FUNCTIONS] as const;
export type Feature = (typeof FEATURES)[number];

/** What a feature is, in words that follow "right attempts have …". */
export const MEANING: Record<Feature, string> = {
  share: "share of words that plan",
  moves: "moves per attempt",
  variety: "distinct clusters per attempt",
  position: "mean place of the moves, from 0 (begin) to 1 (end)",
  first: "share of the words before the first move",
  repeats: "moves per attempt of a cluster that came before",
  goal: "moves that set a goal",
  deduction: "moves that deduce",
  branching: "moves that branch",
  backtracing: "moves that go back or check",
};

/** Features that longer attempts have more of; the others are shares. */
const COUNTS = new Set<Feature>(["moves", "variety", "repeats", ...FUNCTIONS]);

/**
 * One attempt's features, in the order of FEATURES. Of overlapping marks the first counts as a move. Place is NaN where
 * there is no move; the first move's is then 1.
 * @param kindOf what makes two moves of one kind: the entry's cluster where the lexicon has clusters
 * @param functionOf by its place in FUNCTIONS, of an entry, for marks by grams
 */
export function featuresOf(
  { marks, words, planningWords }: Marks,
  kindOf: (entry: number) => number,
  functionOf: (entry: number) => number | null,
): Float64Array {
  const row = new Float64Array(FEATURES.length);
  const kinds = new Set<number>();
  let [moves, ofKind, places, covered] = [0, 0, 0, -1];
  let first = 1;
  for (const { first: from, last, entry, function: here } of marks) {
    if (from <= covered) continue;
    covered = Math.max(covered, last);
    if (moves === 0 && words > 0) first = from / words;
    moves++;
    if (words > 0) places += from / words;
    if (entry >= 0) {
      ofKind++;
      kinds.add(kindOf(entry));
    }
    const purpose = here === undefined && entry >= 0 ? functionOf(entry) : here;
    if (purpose !== null && purpose !== undefined) row[FEATURES.length - FUNCTIONS.length + purpose]++;
  }
  row[0] = words > 0 ? planningWords / words : 0;
  row[1] = moves;
  row[2] = kinds.size;
  row[3] = moves > 0 ? places / moves : Number.NaN;
  row[4] = first;
  row[5] = ofKind - kinds.size;
  return row;
}

/** Columns of features as the model takes them: counts as logarithms, the middle as the place of no move. */
export const modelled = (feature: Feature, values: Float64Array): Float64Array =>
  COUNTS.has(feature) ? values.map(Math.log1p) : values.map((value) => (Number.isNaN(value) ? 0.5 : value));
