import { describe, expect, it } from "vitest";
import { buildLexicon, type Member } from "../../src/lexicon/build.js";
import type { Provenance } from "../../src/lexicon/lexicon.js";

const provenance = {} as Provenance;
const member = (text: string, cluster: number, rest: Partial<Member> = {}): Member => ({
  usage: { problems: 4, traces: 5, occurrences: 200, initial: 0.51239 },
  weight: 0.9,
  function: null,
  cluster,
  spellings: [{ text, count: 200 }],
  ...rest,
});
const facts = (size: number) => ({ size, documentFrequency: 0.123456, perTrace: 1.23456 });

describe("buildLexicon", () => {
  it("numbers clusters by their best entry, and leaves out those without one", () => {
    const built = buildLexicon(
      [member("Wait", 7), member("let me", 2), member("hold on", 7)],
      [0, 1, 2, 3, 4, 5, 6, 7].map(facts),
      provenance,
    );
    expect(built.grams).toEqual(["wait", "let me", "hold on"]);
    expect(built.entries.map(({ cluster }) => cluster)).toEqual([0, 1, 0]);
    expect(built.clusters).toEqual([
      {
        id: 0,
        label: "wait",
        function: null,
        size: 7,
        documentFrequency: 0.1235,
        perTrace: 1.2346,
        grams: ["wait", "hold on"],
      },
      {
        id: 1,
        label: "let me",
        function: null,
        size: 2,
        documentFrequency: 0.1235,
        perTrace: 1.2346,
        grams: ["let me"],
      },
    ]);
  });

  it("says of an entry what was counted, and spells it as the traces do", () => {
    const spellings = [150, 40, 3, 2, 2, 1].map((count, i) => ({ text: `So${"!".repeat(i)}`, count }));
    const [entry] = buildLexicon([member("", 0, { spellings })], [facts(1)], provenance).entries;
    expect(entry).toMatchObject({
      gram: "so",
      problems: 4,
      traces: 5,
      occurrences: 200,
      perTrace: 40,
      clauseInitial: 0.5124,
    });
    // one spelling in a hundred is the least
    expect(entry.spellings).toEqual(["So", "So!", "So!!", "So!!!", "So!!!!"]);
    const rare = buildLexicon([member("", 0, { spellings: [{ text: "Hm", count: 1 }] })], [facts(1)], provenance);
    expect(rare.entries[0].spellings).toEqual(["Hm"]);
    const many = Array.from({ length: 20 }, (_, i) => ({ text: `a${i}`, count: 10 }));
    expect(
      buildLexicon([member("", 0, { spellings: many })], [facts(1)], provenance).entries[0].spellings,
    ).toHaveLength(8);
  });

  it("gives a cluster the function that most of its problems have, of those that are known", () => {
    const of = (...members: [name: Member["function"], problems: number][]) =>
      buildLexicon(
        members.map(([name, problems], i) =>
          member(`g${i}`, 0, { function: name, usage: { problems, traces: 9, occurrences: 9, initial: 0 } }),
        ),
        [facts(1)],
        provenance,
      ).clusters[0].function;
    expect(of(["goal", 3], ["deduction", 2], ["deduction", 2])).toBe("deduction");
    expect(of(["goal", 3], ["deduction", 3])).toBe("goal");
    expect(of([null, 9], ["branching", 1])).toBe("branching");
    expect(of([null, 9])).toBeNull();
  });
});
