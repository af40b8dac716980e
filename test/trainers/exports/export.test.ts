import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GramEntry } from "../../../src/lexicon/match.js";
import { parseLexicon } from "../../../src/lexicon/read.js";
import { createTokenizer, loadTokenizer } from "../../../src/tokenizer/tokenizer.js";
import { exportFor } from "../../../src/trainers/exports/export.js";
import { selectEntries } from "../../../src/trainers/exports/select.js";
import { casesOf, sequencesOf } from "../../../src/trainers/exports/sequences.js";
import { TRAINERS } from "../../../src/trainers/exports/trainers.js";

const fixtures = join(import.meta.dirname, "../../../fixtures");
const { entries } = parseLexicon(await readFile(join(fixtures, "lexicon/lexicon.json"), "utf8"), "x");
const gpt2 = await loadTokenizer(join(fixtures, "tokenizers/gpt2"));
const qwen = await loadTokenizer(join(fixtures, "tokenizers/qwen"));
const one = (gram: string) => entries.filter((entry) => entry.gram === gram);

describe("selectEntries", () => {
  it("keeps the best that meet the conditions", () => {
    const chosen = selectEntries(entries, { minWeight: 0.9, functions: ["goal", "branching"], maxEntries: 3 }, "x");
    expect(chosen.map(({ gram }) => gram)).toEqual(["alternatively, maybe", "alternatively", "first, i need to"]);
  });

  it("refuses to ask a list for what it does not say, and to write an empty file", () => {
    const list = [{ gram: "let me", spellings: ["let me"] }];
    expect(() => selectEntries(list, { minWeight: 0.5 }, "x.json")).toThrow(/x\.json: .* nothing of their weight/);
    expect(() => selectEntries(list, { functions: ["goal"] }, "x.json")).toThrow(/nothing of their function/);
    expect(() => selectEntries(entries, { minWeight: 1 }, "x.json")).toThrow(/no entry is left/);
  });
});

describe("casesOf", () => {
  it("turns the first letter both ways, once each", () => {
    expect(casesOf(one("i made a mistake")[0])).toEqual(["I made a mistake", "i made a mistake"]);
    expect(casesOf({ gram: "ßx", spellings: ["ßx"] })).toEqual(["ßx"]);
    expect(casesOf({ gram: "so let me", spellings: ["so let me"] }).slice(0, 2)).toEqual(["so let me", "so, let me"]);
    expect(casesOf({ gram: "wait, no", spellings: ["wait, no"] }).slice(0, 2)).toEqual(["wait, no", "wait no"]);
    expect(casesOf({ gram: "让我们", spellings: ["让我们"] })).toEqual(["让我们"]);
  });
});

describe("sequencesOf", () => {
  it("holds every sequence in which a gram stands in running text", () => {
    for (const tokenizer of [gpt2, qwen])
      for (const entry of entries) {
        const known = new Set(sequencesOf(entry, tokenizer).map(({ ids }) => ids.join()));
        for (const spelling of casesOf(entry))
          for (const [before, after] of [
            ["", "!"],
            ["So then ", ""],
            ["Fine.\n\n", " we go"],
            ["(", ")"],
          ]) {
            const { ids, starts, ends } = tokenizer.encode(before + spelling + after);
            const [start, end] = [before.length, before.length + spelling.length];
            const inside = ids.filter((_, i) => ends[i] > start && starts[i] < end);
            expect(known, `${before}${spelling}${after}`).toContain(inside.join());
          }
      }
  });
});

describe("sequencesOf with a tokenizer that normalises", () => {
  it("spells a gram as its ids do", async () => {
    const json = JSON.parse(await readFile(join(fixtures, "tokenizers/gpt2/tokenizer.json"), "utf8"));
    const nfkc = createTokenizer({ ...json, normalizer: { type: "NFKC" } }, {}, "nfkc", "");
    const [wide, plain] = ["wait， let me", "wait, let me"].map((gram) =>
      sequencesOf({ gram, spellings: [gram], occurrences: 1 } as GramEntry, nfkc),
    );
    expect(plain.length).toBeGreaterThan(3);
    expect(wide).toEqual(plain);
  });
});

describe("exportFor", () => {
  it("gives TRL strings that encode to those sequences by themselves", async () => {
    const { data, configuration } = await exportFor("trl", entries, gpt2);
    const strings: string[] = JSON.parse(data);
    expect(new Set(strings).size).toBe(strings.length);
    const own = new Set(strings.map((text) => gpt2.encode(text).ids.join()));
    const free = entries.filter((entry) => !entry.position);
    const wanted = free.flatMap((entry) => sequencesOf(entry, gpt2).map(({ ids }) => ids.join()));
    expect(wanted.filter((ids) => !own.has(ids))).toEqual([]);
    expect(strings).toEqual(expect.arrayContaining(["Wait, let me check", " Wait, let me check", " that’s not right"]));
    // only at a clause's start, which TRL cannot see
    expect(strings).toEqual(expect.arrayContaining(["Hmm", " Hmm"]));
    expect(strings.filter((text) => /^ ?hmm/.test(text))).toEqual([]);
    expect(configuration).toContain("use_planning_tokens=True");
    expect(configuration).toContain("closed");
    expect(configuration).toContain("hicra_grpo_trainer");
  });

  it("gives TRL the usual variants where no tokenizer is named", async () => {
    const { data } = await exportFor("trl", one("so that means"));
    expect(JSON.parse(data)).toEqual(["So that means", " So that means", "so that means", " so that means"]);
  });

  it("gives trainers that read no lexicon the file of the Python package, and their lines", async () => {
    const ids = await exportFor("token-ids", one("wait"), gpt2);
    for (const trainer of TRAINERS.filter((name) => name !== "trl")) {
      const { data, configuration } = await exportFor(trainer, one("wait"), gpt2);
      expect(data, trainer).toBe(ids.data);
      expect(configuration, trainer).toMatch(/FILE/);
      expect(configuration, trainer).toMatch(/sg_lexicon/);
      expect(configuration, trainer).not.toMatch(/MATCHER|SETTINGS|tokenizer=tokenizer/);
      const plain = await exportFor(trainer, one("wait"));
      expect(JSON.parse(plain.data)).toEqual({ entries: one("wait") });
    }
    expect((await exportFor("verl", one("wait"))).configuration).toContain("SG_LEXICON_TOKENIZER");
  });

  it("writes lists, YAML and CSV", async () => {
    const some = [...one("first, i need to"), ...one("wait")];
    expect((await exportFor("list", some)).data).toBe('[\n  "first, i need to",\n  "wait"\n]\n');
    expect((await exportFor("yaml", one("wait"))).data).toBe(
      'strategic_grams:\n  - gram: "wait"\n    function: "backtracing"\n    weight: 0.9\n    cluster: 0\n' +
        '    position: "clause-start"\n    spellings: ["Wait","wait"]\n',
    );
    expect((await exportFor("csv", some)).data).toBe(
      "gram,function,weight,cluster,position,problems,traces,occurrences,perTrace,clauseInitial\n" +
        '"first, i need to",goal,0.94,2,,36,46,69,1.5,0.75\n' +
        "wait,backtracing,0.9,0,clause-start,54,64,96,1.5,1\n",
    );
  });

  it("puts what the exact matcher needs into token-ids", async () => {
    const { data } = await exportFor("token-ids", entries, gpt2);
    const file = JSON.parse(data);
    expect(file.format).toBe("sg-token-ids/1");
    expect(file.tokenizer).toEqual({ name: "gpt2", kind: "byte-level", sha256: gpt2.sha256 });
    expect(file.tokens).toHaveLength(gpt2.bytes.length);
    expect(file.entries.map((entry: { gram: string }) => entry.gram)).toEqual(entries.map(({ gram }) => gram));
    expect(file.entries[3]).toMatchObject({ position: "clause-start", weight: 0.9, function: "backtracing" });
    expect(file.entries[3].sequences).toContainEqual(gpt2.encode("Wait").ids);
    await expect(exportFor("token-ids", entries)).rejects.toThrow("needs --tokenizer");
  });
});
