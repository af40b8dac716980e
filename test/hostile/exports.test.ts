/** What is exported is read back by others, whatever characters it holds, and runs nothing in a spreadsheet. */

import fc from "fast-check";
import { parseString } from "fast-csv";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { plainCell } from "../../src/text/spreadsheet.js";
import { exportFor } from "../../src/trainers/exports/export.js";
import { sgMine } from "../cli/spawn.js";
import { lexicon } from "./setup.js";

/** every code unit, those that YAML forbids and lone surrogates among them */
const gram = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), minLength: 1 }),
  fc.string({ unit: "binary", minLength: 1 }),
  fc.constantFrom("\u007f", "\u0085", "\u009f", "\ufffe", "\uffff", "\ufeff", "\u2028", "{a}: -", "=1+1", "yes", "~"),
);
const entriesOf = (grams: readonly string[]) => grams.map((gram) => ({ gram, spellings: [gram] }));

describe("exports", () => {
  it("are the same grams to js-yaml, over all of Unicode", async () => {
    const block = Array.from({ length: 0x10000 / 64 }, (_, i) =>
      String.fromCharCode(...Array.from({ length: 64 }, (_, j) => 64 * i + j)),
    );
    const readBack = async (grams: readonly string[]) => {
      const { data } = await exportFor("yaml", entriesOf(grams));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what YAML 1.2 forbids or breaks lines at
      expect(data).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/);
      return (load(data) as { strategic_grams: { gram: string }[] }).strategic_grams.map(({ gram }) => gram);
    };
    expect(await readBack(block)).toEqual(block);
    await fc.assert(
      fc.asyncProperty(fc.array(gram, { minLength: 1, maxLength: 5 }), async (grams) => {
        expect(await readBack(grams)).toEqual(grams);
      }),
    );
  });

  it("start no formula in a spreadsheet, unless they are to be raw", async () => {
    const formulas = ["=1+1", "@SUM(A1)", "+1", "-1", "\t=1", "\r=1", "'=1", "plain"];
    const cells = (csv: string) =>
      new Promise<string[]>((resolve, reject) => {
        const rows: string[] = [];
        parseString(csv, { headers: true })
          .on("data", ({ gram }: { gram: string }) => rows.push(gram))
          .on("error", reject)
          .on("end", () => resolve(rows));
      });
    const safe = await cells((await exportFor("csv", entriesOf(formulas))).data);
    for (const cell of safe) expect(cell).not.toMatch(/^[=@+\-\t\r]/);
    expect(safe.map(plainCell)).toEqual(formulas);
    expect(await cells((await exportFor("csv", entriesOf(formulas), undefined, { raw: true })).data)).toEqual(formulas);
    expect(sgMine(["export", lexicon, "--for", "csv", "--raw"]).status).toBe(0);
    expect(sgMine(["export", lexicon, "--for", "list", "--raw"])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--raw goes with --for csv/),
    });
  });
});
