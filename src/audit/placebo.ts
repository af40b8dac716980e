/** The control of HICRA's section 5: random grams in place of strategic ones, of the same length and frequency. */

import type { Grams } from "../grams/corpus.js";
import type { CountedGram } from "../selection/candidates.js";
import { gramsOf } from "../selection/candidates.js";
import { below, seededRandom } from "../statistics/random.js";

export interface Placebo {
  /** in the order of the entries that they stand for */
  grams: CountedGram[];
  /** per gram the index of that entry */
  of: number[];
  /** entries without one: no other gram of that many words is left */
  unmatched: number;
  /** occurrences of the placebo / of the entries it stands for */
  occurrences: number;
}

/** An entry to be matched: normalised words, and how often they occur. */
export interface Original {
  words: readonly string[];
  occurrences: number;
}

/** Random is drawn among this many of the nearest in frequency. */
const NEAREST = 20;

/**
 * A random gram for every entry, each once: of as many words, drawn from the twenty nearest in occurrences. No gram
 * that holds an entry, or lies in one: the placebo must not plan.
 */
export function placeboOf(originals: readonly Original[], counted: Grams, maxN: number, seed: number): Placebo {
  const entries = new Set(originals.map(({ words }) => words.join(" ")));
  const inside = new Set(originals.flatMap(({ words }) => [...partsOf(words)]));
  const pools = new Map<number, CountedGram[]>();
  const free = gramsOf(
    counted,
    1,
    maxN,
    ({ words, text }) => !inside.has(text) && ![...partsOf(words)].some((part) => entries.has(part)),
  );
  for (const gram of free) {
    const pool = pools.get(gram.words.length);
    if (pool) pool.push(gram);
    else pools.set(gram.words.length, [gram]);
  }
  for (const pool of pools.values())
    pool.sort((a, b) => a.usage.occurrences - b.usage.occurrences || (a.text < b.text ? -1 : 1));
  const random = seededRandom(seed);
  const grams: CountedGram[] = [];
  const of: number[] = [];
  let wanted = 0;
  let got = 0;
  let unmatched = 0;
  for (const [index, { words, occurrences }] of originals.entries()) {
    const pool = pools.get(words.length) ?? [];
    if (pool.length === 0) {
      unmatched++;
      continue;
    }
    const [from, to] = nearestRange(pool, occurrences);
    const [gram] = pool.splice(from + below(random, to - from), 1);
    grams.push(gram);
    of.push(index);
    wanted += occurrences;
    got += gram.usage.occurrences;
  }
  return { grams, of, unmatched, occurrences: wanted === 0 ? 0 : Math.round((got / wanted) * 10_000) / 10_000 };
}

/** The range of the pool, sorted by occurrences, that lies nearest to a number of them. */
function nearestRange(pool: readonly CountedGram[], occurrences: number): [from: number, to: number] {
  let low = 0;
  let high = pool.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pool[middle].usage.occurrences < occurrences) low = middle + 1;
    else high = middle;
  }
  let from = low;
  let to = low;
  const distance = (i: number) => Math.abs(Math.log(pool[i].usage.occurrences / occurrences));
  while (to - from < Math.min(NEAREST, pool.length))
    if (to >= pool.length || (from > 0 && distance(from - 1) <= distance(to))) from--;
    else to++;
  return [from, to];
}

function* partsOf(words: readonly string[]): Generator<string> {
  for (let from = 0; from < words.length; from++)
    for (let to = from + 1; to <= words.length; to++) yield words.slice(from, to).join(" ");
}
