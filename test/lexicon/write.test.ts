import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseLexicon } from "../../src/lexicon/read.js";
import { serialise, serialiseList } from "../../src/lexicon/write.js";

const text = await readFile(join(import.meta.dirname, "../../fixtures/lexicon/lexicon.json"), "utf8");

/** The same value with the keys of every object the other way round. */
function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, backwards(inner)]),
  );
}

describe("serialise", () => {
  it("gives the bytes that were read", () => {
    // The fixture's options are in no order; the writer's are sorted.
    const sorted = text.replace(/("min-problems": 3),\n(\s+)("n": "1-5")/, "$1,\n$2$3");
    expect(serialise(parseLexicon(text, "x").lexicon!)).toBe(sorted);
  });

  it("puts keys in their order, however they were set", () => {
    const lexicon = backwards(JSON.parse(text)) as never;
    expect(serialise(lexicon)).toBe(text);
  });

  it("leaves out a position that is not set, and what is no part of the format", () => {
    const lexicon = parseLexicon(text, "x").lexicon!;
    const first = { ...lexicon.entries[0], position: undefined, extra: 1 };
    const written = JSON.parse(serialise({ ...lexicon, entries: [first, ...lexicon.entries.slice(1)] }));
    expect(Object.keys(written.entries[0])).toEqual(
      "gram spellings function weight cluster problems traces occurrences perTrace clauseInitial".split(" "),
    );
    expect(Object.keys(written.entries[3])[5]).toBe("position");
  });
});

describe("serialiseList", () => {
  it("is the bare array", () => expect(serialiseList(["let me", "wait"])).toBe('[\n  "let me",\n  "wait"\n]\n'));
});
