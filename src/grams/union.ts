import { GAP_COMMA } from "../text/words.js";
import { candidateTrie, firstWords } from "./candidateTrie.js";
import type { Candidates, ClusterCounts } from "./corpus.js";
import { createNumberedWords, forEachTrace, numberWords, RARE, type Share } from "./share.js";

/** Counts the clusters in one thread's share of the problems: exact, by marking each problem and trace once. */
export function unionOf(share: Share, candidates: Candidates, clusterOf: Int32Array, clusters: number): ClusterCounts {
  const grams = candidateTrie(candidates);
  const first = firstWords(candidates, share.wordOf.length);
  const counts: ClusterCounts = {
    problems: new Uint32Array(clusters),
    traces: new Uint32Array(clusters),
    occurrences: new Uint32Array(clusters),
  };
  const lastProblem = new Int32Array(clusters).fill(-1);
  const lastTrace = new Int32Array(clusters).fill(-1);
  const words = createNumberedWords();
  // where the cluster's last occurrence in this trace ends
  const until = new Int32Array(clusters);
  const note = (cluster: number, problem: number, trace: number, from: number, to: number) => {
    if (lastTrace[cluster] !== trace) {
      lastTrace[cluster] = trace;
      until[cluster] = 0;
      counts.traces[cluster]++;
      if (lastProblem[cluster] !== problem) {
        lastProblem[cluster] = problem;
        counts.problems[cluster]++;
      }
    }
    if (from >= until[cluster]) counts.occurrences[cluster]++;
    until[cluster] = Math.max(until[cluster], to);
  };
  forEachTrace(share, (trace, spool, index, problem) => {
    numberWords(trace, share, spool, words);
    const { length, word, gap } = words;
    for (let i = 0; i < length; i++) {
      if (word[i] === RARE || first[word[i]] === 0) continue;
      for (let j = i, node = 0; j < length; j++) {
        if (word[j] === RARE || (j > i && gap[j] > GAP_COMMA)) break;
        node = grams.find(node, word[j]);
        if (node < 0) break;
        const candidate = grams.rows[node] - 1;
        if (candidate >= 0) note(clusterOf[candidate], problem, index, i, j + 1);
      }
    }
  });
  return counts;
}

/** The threads' counts as one: their problems are disjoint. */
export function addUnions(parts: readonly ClusterCounts[]): ClusterCounts {
  const sum = (key: keyof ClusterCounts) => parts[0][key].map((_, c) => parts.reduce((n, part) => n + part[key][c], 0));
  return { problems: sum("problems"), traces: sum("traces"), occurrences: sum("occurrences") };
}
