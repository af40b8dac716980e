import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLexicons, gramKey } from "../../src/lexicon/diff.js";
import type { Lexicon } from "../../src/lexicon/lexicon.js";
import { type LexiconFile, parseLexicon } from "../../src/lexicon/read.js";
import { diffMarkdown, diffText } from "../../src/report/diffText.js";

const text = readFileSync(join(import.meta.dirname, "../../fixtures/lexicon/lexicon.json"), "utf8");
const lexicon = () => JSON.parse(text) as Lexicon;
const file = (lexicon: Lexicon): LexiconFile => ({ path: "x", entries: lexicon.entries, lexicon });
const list = (...grams: string[]): LexiconFile => parseLexicon(JSON.stringify(grams), "list");
const without = (gone: Lexicon, index: number): Lexicon => {
  const entries = gone.entries.filter((_, i) => i !== index);
  return { ...gone, entries, grams: entries.map(({ gram }) => gram) };
};

describe("a difference of lexicons", () => {
  it("is none between a lexicon and itself", () => {
    const d = diffLexicons(file(lexicon()), file(lexicon()));
    expect(d).toMatchObject({
      difference: 0,
      jaccard: 1,
      added: [],
      removed: [],
      moved: [],
      shifted: [],
      provenance: [],
    });
    expect(d.common).toBe(lexicon().entries.length);
  });

  it("weighs what came and went by its occurrences", () => {
    const old = lexicon();
    const all = old.entries.reduce((sum, { occurrences }) => sum + occurrences, 0);
    const d = diffLexicons(file(old), file(without(old, 0)));
    expect(d.removed).toEqual([expect.objectContaining({ gram: old.entries[0].gram, rank: 1 })]);
    expect(d.difference).toBeCloseTo(old.entries[0].occurrences / all / 2, 4);
    expect(d.weightedBy).toBe("occurrences");
    // the ranks of the rest are counted among themselves
    expect(d.moved).toEqual([]);
  });

  it("names what moved: rank, weight, function, position, cluster", () => {
    const old = lexicon();
    const now = lexicon();
    [now.entries[0], now.entries[1]] = [now.entries[1], now.entries[0]];
    const changed = now.entries.at(-1)!;
    const other = now.clusters.find(({ id }) => id !== changed.cluster)!;
    Object.assign(changed, { weight: 0.123, function: changed.function === "goal" ? "deduction" : "goal" });
    changed.cluster = other.id;
    changed.position = changed.position ? undefined : "clause-start";
    const moved = diffLexicons(file(old), file(now)).moved;
    expect(moved[0]).toEqual({ gram: now.entries[0].gram, rank: { old: 2, new: 1 } });
    expect(moved[1]).toEqual({ gram: now.entries[1].gram, rank: { old: 1, new: 2 } });
    expect(moved[2]).toMatchObject({
      gram: changed.gram,
      weight: { new: 0.123 },
      function: { new: changed.function },
      position: { new: changed.position ?? null },
      cluster: { new: other.label },
    });
  });

  it("does not take renumbered clusters for moves", () => {
    const now = lexicon();
    for (const cluster of now.clusters) cluster.id += 100;
    for (const entry of now.entries) entry.cluster += 100;
    expect(diffLexicons(file(lexicon()), file(now)).moved).toEqual([]);
  });

  it("reports document frequencies that changed beyond chance only", () => {
    const old = lexicon();
    const now = lexicon();
    for (const side of [old, now]) {
      side.provenance.corpus.problems = 1000;
      for (const entry of side.entries) entry.problems = 100;
    }
    now.entries[0].problems = 200;
    now.entries[1].problems = 110;
    const { shifted } = diffLexicons(file(old), file(now));
    expect(shifted).toEqual([
      expect.objectContaining({ gram: now.entries[0].gram, documentFrequency: { old: 0.1, new: 0.2 } }),
    ]);
    expect(shifted[0].q).toBeLessThan(1e-6);
  });

  it("says how they were made differently", () => {
    const now = lexicon();
    now.provenance.options.maxN = 7;
    expect(diffLexicons(file(lexicon()), file(now)).provenance).toEqual([
      { name: "options.maxN", old: lexicon().provenance.options.maxN ?? null, new: 7 },
    ]);
  });

  it("compares lists by their words, with a lexicon or with each other", () => {
    const d = diffLexicons(list("Wait, let me check", " wait let me check", "hmm"), list("wait let me check", "so"));
    expect(d).toMatchObject({ entries: { old: 2, new: 2 }, common: 1, difference: 0.5, weightedBy: "entries" });
    const whole = lexicon();
    expect(diffLexicons(list(...whole.grams), file(whole))).toMatchObject({ difference: 0, weightedBy: "entries" });
    expect(gramKey("Let’s")).toBe(gramKey("let's"));
  });

  it("is between 0 and 1, and as large the other way round", () => {
    const grams = fc.uniqueArray(fc.constantFrom("wait", "so", "let me", "hmm", "but", "now"), { minLength: 1 });
    fc.assert(
      fc.property(grams, grams, (a, b) => {
        const there = diffLexicons(list(...a), list(...b));
        const back = diffLexicons(list(...b), list(...a));
        expect(there.difference).toBe(back.difference);
        expect(there.difference).toBeGreaterThanOrEqual(0);
        expect(there.difference).toBeLessThanOrEqual(1);
        expect(there.difference === 0).toBe(new Set(a).size === new Set(b).size && a.every((gram) => b.includes(gram)));
        expect(there.added.length).toBe(back.removed.length);
      }),
    );
  });
});

describe("its text", () => {
  const hostile = ["a | b", "`x` ``y``", "<img src=x>", "@everyone", "line\nbreak", "\u001b[31mred"];

  it("lets no gram break out of its place in markdown", () => {
    const markdown = diffMarkdown(diffLexicons(list("so"), list(...hostile)), "old", "new");
    const rows = markdown.split("\n").filter((line) => line.startsWith("| `"));
    expect(rows).toHaveLength(hostile.length + 1);
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(3);
    expect(rows[1]).toContain("``` `x` ``y`` ```");
    expect(markdown).toContain("`@everyone`");
    expect(markdown).toContain("`<img src=x>`");
    expect(markdown).not.toContain("\u001b");
  });

  it("stays short enough for a comment", () => {
    const many = Array.from(
      { length: 5000 },
      (_, i) => `${"word ".repeat(30)}w${i.toString(2).replace(/0/g, "a").replace(/1/g, "b")}`,
    );
    const d = diffLexicons(list("so"), list(...many));
    expect(diffMarkdown(d, "old", "new").length).toBeLessThan(65_536);
    expect(diffText(d, "old", "new")).toContain("… and 4980 more");
    expect(diffText(d, "old", "new", true).split("\n").length).toBeGreaterThan(5000);
  });

  it("shows control characters instead of sending them to the terminal", () => {
    expect(diffText(diffLexicons(list("so"), list(...hostile)), "o\u001bld", "new")).not.toContain("\u001b");
  });
});
