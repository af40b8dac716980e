import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checksOf } from "../../src/audit/explain.js";
import { recount } from "../../src/audit/recount.js";
import { openEncoder } from "../../src/encoder/encoder.js";
import { gramKey } from "../../src/lexicon/diff.js";
import { mine } from "../../src/mine.js";
import { DEFAULTS, PAPER } from "../../src/options.js";
import { optionsOf } from "../../src/provenance.js";
import { candidatesOf } from "../../src/selection/candidates.js";
import { readModel } from "../../src/tagger/model.js";
import { readSources } from "../../src/traces/source.js";

const file = join(import.meta.dirname, "../../fixtures/traces.jsonl");
const tools = { tagger: await readModel(), threads: 1, memory: 2 ** 26 };

const encoder = await openEncoder({});
afterAll(() => encoder.close());
const isIn = (grams: readonly string[], text: string) => grams.some((gram) => gramKey(gram) === text);

async function explainAll(preset: typeof DEFAULTS) {
  const options = { ...preset, minN: 2 };
  const { lexicon, floor } = await mine(readSources([file]), {}, options, {
    ...tools,
    openEncoder: () => openEncoder({}),
    version: "0",
  });
  const { mining, traces } = optionsOf(lexicon);
  expect(mining).toEqual({ ...options, minProblems: floor });
  return recount(readSources([file]), traces, { maxN: mining.maxN, floor }, tools, async (counts) => {
    const candidates = candidatesOf(counts.counted, mining);
    const step = Math.ceil(candidates.length / 25);
    const sample = candidates.filter((_, c) => c % step === 0);
    const reasons = [];
    for (const { text, words, usage } of sample) {
      const use = { ...usage, examples: [] };
      const why = await checksOf(words, use, counts, floor, mining, { ...tools, encoder });
      reasons.push({ text, ...why, entry: isIn(lexicon.grams, text) });
    }
    return reasons;
  });
}

describe("an explanation", () => {
  it.each([
    ["default", { ...DEFAULTS, maxEntries: 40 }],
    ["paper", PAPER],
  ])("lets in what mining lets in, and nothing else (%s)", async (_, options) => {
    const reasons = await explainAll(options);
    expect(new Set(reasons.map(({ entry }) => entry)).size).toBe(2);
    for (const { text, checks, rule, entry } of reasons) {
      expect([text, checks.every(({ passed }) => passed)]).toEqual([text, entry]);
      expect(rule.startsWith("let in")).toBe(entry);
    }
  });
});
