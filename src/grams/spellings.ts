import { GAP_COMMA, isUnspaced } from "../text/words.js";
import { candidateTrie, firstWords } from "./candidateTrie.js";
import type { Candidates, Spelling } from "./corpus.js";
import { createNumberedWords, forEachTrace, numberWords, RARE, type Share } from "./share.js";
import { createTrie, type Trie } from "./trie.js";

/** Spellings of candidates as sequences of `spelling * 2 + (1 after a comma)`, with their counts, in no order. */
export interface SpeltGrams {
  gram: Int32Array;
  offset: Int32Array;
  tokens: Int32Array;
  count: Uint32Array;
}

// Rows of the spellings' trie.
const GRAM_NODE = 0;
const COUNT = 1;

/** Pass 3 of one thread: the spellings of the candidates in its share of the problems. */
export function spellingsOf(share: Share, candidates: Candidates): SpeltGrams {
  const grams = candidateTrie(candidates);
  const first = firstWords(candidates, share.wordOf.length);
  const spelt = createTrie(2);
  const words = createNumberedWords();

  forEachTrace(share, (trace, spool) => {
    numberWords(trace, share, spool, words);
    const { length, word, spelling, gap } = words;
    for (let i = 0; i < length; i++) {
      if (word[i] === RARE || first[word[i]] === 0) continue;
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
        if (grams.rows[gramNode] > 0) spelt.rows[next * 2 + COUNT]++;
      }
    }
  });
  return flat(spelt, grams);
}

function flat(spelt: Trie, grams: Trie): SpeltGrams {
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

/** The threads' spellings as one: of each candidate, the most frequent first. @param spellings by their number */
export function joinSpellings(
  parts: readonly SpeltGrams[],
  candidates: number,
  spellings: readonly string[],
): Spelling[][] {
  const counts = Array.from({ length: candidates }, () => new Map<string, number>());
  for (const found of parts)
    found.gram.forEach((gram, s) => {
      const text = spell(found.tokens.subarray(found.offset[s], found.offset[s + 1]), spellings);
      counts[gram].set(text, (counts[gram].get(text) ?? 0) + found.count[s]);
    });
  return counts.map((of) =>
    Array.from(of, ([text, count]) => ({ text, count })).sort(
      (a, b) => b.count - a.count || (a.text < b.text ? -1 : 1),
    ),
  );
}

/** The text of a spelling given as `spelling * 2 + (1 after a comma)`. */
function spell(tokens: Int32Array, spellings: readonly string[]): string {
  let text = "";
  let previous = "";
  for (const token of tokens) {
    const word = spellings[token >> 1];
    const unspaced = previous !== "" && isUnspaced(previous, word);
    if (token & 1) text += unspaced ? "，" : ", ";
    else if (previous !== "" && !unspaced) text += " ";
    text += word;
    previous = word;
  }
  return text;
}
