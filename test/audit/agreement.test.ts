import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agreementOf, cohen } from "../../src/audit/agreement.js";
import { type Labels, readSheet, type SheetRow, writeSheet } from "../../src/audit/sheet.js";

const folder = mkdtempSync(join(tmpdir(), "sheet-"));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const row = (id: string, gram: string, more: Partial<SheetRow> = {}): SheetRow => ({
  id,
  gram,
  function: "goal",
  weight: "0.5",
  before: "",
  occurrence: gram,
  after: "",
  place: "x:1",
  label: "",
  comment: "",
  ...more,
});
const entries = [
  { gram: "wait", spellings: ["Wait"], occurrences: 90 },
  { gram: "let me check", spellings: ["let me check"], occurrences: 10 },
];
const labels = (path: string, ...verdicts: (boolean | undefined)[]): Labels => ({
  path,
  rows: verdicts.map((planning, i) => ({ id: `r${i}`, gram: entries[i % 2].gram, planning })),
});

describe("a sheet", () => {
  it("comes back as it was written, whatever its cells begin with", async () => {
    const cell = fc.oneof(
      fc.string(),
      fc.constantFrom("=1+1", "+1", "-1", "@x", "\tx", "'quoted'", "''x", "'=x", 'a"b', "a\nb"),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          cell.filter((gram) => gram.trim() !== ""),
          { minLength: 1 },
        ),
        async (grams) => {
          const text = await writeSheet(grams.map((gram, i) => row(`r${i}`, gram, { label: i % 2 ? "1" : "" })));
          const sheet = await readSheet(file("round.csv", text));
          // line ends are what CSV and spreadsheets may change
          const even = (gram: string) => gram.replace(/\r\n?/g, "\n");
          expect(sheet.rows.map(({ gram }) => even(gram))).toEqual(grams.map(even));
          expect(sheet.rows.map(({ planning }) => planning)).toEqual(grams.map((_, i) => (i % 2 ? true : undefined)));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("has no cell that a spreadsheet would run", async () => {
    const dangers = ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"];
    const text = await writeSheet(dangers.map((danger, i) => row(`r${i}`, danger, { before: danger, after: danger })));
    for (const cell of text.split("\n").flatMap((line) => line.split(",")))
      expect(cell.replace(/^"/, "")).not.toMatch(/^[=+\-@\t\r]/);
  });

  it("is read with semicolons, tabs, a byte order mark, any order of columns", async () => {
    const semicolons = await readSheet(file("semi.csv", "\uFEFFlabel;gram;id\r\nYes;wait;a\r\n0;so;b\r\n"));
    expect(semicolons.rows).toEqual([
      { id: "a", gram: "wait", planning: true },
      { id: "b", gram: "so", planning: false },
    ]);
    expect((await readSheet(file("t.tsv", "id\tgram\tlabel\na\twait\t1\n"))).rows[0].planning).toBe(true);
  });

  it.each([
    ["no label column", "id,gram\na,wait\n", /no column label/],
    ["an unknown label", "id,gram,label\na,wait,perhaps\n", /row 2: label "perhaps"/],
    ["a row twice", "id,gram,label\na,wait,1\na,wait,0\n", /row 3: "a" stands twice/],
    ["no rows", "id,gram,label\n", /no rows/],
    ["nothing", "", /no rows|no column/],
  ])("is refused with %s", async (name, text, why) => {
    await expect(readSheet(file(`${name}.csv`, text))).rejects.toThrow(why);
  });
});

describe("agreement", () => {
  it("is Cohen's kappa", () => {
    // Cohen's measure on a textbook table (20, 5, 10, 15): 0.4
    expect(cohen(20, 5, 10, 15)).toBeCloseTo(0.4, 12);
    expect(cohen(10, 0, 0, 10)).toBe(1);
    expect(cohen(25, 25, 25, 25)).toBeCloseTo(0, 12);
    expect(cohen(10, 0, 0, 0)).toBeNull();
    expect(cohen(0, 0, 0, 0)).toBeNull();
  });

  it("gives one annotator's precision, by entries and by occurrences", () => {
    const { all, annotators, pairs } = agreementOf([labels("a", true, false, true, true, undefined)], entries);
    expect(all).toMatchObject({ rows: 4, planning: 3, precision: 0.75 });
    expect(all.interval.low).toBeGreaterThan(0.2);
    expect(all.interval.high).toBeLessThan(1);
    expect(all.byOccurrences!.precision).toBeCloseTo(190 / 200, 4);
    expect(annotators[0]).toMatchObject({ blank: 1 });
    expect(pairs).toEqual([]);
  });

  it("takes the majority, a tie as half, and pairs the annotators", () => {
    const { all, ties, pairs } = agreementOf(
      [
        labels("a", true, true, false, false),
        labels("b", true, false, true, false),
        labels("c", true, true, undefined, false),
      ],
      entries,
    );
    expect([all.rows, all.planning, ties]).toEqual([4, 2.5, 1]);
    expect(all.precision).toBe(0.625);
    expect(pairs.map(({ a, b, rows, kappa }) => [a, b, rows, kappa])).toEqual([
      ["a", "b", 4, 0],
      ["a", "c", 3, 1],
      ["b", "c", 3, 0.4],
    ]);
  });

  it("refuses sheets of another lexicon, and sheets without labels", () => {
    expect(() => agreementOf([labels("a", undefined)], entries)).toThrow(/no row has a label/);
    expect(() => agreementOf([labels("a", true)], [entries[1]])).toThrow(/a: "wait" is not in the lexicon/);
  });
});
