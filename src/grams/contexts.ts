import { GAP_COMMA } from "../text/words.js";
import { createNumberedWords, forEachTrace, numberWords, RARE, type Share } from "./counting.js";
import { createTrie, type Trie } from "./trie.js";

/** Candidates as sequences of word numbers: gram c is words[offset[c]] … words[offset[c + 1] - 1]. */
export interface Candidates {
  words: Int32Array;
  offset: Int32Array;
}
export const candidateCount = (candidates: Candidates) => candidates.offset.length - 1;

/** Neighbouring words are counted in this many bins by hash: enough to tell a fixed neighbour from free ones. */
export const NEIGHBOUR_BINS = 8;
/** Context counters of every candidate, exact, summed over the threads. */
export interface Contexts {
  left: Uint32Array; // candidates × NEIGHBOUR_BINS
  right: Uint32Array; // candidates × NEIGHBOUR_BINS
  /** spellings as sequences of `spelling * 2 + (1 after a comma)`, with their counts, in no order */
  spellings: { gram: Int32Array; offset: Int32Array; tokens: Int32Array; count: Uint32Array };
}

/** A trie that knows which node is which candidate (its only counter holds the number plus one). */
export function candidateTrie({ words, offset }: Candidates): Trie {
  const trie = createTrie(1);
  for (let c = 0; c + 1 < offset.length; c++) {
    let node = 0;
    for (let i = offset[c]; i < offset[c + 1]; i++) node = trie.add(node, words[i]);
    trie.rows[node] = c + 1;
  }
  return trie;
}

// Rows of the spellings' trie.
const GRAM_NODE = 0;
const COUNT = 1;

/** Pass 3 of one thread: the neighbours and spellings of the candidates in its share of the problems. */
export function contextsOf(share: Share, candidates: Candidates): Contexts {
  const count = candidateCount(candidates);
  const grams = candidateTrie(candidates);
  const spelt = createTrie(2);
  const left = new Uint32Array(count * NEIGHBOUR_BINS);
  const right = new Uint32Array(count * NEIGHBOUR_BINS);
  const words = createNumberedWords();

  forEachTrace(share, (trace, spool) => {
    numberWords(trace, share, spool, words);
    const { length, word, spelling, gap } = words;
    for (let i = 0; i < length; i++) {
      let speltNode = 0;
      let gramNode = 0;
      for (let j = i; j < length; j++) {
        if (word[j] === RARE || (j > i && gap[j] > GAP_COMMA)) break;
        const token = spelling[j] * 2 + (j > i ? gap[j] : 0);
        let next = spelt.find(speltNode, token);
        if (next < 0) {
          const gram = grams.find(gramNode, word[j]);
          if (gram < 0) break;
          next = spelt.add(speltNode, token);
          spelt.rows[next * 2 + GRAM_NODE] = gram;
        }
        speltNode = next;
        gramNode = spelt.rows[next * 2 + GRAM_NODE];
        const c = grams.rows[gramNode] - 1;
        if (c < 0) continue;
        spelt.rows[next * 2 + COUNT]++;
        const gapBefore = gap[i];
        const gapAfter = gap[j + 1];
        if (gapBefore <= GAP_COMMA) left[c * NEIGHBOUR_BINS + bin(share.hashOf[spelling[i - 1]])]++;
        if (gapAfter <= GAP_COMMA) right[c * NEIGHBOUR_BINS + bin(share.hashOf[spelling[j + 1]])]++;
      }
    }
  });
  return { left, right, spellings: spellingsOf(spelt, grams) };
}

const bin = (hash: number) => Math.imul(hash, 0x9e3779b1) >>> 29;

function spellingsOf(spelt: Trie, grams: Trie): Contexts["spellings"] {
  const gram: number[] = [];
  const offset = [0];
  const tokens: number[] = [];
  const counts: number[] = [];
  const path: number[] = [];
  for (let node = 1; node < spelt.size; node++) {
    const count = spelt.rows[node * 2 + COUNT];
    if (count === 0) continue;
    gram.push(grams.rows[spelt.rows[node * 2 + GRAM_NODE]] - 1);
    path.length = 0;
    for (let at = node; at !== 0; at = spelt.parent(at)) path.push(spelt.word(at));
    for (let i = path.length - 1; i >= 0; i--) tokens.push(path[i]);
    offset.push(tokens.length);
    counts.push(count);
  }
  return {
    gram: Int32Array.from(gram),
    offset: Int32Array.from(offset),
    tokens: Int32Array.from(tokens),
    count: Uint32Array.from(counts),
  };
}
