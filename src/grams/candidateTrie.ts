import type { Candidates } from "./corpus.js";
import { createTrie, type Trie } from "./trie.js";

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

/** By word number, 1 where a candidate begins with the word: few words of a text do, and the others are passed over. */
export function firstWords({ words, offset }: Candidates, count: number): Uint8Array {
  const first = new Uint8Array(count);
  for (let c = 0; c + 1 < offset.length; c++) if (offset[c] < offset[c + 1]) first[words[offset[c]]] = 1;
  return first;
}
