import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { audit } from "../../src/audit/audit.js";
import { type PlacedTrace, placedTraces } from "../../src/audit/examples.js";
import { placeboOf } from "../../src/audit/placebo.js";
import { recount } from "../../src/audit/recount.js";
import { marksOf, sampleOf } from "../../src/audit/sample.js";
import { chooseFrom, universeOf } from "../../src/audit/selection.js";
import { drawSheet } from "../../src/audit/sheet.js";
import { stabilityOf } from "../../src/audit/stability.js";
import { openEncoder } from "../../src/encoder/encoder.js";
import { wordsOf } from "../../src/lexicon/match.js";
import { mine } from "../../src/mine.js";
import { DEFAULTS } from "../../src/options.js";
import { candidatesOf } from "../../src/selection/candidates.js";
import { LEAST_WEIGHT } from "../../src/selection/choose.js";
import { clusterGrams } from "../../src/selection/cluster.js";
import { tagSample } from "../../src/selection/tagged.js";
import { planningNodes } from "../../src/selection/uses.js";
import { readModel } from "../../src/tagger/model.js";
import { readSources } from "../../src/traces/source.js";

const file = join(import.meta.dirname, "../../fixtures/traces.jsonl");
const tools = { tagger: await readModel(), threads: 2, memory: 2 ** 26 };
const encoder = await openEncoder({});
const folder = mkdtempSync(join(tmpdir(), "audit-"));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await encoder.close();
});
const { lexicon, floor } = await mine(readSources([file]), {}, DEFAULTS, {
  ...tools,
  openEncoder: () => openEncoder({}),
  version: "0",
});
const choice = { ...DEFAULTS, floor };
const inUniverse = <T>(threads: number, use: (universe: Awaited<ReturnType<typeof universeOf>>) => T): Promise<T> =>
  recount(readSources([file]), {}, { maxN: 7, floor: 2 }, { ...tools, threads }, async (counts) => {
    const { counted, counter } = counts;
    const tagged = await tagSample(await counter.sample(), counted.words, tools.tagger, threads);
    const nodes = planningNodes(counted, tagged, DEFAULTS.maxN);
    const grams = candidatesOf(counted, DEFAULTS, nodes).filter(({ usage }) => usage.problems >= floor);
    const clustered = await clusterGrams(grams, encoder, DEFAULTS, { threads: 1 });
    return use(await universeOf(counts, tagged, { minN: 1, maxN: 7 }, clustered, (texts) => encoder.embed(texts)));
  });

const isJson = (line: string) => {
  try {
    return "problem_id" in JSON.parse(line);
  } catch {
    return false;
  }
};

describe("an audit's choice", () => {
  it("is mining's own when every problem counts once", () =>
    inUniverse(2, (universe) => {
      const chosen = chooseFrom(universe, new Array(universe.problems).fill(1), choice);
      expect(chosen.map((index) => universe.grams[index].text)).toEqual(
        lexicon.grams.map((gram) => wordsOf(gram)!.join(" ")),
      );
    }));

  it("counts a problem as often as it is drawn: twice each is mining with every problem there again", async () => {
    const records = readFileSync(file, "utf8").split("\n").filter(isJson);
    const again = records.map((line) =>
      JSON.stringify({ ...JSON.parse(line), problem_id: `${JSON.parse(line).problem_id} again` }),
    );
    const path = join(folder, "twice.jsonl");
    writeFileSync(path, [...records, ...again].join("\n"));
    const doubled = await mine(
      readSources([path]),
      {},
      { ...DEFAULTS, minProblems: 2 * floor },
      {
        ...tools,
        openEncoder: () => openEncoder({}),
        version: "0",
      },
    );
    await inUniverse(1, (universe) => {
      const twice = chooseFrom(universe, new Array(universe.problems).fill(2), { ...choice, floor: 2 * floor });
      expect(twice.map((index) => universe.grams[index].text)).toEqual(
        doubled.lexicon.grams.map((gram) => wordsOf(gram)!.join(" ")),
      );
      const once = chooseFrom(universe, new Array(universe.problems).fill(1), choice);
      expect(once).not.toEqual(twice);
      expect(chooseFrom(universe, new Array(universe.problems).fill(0), choice)).toEqual([]);
    });
  });

  it("holds a stricter threshold, and what it adds stood aside for an entry that is lost", () =>
    inUniverse(1, (universe) => {
      const once = new Array(universe.problems).fill(1);
      const words = (index: number) => ` ${universe.grams[index].text} `;
      const plain = chooseFrom(universe, once, choice);
      const strict = chooseFrom(universe, once, { ...choice, shift: 0.1 });
      const lost = plain.filter((index) => !strict.includes(index));
      expect(lost.length).toBeGreaterThan(0);
      const weight = new Map(lexicon.entries.map((entry) => [wordsOf(entry.gram)!.join(" "), entry.weight]));
      for (const index of strict)
        expect(weight.get(universe.grams[index].text) ?? 1).toBeGreaterThanOrEqual(LEAST_WEIGHT + 0.1);
      for (const index of strict.filter((index) => !plain.includes(index)))
        expect(lost.some((other) => words(index).includes(words(other)) || words(other).includes(words(index)))).toBe(
          true,
        );
    }));

  it("is drawn the same way whatever the threads", async () => {
    const draw = (threads: number) =>
      inUniverse(threads, (universe) => {
        const reference = chooseFrom(universe, new Array(universe.problems).fill(1), choice);
        return stabilityOf(universe, choice, reference, 5, 7);
      });
    const one = await draw(1);
    expect(await draw(3)).toEqual(one);
    expect(one.jaccard.low).toBeLessThanOrEqual(one.jaccard.mean);
    expect(one.jaccard.mean).toBeLessThan(1);
    expect(one.returns).toHaveLength(lexicon.entries.length);
  });
});

describe("a placebo", () => {
  it("has a gram of the same length for each entry, and plans nowhere", () =>
    recount(readSources([file]), {}, { maxN: 6, floor: 2 }, tools, async ({ counted }) => {
      const originals = lexicon.entries
        .slice(0, 20)
        .map(({ gram, occurrences }) => ({ words: wordsOf(gram)!, occurrences }));
      const placebo = placeboOf(originals, counted, 6, 1);
      expect(placebo.unmatched).toBe(0);
      expect(placebo.grams.map(({ words }) => words.length)).toEqual(originals.map(({ words }) => words.length));
      expect(new Set(placebo.grams.map(({ text }) => text)).size).toBe(20);
      for (const { text } of placebo.grams)
        for (const { words } of originals) {
          expect(` ${text} `).not.toContain(` ${words.join(" ")} `);
          expect(` ${words.join(" ")} `).not.toContain(` ${text} `);
        }
      expect(placeboOf(originals, counted, 6, 1)).toEqual(placebo);
      expect(placeboOf(originals, counted, 6, 2).grams).not.toEqual(placebo.grams);
    }));
});

describe("measures on texts", () => {
  const traces = () => placedTraces([file], {});

  it("take the same sample in whatever order the traces come", async () => {
    const all: PlacedTrace[] = [];
    for await (const placed of traces()) all.push(placed);
    async function* backwards() {
      yield* [...all].reverse();
    }
    const texts = (sample: { trace: { text: string } }[]) => sample.map(({ trace }) => trace.text);
    const sample = texts(await sampleOf(traces(), 10));
    expect(sample).toHaveLength(10);
    expect(texts(await sampleOf(backwards(), 10))).toEqual(sample);
  });

  it("count marked words once, and the entropy of what marks them", () => {
    const sample = [
      {
        place: "x:1",
        trace: { problem: "p", text: "Wait. So wait, so it is.", success: true, fields: { text: "", problem: "" } },
      },
    ];
    const marks = marksOf(
      [
        { gram: "wait", spellings: ["wait"] },
        { gram: "so wait", spellings: ["so wait"] },
        { gram: "so", spellings: ["so"] },
      ],
      sample,
    );
    expect(marks.share).toBeCloseTo(4 / 6, 12);
    // per starting word the longest: wait, so wait, wait, so
    expect(marks.entropy).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(4), 12);
  });

  it("draw a sheet from every band of ranks", async () => {
    const rows = await drawSheet(lexicon.entries, traces(), 10, 3);
    expect(rows).toHaveLength(10);
    const ranks = rows.map(({ gram }) => lexicon.grams.indexOf(gram));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(await drawSheet(lexicon.entries, traces(), 10, 3)).toEqual(rows);
    expect(await drawSheet(lexicon.entries, traces(), 10, 4)).not.toEqual(rows);
  });
});

describe("an audit", () => {
  it("reports every measure within its bounds", async () => {
    const result = await audit(
      lexicon,
      { batches: () => readSources([file]), traces: () => placedTraces([file], {}) },
      { resamples: 4, seed: 1 },
      { ...tools, encoder, otherEncoder: encoder },
    );
    expect(result).toMatchObject({ entries: lexicon.entries.length, reproduced: 1, input: { same: true } });
    const { coverage } = lexicon.provenance.tagger!;
    expect(coverage).toBeGreaterThan(0.5);
    expect(result.coverage).toEqual({ here: coverage, mined: coverage, due: false });
    const rows = new Map(result.sensitivity!.map((row) => [row.name, row]));
    // the same encoder again changes nothing
    expect(rows.get(`encoder ${encoder.name}`)).toMatchObject({ added: 0, lost: 0, jaccard: 1 });
    // a stricter threshold loses entries; others may take their place, which the next test looks at
    expect(rows.get("threshold + 0.1 in weight")!.lost).toBeGreaterThan(0);
    for (const { entries, added, lost } of rows.values()) expect(entries).toBe(lexicon.entries.length + added - lost);
    expect(result.heldOut!.occurrences).toBeGreaterThan(0);
    expect(result.heldOut!.occurrences).toBeLessThanOrEqual(1);
    expect(result.drop.kept.most).toBeLessThanOrEqual(1);
    expect(result.drop.kept.mean).toBeGreaterThan(0.3);
    expect(result.placebo.grams.length + result.placebo.unmatched).toBe(lexicon.entries.length);
  });
});
