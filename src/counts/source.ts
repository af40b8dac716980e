import { InputError } from "../errors.js";
import type { Candidates, ClusterCounts, GramSource } from "../grams/corpus.js";
import { createGramCounter, type GramOptions } from "../grams/counter.js";
import { COUNTERS, SUMMED } from "../grams/counting.js";
import { createTrie, type Trie } from "../grams/trie.js";
import { type CountedRow, type Counts, tableRows } from "./reader.js";
import { readSample } from "./sample.js";

/** The counts know clusters only by their traces, and hold none: the clusters are to be counted elsewhere. */
export class ClustersWanted extends InputError {
  constructor(
    path: string,
    readonly grams: readonly string[],
    readonly clusterOf: Int32Array,
  ) {
    super(
      `${path}: holds no traces, so its clusters cannot be counted here; write the grams with --wanted FILE, ` +
        "count them in every part (sg-mine count --wanted FILE), and give the sums with --cluster-counts",
    );
  }
}

/** Where a file of counts without traces has the rest from. */
interface CountsElsewhere {
  /** a table of cluster counts */
  clusterCounts?: string;
  /** the traces that the tagger is to read */
  sampleFile?: string;
  /** lets these clusters be counted, and gives the rows of that table */
  ask?: (grams: readonly string[], clusterOf: Int32Array) => Promise<Record<string, unknown>[]>;
}

/** Counts from a file in place of traces. */
export function createCountsSource(
  path: string,
  { facts, rows, stored, sample }: Counts,
  tools: Pick<GramOptions, "threads" | "memory">,
  { clusterCounts, sampleFile, ask }: CountsElsewhere = {},
): GramSource {
  const trie = createTrie(1);
  const words: string[] = [];
  let counted: CountedRow[] = [];
  let answer: Record<string, unknown>[] | undefined;

  const wordsOf = ({ words: path, offset }: Candidates): string[][] =>
    Array.from({ length: offset.length - 1 }, (_, c) =>
      Array.from(path.subarray(offset[c], offset[c + 1]), (word) => words[word]),
    );

  return {
    async count(floor, others = []) {
      if (others.length > 0)
        throw new InputError(
          `${path}: holds no traces, so that grams below its floor cannot be counted here; leave --prior out, or mine from the traces`,
        );
      if (floor < facts.floor)
        throw new InputError(
          `${path}: holds the grams of ${facts.floor} or more problems, and ${floor} is asked for; ` +
            `count with --min-problems ${floor}, or mine with --min-problems ${facts.floor}`,
        );
      counted = await rows(floor);
      const numberOf = new Map<string, number>();
      const counters = new Float64Array((counted.length + 1) * COUNTERS);
      // A gram sorts after what begins it, but not in Spark's files
      counted.sort((a, b) => a.words.length - b.words.length);
      counted.forEach((row, r) => {
        let node = 0;
        for (const word of row.words) {
          const number = numberOf.get(word) ?? numberOf.size;
          if (number === numberOf.size) numberOf.set(word, number);
          node = trie.add(node, number);
        }
        if (node !== r + 1)
          throw new InputError(`${path}: ${JSON.stringify(row.words.join(" "))} stands twice, or lacks its beginning`);
        for (let k = 0; k < SUMMED; k++) counters[node * COUNTERS + k] = row.counters[k];
      });
      words.push(...numberOf.keys());
      const { parent, word, find } = trie;
      return { trie: { size: trie.size, parent, word, find, rows: counters }, words };
    },
    async sample() {
      const traces = sampleFile === undefined ? await sample() : await readSample(sampleFile);
      if (!traces) throw new InputError(`${path}: holds no traces for the tagger to read; give them with --sample`);
      return traces;
    },
    async spellings(candidates) {
      return Array.from(
        { length: candidates.offset.length - 1 },
        (_, c) => counted[nodeOf(trie, candidates, c) - 1].spellings,
      );
    },
    async union(candidates, clusterOf, clusters) {
      if (clusterCounts !== undefined)
        return clusterCountsOf(tableRows(clusterCounts, CLUSTER_COLUMNS), clusterCounts, clusterOf, clusters);
      const traces = await stored();
      const grams = wordsOf(candidates);
      if (!traces) {
        const texts = grams.map((gram) => gram.join(" "));
        if (!ask) throw new ClustersWanted(path, texts, clusterOf);
        // the first time it is asked for all of them
        answer ??= await ask(texts, clusterOf);
        return clusterCountsOf(answer, "the clusters' counts", clusterOf, clusters);
      }
      const counter = createGramCounter({ ...tools, traces: facts.traces, maxN: 1 });
      try {
        await counter.restore(traces);
        await counter.finish();
        const selected = await counter.select(grams);
        return await counter.union(
          selected.candidates,
          Int32Array.from(selected.index, (g) => clusterOf[g]),
          clusters,
        );
      } finally {
        await counter.close();
      }
    },
  };
}

function nodeOf(trie: Trie, { words, offset }: Candidates, c: number): number {
  let node = 0;
  for (let i = offset[c]; i < offset[c + 1]; i++) node = trie.find(node, words[i]);
  return node;
}

const CLUSTER_COLUMNS = ["cluster", "problems", "traces", "occurrences"];

async function clusterCountsOf(
  rows: AsyncIterable<Record<string, unknown>> | Iterable<Record<string, unknown>>,
  path: string,
  clusterOf: Int32Array,
  clusters: number,
): Promise<ClusterCounts> {
  const counts = {
    problems: new Float64Array(clusters),
    traces: new Float64Array(clusters),
    occurrences: new Float64Array(clusters),
  };
  for await (const row of rows) {
    const cluster = Number(row.cluster);
    if (!(cluster >= 0 && cluster < clusters) || counts.traces[cluster] > 0)
      throw new InputError(`${path}: cluster ${cluster} is not one of these, or stands twice; count them again`);
    for (const key of ["problems", "traces", "occurrences"] as const) counts[key][cluster] = Number(row[key]);
  }
  const without = clusterOf.find((cluster) => counts.traces[cluster] === 0);
  if (without !== undefined)
    throw new InputError(
      `${path}: cluster ${without} has no counts; count them again for these very counts and options`,
    );
  return counts;
}
