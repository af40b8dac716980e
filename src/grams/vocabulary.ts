import { normalise } from "../text/words.js";

/** Words longer than this are not words (base64, runs of letters): they end a clause like code does. */
export const LONGEST_WORD = 64;

/**
 * The words seen so far, each spelling with a number: 0, 1, 2, … in order of first sight.
 * Spellings lie in one array of UTF-16 units and are compared unit by unit, so that two words never share a number.
 */
export interface Vocabulary {
  /** the number of text[start, end); -1 when it is longer than LONGEST_WORD */
  add(text: string, start: number, end: number): number;
  readonly size: number;
  spelling(id: number): string;
  /** a 32-bit hash of the normalised form: equal for "Wait" and "wait" */
  hash(id: number): number;
}

export function createVocabulary(): Vocabulary {
  let slots = new Int32Array(1 << 14); // id + 1
  let units = new Uint16Array(1 << 17);
  let offsets = new Uint32Array(1 << 13); // offsets[id], offsets[id + 1]: where the spelling lies in `units`
  let hashes = new Int32Array(1 << 13); // of the spelling
  let normal = new Int32Array(1 << 13); // of the normalised form
  let size = 0;

  function enlarge(): void {
    const wider = new Int32Array(slots.length * 2);
    const mask = wider.length - 1;
    for (let id = 0; id < size; id++) {
      let at = hashes[id] & mask;
      while (wider[at] !== 0) at = (at + 1) & mask;
      wider[at] = id + 1;
    }
    slots = wider;
  }

  function insert(text: string, start: number, end: number, hash: number): number {
    if (size + 2 > offsets.length) {
      offsets = copyInto(new Uint32Array(offsets.length * 2), offsets);
      hashes = copyInto(new Int32Array(hashes.length * 2), hashes);
      normal = copyInto(new Int32Array(normal.length * 2), normal);
    }
    const from = offsets[size];
    const to = from + end - start;
    if (to > units.length) units = copyInto(new Uint16Array(units.length * 2), units);
    for (let i = start; i < end; i++) units[from + i - start] = text.charCodeAt(i);
    offsets[size + 1] = to;
    hashes[size] = hash;
    normal[size] = hashOf(normalise(text.slice(start, end)));
    if (++size * 2 > slots.length) enlarge();
    return size - 1;
  }

  return {
    get size() {
      return size;
    },
    add(text, start, end) {
      const length = end - start;
      if (length > LONGEST_WORD) return -1;
      let hash = 0x811c9dc5 | 0;
      for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      hash ^= hash >>> 15;
      const mask = slots.length - 1;
      let at = hash & mask;
      for (;;) {
        const id = slots[at] - 1;
        if (id < 0) {
          const added = insert(text, start, end, hash);
          // insert may have rebuilt the slots, and then has placed the word already
          if (slots.length === mask + 1) slots[at] = added + 1;
          return added;
        }
        if (hashes[id] === hash && offsets[id + 1] - offsets[id] === length) {
          const from = offsets[id];
          let i = 0;
          while (i < length && units[from + i] === text.charCodeAt(start + i)) i++;
          if (i === length) return id;
        }
        at = (at + 1) & mask;
      }
    },
    spelling: (id) => String.fromCharCode(...units.subarray(offsets[id], offsets[id + 1])),
    hash: (id) => normal[id],
  };
}

/** FNV-1a over UTF-16 units with a last mix. */
export function hashOf(word: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}

function copyInto<T extends { set(from: ArrayLike<number>): void }>(to: T, from: ArrayLike<number>): T {
  to.set(from);
  return to;
}
