/**
 * Grams by their hashes alone: what many machines exchange to find the grams that can reach the floor of the whole, at
 * a few bytes a gram and without its text. Two grams of one hash only let more through to be counted exactly.
 */
import { InputError } from "../errors.js";
import type { Grams } from "../grams/corpus.js";
import { COUNTERS, PROBLEMS } from "../grams/counting.js";
import { EMPTY, extend } from "../grams/sketch.js";
import { hashOf } from "../grams/vocabulary.js";

/** The 32-bit hash of a gram. */
export const gramHash = (words: readonly string[]): number =>
  words.reduce((hash, word) => extend(hash, hashOf(word)), EMPTY);

/**
 * Each gram's problems and hash, two unsigned 32-bit numbers, the lowest byte first; in the order of the hashes, so that
 * ranges of them lie side by side.
 */
export function hashedBytes({ trie, words }: Grams): Uint8Array {
  const wordHashes = Int32Array.from(words, hashOf);
  const hashes = new Int32Array(trie.size).fill(EMPTY);
  const pairs = new Uint32Array((trie.size - 1) * 2);
  // a parent precedes its children
  for (let node = 1; node < trie.size; node++) {
    hashes[node] = extend(hashes[trie.parent(node)], wordHashes[trie.word(node)]);
    pairs[node * 2 - 2] = trie.rows[node * COUNTERS + PROBLEMS];
    pairs[node * 2 - 1] = hashes[node];
  }
  new BigUint64Array(pairs.buffer).sort();
  return new Uint8Array(pairs.buffer);
}

/** What a file of wanted hashes begins with; they follow, unsigned 32-bit numbers, the lowest byte first. */
const HEAD = "sg-grams";

/** The hashes in a file's bytes; undefined where these are something else. @throws InputError for a file that was cut */
export function wantedHashes(path: string, bytes: Uint8Array): Int32Array | undefined {
  if (Buffer.from(bytes.subarray(0, HEAD.length)).toString("latin1") !== HEAD) return undefined;
  // a copy, for hashes lie at multiples of four bytes only in a buffer of their own
  const rest = new Uint8Array(bytes.subarray(HEAD.length));
  if (rest.length % 4 !== 0) throw new InputError(`${path}: broken: it ends inside a hash; write the file again`);
  return new Int32Array(rest.buffer);
}
