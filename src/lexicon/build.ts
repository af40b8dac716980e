import { rounded } from "../statistics/rounding.js";
import { type Cluster, type Entry, FORMAT, type Lexicon, type Provenance, type StrategicFunction } from "./lexicon.js";

/** An entry to be. */
export interface Member {
  usage: {
    problems: number;
    traces: number;
    occurrences: number;
    /** of occurrences: the share after a sentence end or a line break */
    initial: number;
  };
  weight: number;
  function: StrategicFunction | null;
  cluster: number;
  /** verbatim forms, most frequent first */
  spellings: readonly { text: string; count: number }[];
}

/** What is known of a cluster as a whole. */
export interface ClusterFacts {
  /** grams that the clustering put there */
  size: number;
  documentFrequency: number;
  perTrace: number;
}

/** Spellings rarer than this share of the gram's occurrences are slips. */
const LEAST_SHARE = 0.01;
const MOST_SPELLINGS = 8;

/**
 * Puts the lexicon together: `members` best first. Clusters are numbered by their best entry; those without an entry
 * are left out.
 */
export function buildLexicon(
  members: readonly Member[],
  clusters: readonly ClusterFacts[],
  provenance: Provenance,
): Lexicon {
  const idOf = new Map<number, number>();
  for (const { cluster } of members) if (!idOf.has(cluster)) idOf.set(cluster, idOf.size);
  const listed = members.map((member) => entryOf(member, idOf.get(member.cluster)!));
  const clustersOf = [...idOf].map(([cluster, id]): Cluster => {
    const own = listed.filter((entry) => entry.cluster === id);
    return {
      id,
      label: own[0].gram,
      function: commonest(own),
      size: clusters[cluster].size,
      documentFrequency: rounded(clusters[cluster].documentFrequency),
      perTrace: rounded(clusters[cluster].perTrace),
      grams: own.map(({ gram }) => gram),
    };
  });
  return { format: FORMAT, grams: listed.map(({ gram }) => gram), entries: listed, clusters: clustersOf, provenance };
}

function entryOf({ usage, weight, function: name, spellings }: Member, cluster: number): Entry {
  const { problems, traces, occurrences } = usage;
  const common = spellings.filter(({ count }, i) => i === 0 || count >= LEAST_SHARE * occurrences);
  return {
    gram: spellings[0].text.toLowerCase(),
    spellings: common.slice(0, MOST_SPELLINGS).map(({ text }) => text),
    function: name,
    weight,
    cluster,
    problems,
    traces,
    occurrences,
    perTrace: rounded(occurrences / traces),
    clauseInitial: rounded(usage.initial),
  };
}

/** The function of most of the entries' problems, as far as it is known; of equals the one met first. */
function commonest(entries: readonly Entry[]): StrategicFunction | null {
  const problems = new Map<StrategicFunction, number>();
  for (const { function: name, problems: own } of entries)
    if (name !== null) problems.set(name, (problems.get(name) ?? 0) + own);
  return [...problems].reduce<[StrategicFunction | null, number]>((a, b) => (b[1] > a[1] ? b : a), [null, 0])[0];
}
