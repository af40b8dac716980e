/** Where grams stand in what the tagger has read, and what it says of them there. */
import type { Grams } from "../grams/corpus.js";
import { createTrie } from "../grams/trie.js";
import { WHOLE } from "../tagger/tagger.js";
import type { TaggedWords } from "./taggedWords.js";

/** The uses of some grams: those of gram g are at[offset[g]] … at[offset[g + 1] - 1]. */
export interface Uses {
  offset: Int32Array;
  /** the first word, by its place in the sample */
  at: Int32Array;
  /** number of the text */
  text: Int32Array;
  /** least probability among the gram's words that they plan, 0 to WHOLE */
  least: Uint16Array;
  /**
   * probability that the gram plans here, 0 to WHOLE: half way between the least and the mean of its words'. On labelled
   * excerpts the least alone promises too little and the mean too much, by some hundredths; this is right within two.
   */
  plan: Uint16Array;
  /** words of each gram */
  lengths: Uint8Array;
}

/** A gram is looked at further when all of its words plan in this share of its uses or more. */
export const LEAST_PLAN = 0.1;

/** The counted grams that plan at times, as nodes of their trie. Of a gram that the sample lacks nothing is known. */
export function planningNodes({ trie }: Pick<Grams, "trie">, tagged: TaggedWords, maxN: number): Int32Array {
  const uses = new Uint32Array(trie.size);
  const wholly = new Float64Array(trie.size);
  forEachUse(
    tagged,
    maxN,
    (node, word) => trie.find(node, word),
    (node, _from, _text, _plan, least) => {
      uses[node]++;
      wholly[node] += least;
    },
  );
  const nodes: number[] = [];
  for (let node = 1; node < trie.size; node++)
    if (uses[node] > 0 && wholly[node] >= LEAST_PLAN * WHOLE * uses[node]) nodes.push(node);
  return Int32Array.from(nodes);
}

/** Every use of some grams, given by their word numbers. */
export function usesOf(grams: readonly { path: readonly number[] }[], tagged: TaggedWords): Uses {
  const trie = createTrie(1);
  let longest = 0;
  grams.forEach(({ path }, g) => {
    let node = 0;
    for (const word of path) node = trie.add(node, word);
    trie.rows[node] = g + 1;
    longest = Math.max(longest, path.length);
  });
  // in the order of the texts, to be brought into that of the grams
  let found = createUses(1 << 16);
  let gramOf = new Int32Array(1 << 16);
  let count = 0;
  const offset = new Int32Array(grams.length + 1);
  forEachUse(
    tagged,
    longest,
    (node, word) => trie.find(node, word),
    (node, from, text, plan, least) => {
      const gram = trie.rows[node] - 1;
      if (gram < 0) return;
      if (count === gramOf.length) {
        const [smaller, grams] = [found, gramOf];
        found = createUses(2 * count);
        gramOf = new Int32Array(2 * count);
        gramOf.set(grams);
        for (const name of COLUMNS) found[name].set(smaller[name]);
      }
      gramOf[count] = gram;
      found.at[count] = from;
      found.text[count] = text;
      found.plan[count] = plan;
      found.least[count++] = least;
      offset[gram + 1]++;
    },
  );
  for (let g = 0; g < grams.length; g++) offset[g + 1] += offset[g];
  const next = offset.slice();
  const uses = createUses(count);
  for (let u = 0; u < count; u++) {
    const use = next[gramOf[u]]++;
    uses.at[use] = found.at[u];
    uses.text[use] = found.text[u];
    uses.plan[use] = found.plan[u];
    uses.least[use] = found.least[u];
  }
  return { ...uses, offset, lengths: Uint8Array.from(grams, ({ path }) => path.length) };
}

/** Of the uses of many grams those of some, given by their indices and numbered anew in their order. */
export function usesAmong(uses: Uses, grams: readonly number[]): Uses {
  const offset = new Int32Array(grams.length + 1);
  grams.forEach((gram, g) => {
    offset[g + 1] = offset[g] + uses.offset[gram + 1] - uses.offset[gram];
  });
  const some = createUses(offset[grams.length]);
  grams.forEach((gram, g) => {
    for (const name of COLUMNS)
      some[name].set(uses[name].subarray(uses.offset[gram], uses.offset[gram + 1]), offset[g]);
  });
  return { ...some, offset, lengths: Uint8Array.from(grams, (gram) => uses.lengths[gram]) };
}

const COLUMNS = ["at", "text", "plan", "least"] as const;

const createUses = (count: number): Pick<Uses, (typeof COLUMNS)[number]> => ({
  at: new Int32Array(count),
  text: new Int32Array(count),
  plan: new Uint16Array(count),
  least: new Uint16Array(count),
});

/** Walks down a trie from every word of the sample; calls back at each node. */
function forEachUse(
  { lengths, word, opens, plan }: TaggedWords,
  maxN: number,
  find: (node: number, word: number) => number,
  visit: (node: number, from: number, text: number, plan: number, least: number) => void,
): void {
  let from = 0;
  lengths.forEach((length, text) => {
    const end = from + length;
    for (; from < end; from++) {
      let node = 0;
      let least = WHOLE;
      let sum = 0;
      const last = Math.min(end, from + maxN);
      for (let i = from; i < last; i++) {
        if ((i > from && opens[i] === 1) || word[i] < 0) break;
        node = find(node, word[i]);
        if (node < 0) break;
        if (plan[i] < least) least = plan[i];
        sum += plan[i];
        visit(node, from, text, Math.floor((Math.floor(sum / (i + 1 - from)) + least) / 2), least);
      }
    }
  });
}
