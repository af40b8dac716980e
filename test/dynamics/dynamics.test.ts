import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { createMeasurer, type DynamicsLexicon, type DynamicsOptions } from "../../src/dynamics/dynamics.js";
import { FUNCTIONS } from "../../src/lexicon/lexicon.js";
import { createMatcher } from "../../src/lexicon/match.js";
import { createRandom } from "../../src/statistics/random.js";
import { createContextMarker } from "../../src/tagger/marks.js";
import { readModel } from "../../src/tagger/model.js";
import { createTagger } from "../../src/tagger/tagger.js";
import { tracesOf } from "../../src/traces/shapes/record.js";
import { lexicon, runRecords } from "./run.js";

const schema = JSON.parse(readFileSync(new URL("../../schema/dynamics.schema.json", import.meta.url), "utf8"));
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

function measure(
  runs: Record<string, object[]>,
  using: DynamicsLexicon = lexicon,
  options: DynamicsOptions = {},
  file = "rollouts.jsonl",
) {
  const measurer = createMeasurer(using, Object.keys(runs), options);
  for (const [name, records] of Object.entries(runs))
    for (const record of records) measurer.add(name, record, tracesOf(record, { all: true }, { file }).traces);
  const result = measurer.finish();
  const json = JSON.parse(JSON.stringify(result.dynamics));
  expect(validate(json), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  return result;
}

const records = runRecords();
const trace = (step: number | string | undefined, text: string, more: object = {}) => ({
  problem_id: "p",
  response: text,
  step,
  ...more,
});

describe("createMeasurer", () => {
  it("finds in a run what was put into it", () => {
    const { dynamics } = measure({ run: records });
    const [run] = dynamics.runs;
    expect(run).toMatchObject({ name: "run", traces: 240, problems: 12, unordered: [], tokenFaults: {} });
    expect(run.steps.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => 10 * (i + 1)));
    expect(run.phases.found).toBe(true);
    expect(run.phases.consolidation!.curves).toContain("executionEntropy");
    expect(run.rising.map(({ gram }) => gram)).toContain("wait, let me check");
    expect(run.strategies.map(({ label }) => label).sort()).toEqual([
      "alternatively, we can",
      "this means that",
      "wait, let me check",
    ]);
    const measures = run.steps[19].tokenMeasures!;
    expect(measures.entropy!.planning).toBeGreaterThan(0.85);
    expect(measures.entropy!.execution).toBeLessThan(0.35);
    expect(measures.relativePerplexity!.execution).toBeLessThan(1);
    expect(run.steps[0].tokenMeasures!.relativePerplexity).toEqual({ all: 1, planning: 1, execution: 1 });
    expect(measures.forks!.planningInTop).toBeGreaterThan(0.7);
    expect(dynamics.comparisons).toEqual([]);
  });

  it("gives the same bytes whatever the order of the records", () => {
    const random = createRandom(3, "shuffle");
    const shuffled = records.map((record) => ({ record, at: random() })).sort((a, b) => a.at - b.at);
    const one = measure({ run: records });
    const other = measure({ run: shuffled.map(({ record }) => record) });
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
  });

  it("keeps traces without a numeric step apart, and says which", () => {
    const text = "We need to find x.";
    const { dynamics } = measure({
      run: [
        trace(10, text, { correct: true }),
        trace("20", text),
        trace("global_step_30", text),
        trace("a2d8e40", text, { correct: false }),
        trace("a2d8e40", text),
        trace(undefined, text),
      ],
    });
    const [run] = dynamics.runs;
    expect(run.steps.map(({ step }) => step)).toEqual([10, 20, 30]);
    expect(run.unordered).toEqual([
      { step: "a2d8e40", traces: 2, problems: 1, graded: 1, succeeded: 0 },
      { step: null, traces: 1, problems: 1, graded: 0, succeeded: 0 },
    ]);
    expect(run.traces).toBe(3);
    expect(dynamics.input.traces).toBe(6);
    expect(run.steps[0].accuracy).toMatchObject({ value: 1 });
    expect(run.steps[1].accuracy).toBeNull();
  });

  it("takes the step from the file's name", () => {
    const { dynamics } = measure({ run: [trace(undefined, "We need to find x.")] }, lexicon, {}, "dumps/300.jsonl");
    expect(dynamics.runs[0].steps.map(({ step }) => step)).toEqual([300]);
  });

  it("measures by context what the tagger marks, whatever the lexicon holds", async () => {
    const tagger = await readModel();
    const text =
      "Wait, let me check. Alternatively, maybe there is a simpler way. Adding the numbers gives 12. Then we need to find it.";
    const rest = "Adding the numbers gives twelve.";
    const run = [trace(1, text), trace(1, rest, { problem_id: "q" })];
    const [step] = measure({ run }, lexicon, { tagger }).dynamics.runs[0].steps;
    const marker = createContextMarker(createTagger(tagger), createMatcher(lexicon.entries));
    const { marks, words: restWords } = marker.mark(rest);
    expect(marks).toEqual([]);
    const found = marker.mark(text);
    const words = found.words + restWords;
    // moves of the lexicon and moves of none, or this test tells nothing
    const known = found.marks.filter(({ entry }) => entry >= 0);
    expect(known.length).toBeGreaterThan(0);
    expect(known.length).toBeLessThan(found.marks.length);
    expect(step.planningRatio.value).toBeCloseTo(found.planningWords / words, 5);
    expect(step.lexiconCoverage!.value).toBeCloseTo(found.coveredWords / found.planningWords, 5);
    expect(step.movesPerTrace.value).toBe(found.marks.length / 2);
    for (const [f, name] of FUNCTIONS.entries())
      expect(step.functions![name]).toBe(found.marks.filter((mark) => mark.function === f).length / 2);
    const kinds = new Map<number, number>();
    for (const { entry } of known) kinds.set(entry, (kinds.get(entry) ?? 0) + 1);
    const entropy = [...kinds.values()].reduce((sum, n) => sum - (n / known.length) * Math.log(n / known.length), 0);
    expect(step.semanticEntropy.grams.value).toBeCloseTo(entropy, 5);
    expect(measure({ run }, lexicon).dynamics.runs[0].steps[0].lexiconCoverage).toBeNull();
  });

  it("counts a move within another once, and its words as planning once", () => {
    const nested = { entries: ["wait, let me check", "let me check"].map((gram) => ({ gram, spellings: [gram] })) };
    const { dynamics } = measure({ run: [trace(1, "Wait, let me check the other sums again.")] }, nested);
    const [step] = dynamics.runs[0].steps;
    expect(step.movesPerTrace.value).toBe(1);
    expect(step.planningRatio.value).toBe(0.5);
    expect(step.functions).toBeNull();
    expect(step.semanticEntropy.clusters).toBeNull();
  });

  it("measures what follows a move up to the next one, past formulas", () => {
    const gram = { entries: [{ gram: "we need to find", spellings: ["we need to find"] }] };
    const entropyOf = (...texts: string[]) =>
      measure({ run: texts.map((text) => trace(1, text)) }, gram).dynamics.runs[0].steps[0].conditionalEntropy.value;
    expect(entropyOf("We need to find $x$ and the rest now.", "We need to find $y$ and the rest.")).toBe(0);
    expect(entropyOf("We need to find the sum.", "We need to find a product.")).toBeCloseTo(Math.LN2, 5);
    // followed by a move, or by nothing: no continuation
    expect(entropyOf("We need to find. We need to find the sum.", "We need to find the sum. We need to find")).toBe(0);
  });

  it("compares entropies at the size of the smallest step that is not a torso", () => {
    const { dynamics } = measure({
      run: [
        ...runRecords({ steps: 2, problems: 40 }),
        ...runRecords({ steps: 1, problems: 25, seed: 2 }).map((record) => ({ ...record, step: 30 })),
        trace(40, "We need to find x."),
      ],
    });
    expect(dynamics.method.matchedTraces).toBe(25);
    const entropies = dynamics.runs[0].steps.map(({ semanticEntropy }) => semanticEntropy.grams);
    expect(entropies[0].matched).not.toBe(entropies[0].value);
    expect(entropies[2].matched).toBe(entropies[2].value);
    expect(entropies[3].matched).toBeNull();
  });

  it("compares runs with the first, curve by curve", () => {
    const { dynamics } = measure({ GRPO: records, HICRA: runRecords({ seed: 2 }) });
    expect(dynamics.runs.map(({ name }) => name)).toEqual(["GRPO", "HICRA"]);
    const accuracy = dynamics.comparisons.find(({ curve }) => curve === "accuracy")!;
    expect(accuracy.runs).toEqual(["GRPO", "HICRA"]);
    const values = dynamics.runs.map(({ steps }) => steps.map((step) => step.accuracy!.value));
    const most = Math.max(...values[0].map((value, i) => Math.abs(values[1][i] - value)));
    expect(Math.abs(accuracy.deviation.deviation)).toBeCloseTo(most, 5);
    expect(accuracy.deviation.steps).toBe(20);
  });

  it("shows one problem at the first, a middle and the last step", () => {
    const { examples } = measure({ run: records });
    expect(examples.map(({ step }) => step)).toEqual([10, 100, 200]);
    expect(new Set(examples.map(({ problem }) => problem)).size).toBe(1);
    for (const { text, spans, highEntropy } of examples) {
      for (const { start, end, gram } of spans) expect(text.slice(start, end).toLowerCase()).toBe(gram);
      expect(highEntropy!.length).toBeGreaterThan(3);
    }
  });
});

describe("tokens", () => {
  const text = "We need to find the sum. It is then 12.";
  const tokens = ["We", " need", " to", " find", " the", " sum", ".", " It", " is", " then", " 12", "."];
  const numbers = tokens.map((_, i) => (i < 4 ? 1 : 0.25));
  const measuresOf = (record: object, options: DynamicsOptions = {}) =>
    measure({ run: [trace(1, text, record)] }, lexicon, options).dynamics.runs[0];
  const expected = { all: 0.5, planning: 1, execution: 0.25 };

  it("come as texts", () => {
    const [step] = measuresOf({ tokens, entropies: numbers }).steps;
    expect(step.tokens).toMatchObject({ value: 12 });
    expect(step.tokenMeasures).toMatchObject({ planningRatio: 0.333333, entropy: expected, perplexity: null });
  });

  it("come as vocabulary pieces", () => {
    const pieces = tokens.map((token) => token.replace(" ", "Ġ"));
    expect(measuresOf({ tokens: pieces, entropies: numbers }).steps[0].tokenMeasures!.entropy).toEqual(expected);
  });

  it("come as ids, with what these spell", () => {
    const decode = (ids: readonly number[]) => {
      const ends = ids.map((_, i) => tokens.slice(0, i + 1).join("").length);
      return { text: ids.map((id) => tokens[id]).join(""), starts: [0, ...ends.slice(0, -1)], ends };
    };
    const record = { token_ids: tokens.map((_, i) => i), entropies: numbers };
    expect(measuresOf(record, { decode }).steps[0].tokenMeasures!.entropy).toEqual(expected);
    // Without it, only all tokens together are known
    const { planningRatio, entropy, forks } = measuresOf(record).steps[0].tokenMeasures!;
    expect({ planningRatio, entropy, forks }).toEqual({
      planningRatio: null,
      entropy: { all: 0.5, planning: null, execution: null },
      forks: null,
    });
  });

  it("come as the logprobs of an API", () => {
    const content = tokens.map((token, i) => ({ token, logprob: -numbers[i] }));
    const { perplexity } = measuresOf({ logprobs: { content } }).steps[0].tokenMeasures!;
    expect(perplexity!.planning).toBeCloseTo(Math.exp(1), 4);
    expect(perplexity!.execution).toBeCloseTo(Math.exp(0.25), 4);
  });

  it("that do not fit are left out, and counted", () => {
    const run = measuresOf({ tokens, entropies: numbers.slice(1) });
    expect(run.tokenFaults).toEqual({ "tokens and their numbers differ in length": 1 });
    expect(run.steps[0].tokenMeasures).toBeNull();
    expect(measuresOf({ tokens, logprobs: numbers }).tokenFaults).toEqual({ "a log-probability above 0": 1 });
  });
});
