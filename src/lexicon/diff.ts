/** Two lexicons in, what changed between them out. Either may be a bare list, of which only the grams are compared. */

import { equalShares } from "../statistics/proportions.js";
import { rounded } from "../statistics/rounding.js";
import { falseDiscoveries } from "../statistics/significance.js";
import type { Cluster, Lexicon, Provenance, StrategicFunction } from "./lexicon.js";
import { type GramEntry, wordsOf } from "./match.js";
import type { LexiconFile } from "./read.js";

export interface Change<T> {
  old: T;
  new: T;
}

/** An entry that only one of the two has. Ranks count from 1. */
export interface Lone {
  gram: string;
  rank: number;
  weight?: number;
  function?: StrategicFunction | null;
  problems?: number;
}

/** An entry of both, with what of it changed. */
export interface Moved {
  gram: string;
  /** among the entries of both, so that an addition above does not move everything below it */
  rank?: Change<number>;
  weight?: Change<number>;
  function?: Change<StrategicFunction | null>;
  /** labels of clusters that do not correspond */
  cluster?: Change<string>;
  position?: Change<string | null>;
}

/** A document frequency that changed beyond chance. */
export interface Shift {
  gram: string;
  /** shares of the problems */
  documentFrequency: Change<number>;
  /** of the two being equal, and its false discovery rate over all entries of both */
  p: number;
  q: number;
}

export interface Difference {
  entries: Change<number>;
  common: number;
  /**
   * 1 − the share of occurrences that belongs to entries of both, the mean of the two lexicons' shares; by entries
   * where one of them does not count occurrences. In [0, 1], 0 when both have the same grams.
   */
  difference: number;
  weightedBy: "occurrences" | "entries";
  /** entries of both / entries of either */
  jaccard: number;
  added: Lone[];
  removed: Lone[];
  moved: Moved[];
  /** empty where one of them is a bare list */
  shifted: Shift[];
  /** what of how they were made differs, by dotted name */
  provenance: ({ name: string } & Change<unknown>)[];
}

/** A finding is reported when no more than this share of such findings is false. */
const FALSE_DISCOVERIES = 0.05;

/** How two lexicons' grams are compared: by their words, as they match; "Wait, let me" is "wait let me". */
export const gramKey = (gram: string): string => wordsOf(gram)?.join(" ") ?? gram.trim().toLowerCase();

interface Ranked {
  key: string;
  entry: GramEntry;
  rank: number;
}

/** What changed from one lexicon to the other. Everything best first: by rank in the new one, removals in the old. */
export function diffLexicons(before: LexiconFile, after: LexiconFile): Difference {
  const old = ranked(before.entries);
  const now = ranked(after.entries);
  const oldOnly = [...old.values()].filter(({ key }) => !now.has(key));
  const newOnly = [...now.values()].filter(({ key }) => !old.has(key));
  const both = [...now.values()]
    .filter(({ key }) => old.has(key))
    .map((entry) => ({ old: old.get(entry.key)!, new: entry }));
  const weighted = before.lexicon !== undefined && after.lexicon !== undefined;
  const shares = [shareIn(old, now, weighted), shareIn(now, old, weighted)];
  return {
    entries: { old: old.size, new: now.size },
    common: both.length,
    difference: rounded(1 - (shares[0] + shares[1]) / 2),
    weightedBy: weighted ? "occurrences" : "entries",
    jaccard: rounded(both.length / Math.max(1, both.length + oldOnly.length + newOnly.length)),
    added: newOnly.map(lone),
    removed: oldOnly.map(lone),
    moved: movedAmong(both, before.lexicon, after.lexicon),
    shifted: before.lexicon && after.lexicon ? shiftedAmong(both, before.lexicon, after.lexicon) : [],
    provenance: before.lexicon && after.lexicon ? differences(before.lexicon.provenance, after.lexicon.provenance) : [],
  };
}

type Pair = Change<Ranked>;

/** By key; of several spellings of one gram, as lists for some consumers have them, the first counts. */
function ranked(entries: readonly GramEntry[]): Map<string, Ranked> {
  const found = new Map<string, Ranked>();
  for (const entry of entries) {
    const key = gramKey(entry.gram);
    if (!found.has(key)) found.set(key, { key, entry, rank: found.size + 1 });
  }
  return found;
}

function shareIn(own: Map<string, Ranked>, other: ReadonlyMap<string, Ranked>, weighted: boolean): number {
  let all = 0;
  let shared = 0;
  for (const { key, entry } of own.values()) {
    const mass = weighted ? entry.occurrences! : 1;
    all += mass;
    if (other.has(key)) shared += mass;
  }
  if (all === 0) return other.size === 0 ? 1 : 0;
  return shared / all;
}

const lone = ({ entry, rank }: Ranked): Lone => ({
  gram: entry.gram,
  rank,
  ...(entry.weight !== undefined && { weight: entry.weight }),
  ...(entry.function && { function: entry.function }),
  ...(entry.problems !== undefined && { problems: entry.problems }),
});

function movedAmong(both: readonly Pair[], before?: Lexicon, after?: Lexicon): Moved[] {
  const oldRanks = new Map([...both].sort((a, b) => a.old.rank - b.old.rank).map(({ old }, i) => [old.key, i + 1]));
  const same = before && after ? correspondence(both) : undefined;
  const labels = (clusters: readonly Cluster[]) => new Map(clusters.map(({ id, label }) => [id, label]));
  const oldLabels = labels(before?.clusters ?? []);
  const newLabels = labels(after?.clusters ?? []);
  return both.flatMap((pair, i) => {
    const { old, new: now } = { old: pair.old.entry, new: pair.new.entry };
    const moved: Moved = { gram: now.gram };
    const rank = oldRanks.get(pair.old.key)!;
    if (rank !== i + 1) moved.rank = { old: rank, new: i + 1 };
    if (same) {
      if (old.weight !== now.weight) moved.weight = { old: old.weight!, new: now.weight! };
      if (old.function !== now.function) moved.function = { old: old.function!, new: now.function! };
      if (old.position !== now.position) moved.position = { old: old.position ?? null, new: now.position ?? null };
      if (same.get(now.cluster!) !== old.cluster)
        moved.cluster = { old: oldLabels.get(old.cluster!)!, new: newLabels.get(now.cluster!)! };
    }
    return Object.keys(moved).length > 1 ? [moved] : [];
  });
}

/** Ids mean nothing across lexicons: a new cluster corresponds to the old one that most of its entries come from. */
function correspondence(both: readonly Pair[]): Map<number, number> {
  const counts = new Map<number, Map<number, number>>();
  for (const { old, new: now } of both) {
    const from = counts.get(now.entry.cluster!) ?? new Map<number, number>();
    from.set(old.entry.cluster!, (from.get(old.entry.cluster!) ?? 0) + 1);
    counts.set(now.entry.cluster!, from);
  }
  return new Map([...counts].map(([id, from]) => [id, [...from].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0][0]]));
}

/** Document frequencies that differ, were the two corpora drawn apart. Corpora that share traces differ by less than that. */
function shiftedAmong(both: readonly Pair[], before: Lexicon, after: Lexicon): Shift[] {
  const ofOld = before.provenance.corpus.problems;
  const ofNew = after.provenance.corpus.problems;
  const ps = both.map(({ old, new: now }) => equalShares(old.entry.problems!, ofOld, now.entry.problems!, ofNew));
  const qs = falseDiscoveries(ps);
  return both.flatMap(({ old, new: now }, i) =>
    qs[i] > FALSE_DISCOVERIES
      ? []
      : [
          {
            gram: now.entry.gram,
            documentFrequency: {
              old: rounded(old.entry.problems! / ofOld),
              new: rounded(now.entry.problems! / ofNew),
            },
            p: Number(ps[i].toPrecision(3)),
            q: Number(qs[i].toPrecision(3)),
          },
        ],
  );
}

function differences(old: Provenance, now: Provenance): Difference["provenance"] {
  const flat = (value: unknown, name: string): [string, unknown][] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => flat(inner, name ? `${name}.${key}` : key))
      : [[name, value]];
  const olds = new Map(flat(old, ""));
  const news = new Map(flat(now, ""));
  return [...new Set([...olds.keys(), ...news.keys()])]
    .filter((name) => olds.get(name) !== news.get(name))
    .map((name) => ({ name, old: olds.get(name) ?? null, new: news.get(name) ?? null }));
}
