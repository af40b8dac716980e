import { describe, expect, it } from "vitest";
import { gramHash, hashedBytes, wantedHashes } from "../../src/counts/hashed.js";
import { COUNTERS, PROBLEMS } from "../../src/grams/counting.js";
import { createTrie } from "../../src/grams/trie.js";

describe("hashes of grams", () => {
  it("are read as they lie in a file, wherever its bytes are in memory", () => {
    const hashes = [gramHash(["let", "me", "check"]), gramHash(["wait"]), -1, 0];
    const bytes = Buffer.from(Int32Array.from(hashes).buffer);
    for (const before of [0, 1, 5]) {
      const file = Buffer.concat([Buffer.alloc(before), Buffer.from("sg-grams"), bytes]).subarray(before);
      expect([...wantedHashes("w.bin", file)!]).toEqual(hashes);
    }
    expect(wantedHashes("w.parquet", Buffer.from("PAR1…"))).toBeUndefined();
    expect(() => wantedHashes("w.bin", Buffer.from("sg-grams12345"))).toThrow("w.bin: broken: it ends inside a hash");
  });

  it("are written with their problems, in their order", () => {
    const words = ["let", "me"];
    const trie = createTrie(COUNTERS);
    const let_ = trie.add(0, 0);
    const me = trie.add(let_, 1);
    trie.rows[let_ * COUNTERS + PROBLEMS] = 7;
    trie.rows[me * COUNTERS + PROBLEMS] = 3;
    const bytes = hashedBytes({ trie, words });
    const pairs = new Uint32Array(bytes.slice().buffer);
    const expected = [
      [7, gramHash(["let"]) >>> 0],
      [3, gramHash(["let", "me"]) >>> 0],
    ].sort(([, a], [, b]) => a - b);
    expect([...pairs]).toEqual(expected.flat());
  });
});
