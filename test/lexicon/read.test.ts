import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import type { Lexicon } from "../../src/lexicon/lexicon.js";
import { parseLexicon, readFullLexicon, readLexicon } from "../../src/lexicon/read.js";

const root = join(import.meta.dirname, "../..");
const fixture = join(root, "fixtures/lexicon/lexicon.json");
const text = await readFile(fixture, "utf8");
const schema = JSON.parse(await readFile(join(root, "schema/lexicon.schema.json"), "utf8"));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

/** The fixture with one thing changed. */
function changed(change: (lexicon: Lexicon & Record<string, unknown>) => void): string {
  const lexicon = JSON.parse(text);
  change(lexicon);
  return JSON.stringify(lexicon);
}
// biome-ignore lint/suspicious/noExplicitAny: wrong types are the point
type Wrong = any;

describe("parseLexicon", () => {
  it("reads a lexicon whole", () => {
    const { entries, lexicon } = parseLexicon(text, "grams.json");
    expect(lexicon).toEqual(JSON.parse(text));
    expect(entries).toHaveLength(23);
  });

  it.each([
    ["a JSON array", '["let me", "wait"]'],
    ["an object with grams", '{"grams": ["let me", "wait"], "note": 1}'],
    ["a line each", "let me\r\n\n  wait \n"],
    ["a byte order mark and duplicates", '\uFEFF["let me", "wait", "let me"]'],
  ])("reads %s", (_, list) => {
    const { entries, lexicon } = parseLexicon(list, "x");
    expect(entries).toEqual([
      { gram: "let me", spellings: ["let me"] },
      { gram: "wait", spellings: ["wait"] },
    ]);
    expect(lexicon).toBeUndefined();
  });

  it.each<[string, string, RegExp]>([
    ["nothing", " \n", /^x\.json: is empty/],
    ["broken JSON", '{"format": ', /^x\.json: is not valid JSON: /],
    ["other JSON", '{"a": 1}', /expected a lexicon \("format": "sg-lexicon\/1"\)/],
    ["a newer format", '{"format": "sg-lexicon/2"}', /format "sg-lexicon\/2" is not one that this version reads/],
    ["an empty list", "[]", /has no gram/],
    ["a list with a number", '["a", 3]', /^x\.json: \[1\]: expected a gram .* got 3$/],
    ["a list with a blank", '{"grams": ["  "]}', /^x\.json: grams\[0\]: expected a gram/],
  ])("refuses %s", (_, list, message) => {
    expect(() => parseLexicon(list, "x.json")).toThrow(InputError);
    expect(() => parseLexicon(list, "x.json")).toThrow(message);
  });

  it.each<[(lexicon: Wrong) => void, string]>([
    [(l) => (l.entries[3].weight = 1.4), "entries[3].weight: expected a number from 0 to 1, got 1.4"],
    [(l) => (l.entries[0].spellings = []), "entries[0].spellings: expected an array with at least one string, got []"],
    [
      (l) => (l.entries[0].function = "plan"),
      "entries[0].function: expected one of goal, deduction, branching, backtracing",
    ],
    [(l) => (l.entries[1].cluster = 77), "entries[1].cluster: expected the id of a cluster in clusters, got 77"],
    [(l) => (l.entries[1].position = "end"), 'entries[1].position: expected "clause-start" or nothing'],
    [(l) => (l.entries[1].problems = 1.5), "entries[1].problems: expected a whole number, got 1.5"],
    [(l) => (l.entries[1] = null), "entries[1]: expected an object, got null"],
    [(l) => delete l.entries[2].gram, "entries[2].gram: expected a string that is not empty, got nothing"],
    [(l) => l.grams.reverse(), "grams: expected every entry's gram, in the order of entries"],
    [(l) => (l.clusters = {}), "clusters: expected an array, got {}"],
    [(l) => (l.clusters[0].documentFrequency = -1), "clusters[0].documentFrequency: expected 0 to 1, got -1"],
    [(l) => delete l.provenance, "provenance: expected an object, got nothing"],
    [(l) => delete l.provenance.corpus, "provenance.corpus.problems: expected a whole number, got nothing"],
  ])("says where a lexicon is wrong, as the schema does: %s", (change, message) => {
    const broken = changed(change);
    expect(() => parseLexicon(broken, "x.json")).toThrow(`x.json: ${message}`);
    // Which cluster an entry may name, and the order of grams, are beyond JSON Schema.
    if (!/cluster in clusters|order of entries/.test(message)) expect(validate(JSON.parse(broken))).toBe(false);
  });
});

describe("readLexicon", () => {
  it("names a file that is missing", async () => {
    await expect(readLexicon("/nowhere/x.json")).rejects.toThrow("/nowhere/x.json: no such lexicon file");
  });

  it("wants a whole lexicon where one is needed", async () => {
    expect((await readFullLexicon(fixture)).grams).toHaveLength(23);
    await expect(readFullLexicon(join(root, "package.json"))).rejects.toThrow(InputError);
  });
});

describe("schema/lexicon.schema.json", () => {
  it("holds for the fixture and has no loose ends", () => {
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
    for (const place of ["entries", "clusters"] as const)
      expect(validate(JSON.parse(changed((l) => ((l[place][0] as Wrong).more = 1))))).toBe(false);
    expect(validate(JSON.parse(changed((l) => ((l.provenance as Wrong).date = "today"))))).toBe(false);
  });
});

describe("a file that is no lexicon", () => {
  const none = async (path: string) => expect(readLexicon(path), path).rejects.toThrow(/LEXICON comes first/);

  it("is refused: traces, prose, code, tables, what is no text", async () => {
    for (const file of [
      "README.md",
      "LICENSE",
      "package.json",
      "src/mine.ts",
      "models/phrase-encoder/onnx/model_quantized.onnx",
    ])
      await none(join(root, file));
    for (const file of [
      "flat.jsonl",
      "flat-packed.jsonl.gz",
      "table.csv",
      "table.tsv",
      "completions_00002.parquet",
      "s1k.jsonl",
    ])
      await none(join(root, "fixtures/shapes", file));
    await none(join(root, "fixtures/shapes/parallel-lists.json"));
    await none(join(root, "fixtures/hostile/truncated.jsonl.gz"));
  });

  it("and so is a list of which nothing can match", async () => {
    const folder = await mkdtemp(join(tmpdir(), "lexicon-"));
    const list = join(folder, "list.json");
    await writeFile(list, JSON.stringify(["...", "wait. no", "?"]));
    await none(list);
    await writeFile(list, JSON.stringify(["...", "wait no"]));
    expect((await readLexicon(list)).entries.length).toBe(2);
  });

  it("but a packed one is unpacked", async () => {
    const folder = await mkdtemp(join(tmpdir(), "lexicon-"));
    const lexicon = join(root, "fixtures/lexicon/lexicon.json");
    await writeFile(join(folder, "packed"), gzipSync(await readFile(lexicon)));
    expect((await readLexicon(join(folder, "packed"))).lexicon).toEqual((await readLexicon(lexicon)).lexicon);
  });
});
