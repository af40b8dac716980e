import { createNumberedWords, forEachTrace, numberWords, RARE, type Share } from "./counting.js";
import { createTrie, type Trie } from "./trie.js";
import { closingOf, GAP_COMMA, isBreak, openingOf } from "./words.js";

/** Candidates as sequences of word numbers: gram c is words[offset[c]] … words[offset[c + 1] - 1]. */
export interface Candidates {
  words: Int32Array;
  offset: Int32Array;
}
export const candidateCount = (candidates: Candidates) => candidates.offset.length - 1;

/** What stands beside an occurrence: columns of `before` and `after`. The first five are the kinds of break. */
export const BESIDE_SPACE = 5;
export const BESIDE_COMMA = 6;
export const BESIDE_KINDS = 7;
/** Neighbouring words are counted in this many bins by number, enough to estimate their entropy. */
export const NEIGHBOUR_BINS = 64;
/** Position of an occurrence in its trace, in equal parts. */
export const POSITION_BINS = 16;
/** A trace in which a gram occurs more often than this uses it as content, not as a move. */
export const SPARING = 3;

/** Context counters of every candidate, exact, summed over the threads. */
export interface Contexts {
  before: Uint32Array; // candidates × BESIDE_KINDS
  after: Uint32Array; // candidates × BESIDE_KINDS
  left: Uint32Array; // candidates × NEIGHBOUR_BINS
  right: Uint32Array; // candidates × NEIGHBOUR_BINS
  position: Uint32Array; // candidates × POSITION_BINS
  /** traces with more than SPARING occurrences */
  lavish: Uint32Array;
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

const beside = (gap: number, kind: (gap: number) => number) =>
  isBreak(gap) ? kind(gap) : gap === GAP_COMMA ? BESIDE_COMMA : BESIDE_SPACE;

// Rows of the spellings' trie.
const GRAM_NODE = 0;
const COUNT = 1;

/** Pass 3 of one thread: the contexts and spellings of the candidates in its share of the problems. */
export function contextsOf(share: Share, candidates: Candidates): Contexts {
  const count = candidateCount(candidates);
  const grams = candidateTrie(candidates);
  const spelt = createTrie(2);
  const before = new Uint32Array(count * BESIDE_KINDS);
  const after = new Uint32Array(count * BESIDE_KINDS);
  const left = new Uint32Array(count * NEIGHBOUR_BINS);
  const right = new Uint32Array(count * NEIGHBOUR_BINS);
  const position = new Uint32Array(count * POSITION_BINS);
  const lavish = new Uint32Array(count);
  const lastTrace = new Int32Array(count);
  const inTrace = new Uint16Array(count);
  const words = createNumberedWords();

  forEachTrace(share, (trace, spool, index) => {
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
        before[c * BESIDE_KINDS + beside(gapBefore, openingOf)]++;
        after[c * BESIDE_KINDS + beside(gapAfter, closingOf)]++;
        if (gapBefore <= GAP_COMMA) left[c * NEIGHBOUR_BINS + bin(share.hashOf[spelling[i - 1]])]++;
        if (gapAfter <= GAP_COMMA) right[c * NEIGHBOUR_BINS + bin(share.hashOf[spelling[j + 1]])]++;
        position[c * POSITION_BINS + Math.floor((i * POSITION_BINS) / length)]++;
        if (lastTrace[c] !== index + 1) {
          lastTrace[c] = index + 1;
          inTrace[c] = 0;
        }
        if (inTrace[c] <= SPARING && ++inTrace[c] === SPARING + 1) lavish[c]++;
      }
    }
  });
  return { before, after, left, right, position, lavish, spellings: spellingsOf(spelt, grams) };
}

const bin = (hash: number) => (Math.imul(hash, 0x9e3779b1) >>> 26) & (NEIGHBOUR_BINS - 1);

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
