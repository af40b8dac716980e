/** What grams are worth: the share of their uses that plan, with what the uses of grams like them tell. */
import { WHOLE } from "../tagger/tagger.js";
import type { TaggedWords } from "./taggedWords.js";
import type { Uses } from "./uses.js";

export interface Judged {
  /** the gram, by its index among those whose uses are known */
  index: number;
  /** uses in the sample */
  uses: number;
  /** of these, the share that plans, as the tagger has it; and the share of which no word does not */
  share: number;
  wholly: number;
  /** the share that plans, drawn towards its cluster as far as its uses are few */
  weight: number;
  /** of its planning uses, the share in which a move begins with the gram, and in which one ends with it; drawn likewise */
  begins: number;
  ends: number;
}

const KEYS = ["plan", "least", "begin", "end"] as const;
type Key = (typeof KEYS)[number];

/** A cluster tells as much of a gram as this many uses of its own. */
const CLUSTER_USES = 4;

/**
 * A prior tells of a gram what this many uses would in which it plans with its weight there, as a whole move. Measured on
 * labelled excerpts of six families, each read by a tagger that had not learned from it, with a prior mined from others:
 * 2, 4 and 8 give the same list F1 within 0.002.
 */
const PRIOR_USES = 4;

/**
 * Judges every gram by its uses. A gram of many uses is judged by them alone; a rare wording is carried, or held
 * down, by the common ones of its cluster.
 * @param candidates the grams to judge, by index
 * @param clusterOf each gram's cluster
 * @param weightOf how often each text counts (once)
 * @param prior each gram's weight in another lexicon, where it is in there
 */
export function judge(
  candidates: readonly number[],
  uses: Uses,
  { begin, end }: TaggedWords,
  clusterOf: ArrayLike<number>,
  { weightOf, prior = [] }: { weightOf?: ArrayLike<number>; prior?: readonly (number | undefined)[] } = {},
): Judged[] {
  const sums = candidates.map((g) => {
    const own = { uses: 0, plan: 0, least: 0, begin: 0, end: 0 };
    for (let use = uses.offset[g]; use < uses.offset[g + 1]; use++) {
      const weight = weightOf?.[uses.text[use]] ?? 1;
      const least = uses.least[use];
      const last = uses.at[use] + uses.lengths[g] - 1;
      own.uses += weight;
      own.plan += weight * uses.plan[use];
      own.least += weight * least;
      // a move can begin and end with the gram only where the gram plans
      own.begin += weight * Math.min(least, begin[uses.at[use]]);
      own.end += weight * Math.min(least, end[last]);
    }
    return own;
  });
  const clusters = new Map<number, Record<"mass" | Key, number>>();
  sums.forEach((own, c) => {
    const g = candidates[c];
    const cluster = clusters.get(clusterOf[g]) ?? { mass: 0, plan: 0, least: 0, begin: 0, end: 0 };
    clusters.set(clusterOf[g], cluster);
    if (own.uses === 0) return;
    // each gram says what it can: its share, believed as far as it has uses
    const mass = own.uses / (own.uses + CLUSTER_USES);
    cluster.mass += mass;
    for (const key of KEYS) cluster[key] += (mass * own[key]) / own.uses;
  });
  return sums.map((own, c): Judged => {
    const index = candidates[c];
    const cluster = clusters.get(clusterOf[index])!;
    const before = { uses: prior[index] === undefined ? 0 : PRIOR_USES, planning: PRIOR_USES * (prior[index] ?? 0) };
    const drawn = (key: Key) =>
      cluster.mass === 0
        ? 0
        : (own[key] + (CLUSTER_USES * cluster[key]) / cluster.mass + before.planning * WHOLE) /
          (own.uses + CLUSTER_USES + before.uses) /
          WHOLE;
    const least = drawn("least");
    return {
      index,
      uses: own.uses,
      share: own.uses === 0 ? 0 : own.plan / own.uses / WHOLE,
      wholly: own.uses === 0 ? 0 : own.least / own.uses / WHOLE,
      weight: drawn("plan"),
      begins: least === 0 ? 0 : drawn("begin") / least,
      ends: least === 0 ? 0 : drawn("end") / least,
    };
  });
}
