import { beforeAll, describe, expect, it } from "vitest";
import { type Attempt, type Attempts, measureAttempts } from "../../../src/audit/success/attempts.js";
import { FEATURES, featuresOf } from "../../../src/audit/success/features.js";
import { findingsOf } from "../../../src/audit/success/findings.js";
import { createKeywordMarker, KEYWORD_LISTS } from "../../../src/audit/success/keywords.js";
import { MARKED, ROW } from "../../../src/audit/success/measures.js";
import { compareAttempts } from "../../../src/audit/success/success.js";
import { createRandom, normal } from "../../../src/statistics/random.js";
import { readModel, type TaggerModel } from "../../../src/tagger/model.js";

const PLACEBO = { entries: [], rare: 0, unmatched: 0, occurrences: 1 };
const options = { draws: 200, seed: 1 };

describe("features of an attempt", () => {
  const at = (first: number, last: number, entry: number, purpose: number | null) => ({
    first,
    last,
    start: 0,
    end: 0,
    entry,
    function: purpose,
  });
  it("count moves, kinds, places, repeats and functions; of overlapping marks the first", () => {
    const marks = [at(5, 9, 0, 0), at(8, 12, 1, 1), at(20, 24, 1, 3), at(30, 30, -1, null), at(50, 54, 2, 3)];
    const row = featuresOf(
      { marks, words: 100, planningWords: 19, coveredWords: 0 },
      (entry) => [7, 8, 8][entry],
      () => null,
    );
    expect(Object.fromEntries(FEATURES.map((name, i) => [name, row[i]]))).toEqual({
      share: 0.19,
      moves: 4,
      variety: 2,
      position: (5 + 20 + 30 + 50) / 400,
      first: 0.05,
      repeats: 1,
      goal: 1,
      deduction: 0,
      branching: 0,
      backtracing: 2,
    });
  });
  it("have no place where there is no move", () => {
    const row = featuresOf(
      { marks: [], words: 10, planningWords: 0, coveredWords: 0 },
      () => 0,
      () => null,
    );
    expect(row[FEATURES.indexOf("position")]).toBeNaN();
    expect(row[FEATURES.indexOf("first")]).toBe(1);
  });
});

describe("keywords", () => {
  it("are counted inside words too, whatever their case, with the words that they lie in", () => {
    const marker = createKeywordMarker(["rethink", "check again"]);
    const { marks, planningWords, words } = marker.mark("Rethinking this, I check again: 3 + 4. To rethink?");
    expect(marks.map(({ first, last, entry }) => [first, last, entry])).toEqual([
      [0, 0, 0],
      [3, 4, 1],
      [6, 6, 0],
    ]);
    expect([planningWords, words]).toEqual([4, 7]);
  });
  it("stand in lists that name their source", () => {
    for (const { keywords, source } of KEYWORD_LISTS) {
      expect(source).toMatch(/^github\.com\//);
      expect(new Set(keywords).size).toBe(keywords.length);
    }
  });
});

describe("measured attempts", () => {
  let model: TaggerModel;
  beforeAll(async () => {
    model = await readModel();
  });
  const plans = [
    "Wait, let me check that again.",
    "Alternatively, maybe there is another way.",
    "First, I need to count.",
  ];
  const attempts = (problems: number): Attempt[] =>
    Array.from({ length: problems * 4 }, (_, i) => ({
      trace: {
        problem: `pond ${i >> 2}`,
        success: i % 2 === 0,
        step: undefined,
        text: `${i % 2 === 0 ? plans[i % 3] : "The ducks are green."} There are ${i} ducks and 7 swans. That makes ${i + 7} birds.`,
        fields: { text: "trace", problem: "problem_id" },
      },
    }));
  async function* given(list: Attempt[]) {
    yield* list;
  }
  const entries = [{ gram: "let me check", spellings: ["Let me check"], cluster: 3, function: "backtracing" as const }];
  const measured = (list: Attempt[], threads = 1, most?: number) =>
    measureAttempts(given(list), { model, entries, placebo: [] }, threads, most);

  it("are the same in any order and on any number of threads", async () => {
    const list = attempts(30);
    const there = await measured(list);
    expect(there.problem).toHaveLength(120);
    expect(await measured(list.toReversed())).toEqual(there);
    const long = list.map(({ trace }) => ({ trace: { ...trace, text: `${trace.text} `.repeat(80) } }));
    expect(await measured(long, 2)).toEqual(await measured(long.toReversed(), 1));
  });

  it("are whole problems, the same ones, where there are too many", async () => {
    const list = attempts(50);
    const some = await measured(list, 1, 40);
    expect(some.problem).toHaveLength(40);
    expect(some.beyond).toBe(160);
    expect(await measured(list.toReversed(), 1, 40)).toEqual(some);
    // a single problem larger than that is kept
    const one = list.map(({ trace }) => ({ trace: { ...trace, problem: "p" } }));
    expect((await measured(one, 1, 40)).problem).toHaveLength(200);
  });

  it("show what was put there: planning, by the tagger in context", async () => {
    const success = compareAttempts(await measured(attempts(40)), PLACEBO, options);
    expect(success.compared).toEqual({ within: ["problem"], groups: 40, problems: 40, attempts: 160, pairs: 160 });
    expect(success.features.share!.raw.low).toBeGreaterThan(0);
    expect(success.features.moves!.auc.value).toBe(1);
    expect(success.models[0]).toMatchObject({ marked: "planning", auc: { value: 1 } });
    const findings = findingsOf(success);
    expect(findings.find(({ about }) => about === "model")).toMatchObject({
      evidence: true,
      text: expect.stringContaining("picks the right one in 100.0 % of the pairs"),
    });
  });

  it("pass over what has no verdict", async () => {
    const list = attempts(3);
    list[0].trace.success = undefined;
    const some = await measured(list);
    expect([some.problem.length, some.ungraded]).toEqual([11, 1]);
  });
});

/** Attempts with planted numbers: planning's moves follow length and, by `effect`, success. */
function planted(problems: number, each: number, effect: number, steps?: number): Attempts {
  const random = createRandom(17, `${effect}`);
  const count = problems * each;
  const success = Uint8Array.from({ length: count }, (_, i) => Number(i % each < each / 2));
  const rows = new Float64Array(count * ROW);
  for (let i = 0; i < count; i++) {
    const words = Math.round(Math.exp(5 + 0.4 * success[i] + 0.4 * normal(random)));
    rows[i * ROW] = words;
    for (let m = 0; m < MARKED.length; m++) {
      const moves = Math.max(0, Math.round(0.05 * words + 2 * normal(random) + (m === 0 ? effect * success[i] : 0)));
      rows[i * ROW + 1 + m * FEATURES.length] = (3 * moves) / words;
      rows[i * ROW + 2 + m * FEATURES.length] = moves;
    }
  }
  return {
    problem: Array.from({ length: count }, (_, i) => `p${Math.floor(i / each)}`),
    step: Array.from({ length: count }, (_, i) => (steps ? 10 * ((i % each) % steps) : undefined)),
    within: new Array(count).fill(undefined),
    success,
    rows,
    ungraded: 0,
    beyond: 0,
  };
}

describe("the comparison", () => {
  it("keeps length from posing as planning", () => {
    const success = compareAttempts(planted(120, 6, 0), PLACEBO, options);
    expect(success.features.moves!.raw.low).toBeGreaterThan(0);
    const { corrected } = success.features.moves!;
    expect(corrected!.low).toBeLessThan(0);
    expect(corrected!.high).toBeGreaterThan(0);
    const text = (about: string) => findingsOf(success).find((one) => one.about === about)!.text;
    expect(text("moves")).toContain("but at equal length there is no evidence of a difference");
    expect(text("planning over length")).toContain("No evidence that planning adds to length");
    expect(text("placebo")).toContain("no evidence");
  });

  it("finds what is there beyond length, lists and placebo", () => {
    const success = compareAttempts(planted(120, 6, 3), PLACEBO, options);
    const evidence = (about: string) => findingsOf(success).find((one) => one.about === about);
    for (const about of ["model", "length", "moves", "planning over length", "placebo", "MAYE", "grams"])
      expect(evidence(about), about).toMatchObject({ evidence: true });
    expect(evidence("moves")!.text).toContain("at equal length too");
    expect(success.models[0].overLength.low).toBeGreaterThan(0);
    expect(success.problemGroups.map(({ problems }) => problems)).toEqual([0, 120, 0]);
    expect(success.problems).toHaveLength(120);
    expect(success.problems[0]).toMatchObject({ problem: "p0", right: 3, wrong: 3 });
  });

  it("compares within steps where these have enough pairs, else across them", () => {
    const stepwise = compareAttempts(planted(30, 8, 2, 2), PLACEBO, options);
    expect(stepwise.compared.within).toEqual(["problem", "step"]);
    expect(stepwise.steps.map(({ step, problems }) => [step, problems])).toEqual([
      [0, 30],
      [10, 30],
    ]);
    expect(stepwise.problems).toHaveLength(60);
    expect(findingsOf(stepwise).find(({ about }) => about === "steps")!.text).toContain("of 2 steps");
    const across = compareAttempts(planted(30, 8, 2, 8), PLACEBO, options);
    expect(across.compared.within).toEqual(["problem"]);
    expect(across.steps).toEqual([]);
  });

  it("compares only what agrees in a field", () => {
    const attempts = planted(30, 4, 3);
    attempts.within = attempts.problem.map((_, i) => (i % 4 < 2 ? "a" : "b"));
    const success = compareAttempts(attempts, PLACEBO, { ...options, within: "model" });
    expect(success.compared).toMatchObject({ within: ["problem", "model"], problems: 0, pairs: 0 });
    expect(findingsOf(success)).toEqual([expect.objectContaining({ evidence: false })]);
  });

  it("says that a few problems say nothing", () => {
    const success = compareAttempts(planted(5, 6, 3), PLACEBO, options);
    expect(success.models).toEqual([]);
    expect(findingsOf(success)[0].text).toContain("Only 5 problems have right and wrong attempts both");
  });
});
