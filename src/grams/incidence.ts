import { candidateTrie } from "./candidateTrie.js";
import type { Candidates } from "./corpus.js";
import { COUNTERS, countShare, SUMMED } from "./counting.js";
import type { Share } from "./share.js";
import type { Survivors } from "./sketch.js";

/**
 * Counts of the candidates problem by problem: what a resample of problems needs to count again. Problem p has the
 * candidates gram[offset[p]] … gram[offset[p + 1] - 1], each with SUMMED counters in `counts`.
 */
export interface Incidence {
  /** numbers of the problems */
  problem: Int32Array;
  offset: Int32Array;
  gram: Int32Array;
  counts: Uint32Array;
}

/** The incidence of one thread's share: each of its problems counted as if it were the whole corpus. */
export function incidenceOf(share: Share, survivors: Survivors, maxN: number, candidates: Candidates): Incidence {
  const grams = candidateTrie(candidates);
  const offset = [0];
  const gram: number[] = [];
  const counts: number[] = [];
  for (let p = 0; p < share.problems.length; p++) {
    const part: Share = { ...share, problems: share.problems.subarray(p, p + 1) };
    const counted = countShare(part, survivors, maxN, 0, 1)!;
    // parents precede their children, so each node's candidate is found from its parent's
    const nodeOf = new Int32Array(counted.size).fill(-1);
    nodeOf[0] = 0;
    for (let node = 1; node < counted.size; node++) {
      const above = nodeOf[counted.parent(node)];
      if (above < 0) continue;
      nodeOf[node] = grams.find(above, counted.word(node));
      const candidate = nodeOf[node] < 0 ? -1 : grams.rows[nodeOf[node]] - 1;
      if (candidate < 0) continue;
      gram.push(candidate);
      for (let k = 0; k < SUMMED; k++) counts.push(counted.rows[node * COUNTERS + k]);
    }
    offset.push(gram.length);
  }
  return {
    problem: share.problems,
    offset: Int32Array.from(offset),
    gram: Int32Array.from(gram),
    counts: Uint32Array.from(counts),
  };
}

/** The threads' incidences as one, in an order that does not depend on how the problems were shared out. */
export function joinIncidence(parts: readonly Incidence[], names: readonly string[]): Omit<Incidence, "problem"> {
  const all = parts.flatMap((part) => Array.from(part.problem, (problem, p) => ({ part, p, name: names[problem] })));
  all.sort((a, b) => (a.name < b.name ? -1 : 1));
  const offset = Int32Array.from([0, ...all.map(({ part, p }) => part.offset[p + 1] - part.offset[p])]);
  for (let p = 1; p < offset.length; p++) offset[p] += offset[p - 1];
  const gram = new Int32Array(offset[all.length]);
  const counts = new Uint32Array(gram.length * SUMMED);
  all.forEach(({ part, p }, i) => {
    const [from, to] = [part.offset[p], part.offset[p + 1]];
    gram.set(part.gram.subarray(from, to), offset[i]);
    counts.set(part.counts.subarray(from * SUMMED, to * SUMMED), offset[i] * SUMMED);
  });
  return { offset, gram, counts };
}
