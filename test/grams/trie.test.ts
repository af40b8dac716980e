import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTrie } from "../../src/grams/trie.js";
import { pathOf } from "../../src/grams/usage.js";

describe("trie", () => {
  it("has one node for each path, with its own counters", () => {
    // few words: many shared beginnings; large numbers: spellings' numbers run far
    const word = fc.oneof(fc.nat(4), fc.integer({ min: 0, max: 2 ** 30 }));
    fc.assert(
      fc.property(fc.array(fc.array(word, { minLength: 1, maxLength: 6 }), { maxLength: 200 }), (paths) => {
        const trie = createTrie(2);
        const counts = new Map<string, number>();
        for (const path of paths) {
          let node = 0;
          for (const [i, next] of path.entries()) {
            node = trie.add(node, next);
            const key = path.slice(0, i + 1).join(" ");
            counts.set(key, (counts.get(key) ?? 0) + 1);
            trie.rows[node * 2]++;
            trie.rows[node * 2 + 1] = node;
          }
        }
        expect(trie.size).toBe(counts.size + 1);
        for (const [key, count] of counts) {
          const path = key.split(" ").map(Number);
          const node = path.reduce((at, next) => trie.find(at, next), 0);
          expect([trie.rows[node * 2], trie.rows[node * 2 + 1]]).toEqual([count, node]);
          expect(pathOf(trie, node)).toEqual(path);
        }
        expect(trie.find(0, 2 ** 30 + 1)).toBe(-1);
      }),
    );
  });

  it("keeps its nodes as it grows, and stops at its limit", () => {
    const trie = createTrie(1, 20_000);
    for (let i = 0; i < 19_999; i++) {
      const node = trie.add(i >> 3, i & 7);
      trie.rows[node] = i;
    }
    expect(trie.size).toBe(20_000);
    expect(trie.add(0, 9)).toBe(-1);
    expect(trie.find(0, 9)).toBe(-1);
    for (let i = 0; i < 19_999; i++) {
      const node = trie.find(i >> 3, i & 7);
      if (trie.rows[node] !== i || trie.parent(node) !== i >> 3 || trie.word(node) !== (i & 7))
        expect([trie.rows[node], trie.parent(node), trie.word(node)]).toEqual([i, i >> 3, i & 7]);
    }
    expect(trie.add(0, 0), "what is there is found at the limit too").toBe(trie.find(0, 0));
  });
});
