/**
 * Grams as paths of word numbers, with a row of counters each. A node is found by its parent and its last word, both
 * compared exactly, so that no two grams can be merged.
 */
export interface Trie {
  /** number of nodes; node 0 is the empty gram */
  readonly size: number;
  /** the node for parent + word, or -1 */
  find(parent: number, word: number): number;
  /** the node for parent + word, made if absent; -1 when `limit` nodes exist already */
  add(parent: number, word: number): number;
  parent(node: number): number;
  word(node: number): number;
  /** counters of all nodes: node n has rows[n * width, (n + 1) * width); may be replaced when a node is added */
  rows: Uint32Array;
}

export function createTrie(width: number, limit = 1 << 26): Trie {
  let capacity = 1 << 12;
  let keys = new Int32Array(capacity * 2); // parent, word
  let slots = new Int32Array(capacity * 2); // node
  let size = 1;

  const slotOf = (parent: number, word: number, mask: number) => {
    let h = Math.imul(parent, 0x9e3779b1) ^ Math.imul(word, 0x85ebca77);
    h ^= h >>> 15;
    h = Math.imul(h, 0xc2b2ae3d);
    return (h ^ (h >>> 13)) & mask;
  };

  function enlarge(): void {
    capacity *= 2;
    const wider = new Int32Array(capacity * 2);
    wider.set(keys);
    keys = wider;
    const rows = new Uint32Array(capacity * width);
    rows.set(trie.rows);
    trie.rows = rows;
    slots = new Int32Array(capacity * 2);
    const mask = slots.length - 1;
    for (let node = 1; node < size; node++) {
      let at = slotOf(keys[node * 2], keys[node * 2 + 1], mask);
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = node;
    }
  }

  const trie: Trie = {
    get size() {
      return size;
    },
    find(parent, word) {
      const mask = slots.length - 1;
      let at = slotOf(parent, word, mask);
      for (;;) {
        const node = slots[at];
        if (node === 0) return -1;
        if (keys[node * 2] === parent && keys[node * 2 + 1] === word) return node;
        at = (at + 1) & mask;
      }
    },
    add(parent, word) {
      let mask = slots.length - 1;
      let at = slotOf(parent, word, mask);
      for (;;) {
        const node = slots[at];
        if (node === 0) break;
        if (keys[node * 2] === parent && keys[node * 2 + 1] === word) return node;
        at = (at + 1) & mask;
      }
      if (size >= limit) return -1;
      if (size === capacity) {
        enlarge();
        mask = slots.length - 1;
        at = slotOf(parent, word, mask);
        while (slots[at] !== 0) at = (at + 1) & mask;
      }
      slots[at] = size;
      keys[size * 2] = parent;
      keys[size * 2 + 1] = word;
      return size++;
    },
    parent: (node) => keys[node * 2],
    word: (node) => keys[node * 2 + 1],
    rows: new Uint32Array(capacity * width),
  };
  return trie;
}
