import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, describe as group, it } from "vitest";
import { COUNTERS, countShare, LAVISH, OCCURRENCES, PROBLEMS, SUMMED, TRACES } from "../../src/grams/counting.js";
import { type Numbering, numberTogether } from "../../src/grams/numbering.js";
import { createReader } from "../../src/grams/reading.js";
import { createSketch, survivorsOf } from "../../src/grams/sketch.js";
import type { Trie } from "../../src/grams/trie.js";
import { pathOf, textOf } from "../../src/grams/usage.js";
import { naiveCounts, type Text } from "./naive.js";

const folder = mkdtempSync(join(tmpdir(), "counting-"));
const fds: number[] = [];
afterAll(() => {
  for (const fd of fds) closeSync(fd);
  rmSync(folder, { recursive: true });
});

const texts: Text[] = [
  { problem: "p", text: "Wait, let me check. So 3 apples, wait, let me check." },
  { problem: "p", text: "Wait, let me check that. We have $x$ apples." },
  { problem: "q", text: `${"So we add them up again.\n".repeat(9)}We add, we add, we add, we add.` },
];

/** Texts as one thread has them after reading. */
function numbered(): Numbering {
  const fd = openSync(join(folder, `${fds.length}`), "wx+");
  fds.push(fd);
  const reader = createReader({}, 4, fd, createSketch(1024));
  const records = texts.map(({ problem, text }, i) => ({
    place: `row ${i}`,
    value: { problem_id: problem, trace: text, correct: true },
  }));
  reader.take({ kind: "records", file: "texts", records, malformed: [] });
  return numberTogether([reader.finish()], [fd], 1);
}
const all = survivorsOf([createSketch(1024)], 0);

const rowsOf = (trie: Trie, words: readonly string[]) =>
  new Map(
    Array.from({ length: trie.size - 1 }, (_, i) => {
      const row = (i + 1) * COUNTERS;
      return [textOf(pathOf(trie, i + 1), words), [...trie.rows.subarray(row, row + SUMMED)]];
    }),
  );

group("one thread's counting", () => {
  it("counts every gram of its share", () => {
    const { shares, words } = numbered();
    const counted = rowsOf(countShare(shares[0], all, 4, 0, 1)!, words);
    const naive = naiveCounts(texts, 4, 1);
    expect([...counted.keys()].sort()).toEqual([...naive.keys()].sort());
    for (const [gram, counts] of naive)
      expect([PROBLEMS, TRACES, OCCURRENCES, LAVISH].map((k) => counted.get(gram)![k])).toEqual([
        counts.problems,
        counts.traces,
        counts.occurrences,
        counts.lavish,
      ]);
    // said nine times in a loop, it is one use; said four times over in a clause, it is content
    expect(counted.get("we add them up")![LAVISH]).toBe(0);
    expect(counted.get("we add")![LAVISH]).toBe(1);
  });

  it("counts each gram in one of its rounds, and gives up where the table is too small", () => {
    const { shares, words } = numbered();
    const whole = rowsOf(countShare(shares[0], all, 4, 0, 1)!, words);
    const rounds = [0, 1, 2, 3].map((round) => rowsOf(countShare(shares[0], all, 4, round, 4)!, words));
    for (const [gram, row] of whole) {
      const found = rounds.filter((counted) => counted.has(gram));
      expect(found.length).toBe(gram.includes(" ") ? 1 : 4);
      for (const counted of found) expect(counted.get(gram)).toEqual(row);
    }
    expect(countShare(shares[0], all, 4, 0, 1, whole.size)).toBeUndefined();
    expect(countShare(shares[0], all, 4, 0, 1, whole.size + 1)).toBeDefined();
  });
});
