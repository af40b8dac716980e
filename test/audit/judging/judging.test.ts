import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cohen } from "../../../src/audit/agreement.js";
import { FAULTS, type Judge, readJudge } from "../../../src/audit/judging/answers.js";
import { errorReport, kappaOf } from "../../../src/audit/judging/errorReport.js";
import { attemptId, collectFailures, type PlacedAttempt, surveyFailures } from "../../../src/audit/judging/failures.js";
import { type ErrorType, GUIDE } from "../../../src/audit/judging/guide.js";
import { cut, requestOf } from "../../../src/audit/judging/requests.js";
import { wilson } from "../../../src/statistics/proportions.js";
import { createRandom } from "../../../src/statistics/random.js";
import { problemTextOf } from "../../../src/traces/shapes/problemText.js";

const folder = mkdtempSync(join(tmpdir(), "judging-"));

const attempt = (
  problem: string,
  step: number | undefined,
  success: boolean | undefined,
  text: string,
): PlacedAttempt => ({
  run: "run",
  place: "x.jsonl:1",
  problemText: `How many ducks are on ${problem}?`,
  trace: { problem, step, success, text, fields: { text: "trace", problem: "problem_id" } },
});
async function* given(list: readonly PlacedAttempt[]) {
  yield* list;
}
/** Four steps, 30 ponds, at each a right attempt and so many wrong ones. */
const ponds = (wrong: (step: number) => number) =>
  [0, 10, 20, 30].flatMap((step) =>
    Array.from({ length: 30 }, (_, pond) => [
      attempt(`pond ${pond}`, step, true, `There are ${pond} ducks, step ${step}.`),
      ...Array.from({ length: wrong(step) }, (_, i) =>
        attempt(`pond ${pond}`, step, false, `There are ${pond + i + 1} swans, step ${step}.`),
      ),
    ]).flat(),
  );

describe("failed attempts", () => {
  it("are chosen evenly over the steps, the same in any order, with a right attempt of their step", async () => {
    const list = ponds((step) => (step === 0 ? 3 : 1));
    const survey = await surveyFailures(given(list), 40, 1);
    expect([survey.failed.size, survey.chosen.size]).toEqual([180, 40]);
    const steps = [...survey.chosen.values()].map(({ step }) => step);
    for (const step of [0, 10, 20, 30]) expect(steps.filter((one) => one === step)).toHaveLength(10);
    const again = await surveyFailures(given(list.toReversed()), 40, 1);
    expect([...again.chosen]).toEqual([...survey.chosen]);
    expect(again.cells).toEqual(survey.cells);
    expect([...(await surveyFailures(given(list), 40, 2)).chosen.keys()]).not.toEqual([...survey.chosen.keys()]);
    const failures = await collectFailures(given(list), survey.chosen);
    expect(failures.map(({ id }) => id)).toEqual([...survey.chosen.keys()]);
    for (const { text, right, step, problem } of failures) {
      expect(text).toContain(`step ${step}.`);
      expect(right).toBe(`There are ${problem.slice(5)} ducks, step ${step}.`);
    }
    expect(await collectFailures(given(list.toReversed()), survey.chosen)).toEqual(failures);
  });

  it("are told apart by run, problem, step and text; without a right one they stand alone", async () => {
    const list = [
      attempt("a", 1, false, "x"),
      attempt("a", 1, false, "x"),
      attempt("a", 2, false, "x"),
      attempt("a", undefined, false, "x"),
      attempt("a", 1, undefined, "y"),
    ];
    const survey = await surveyFailures(given(list), 10, 1);
    expect([survey.failed.size, survey.ungraded]).toEqual([3, 1]);
    expect(survey.cells.map(({ step, failed }) => [step, failed])).toEqual([
      [null, 1],
      [1, 2],
      [2, 1],
    ]);
    const [failure] = await collectFailures(given(list), survey.chosen);
    expect(failure.right).toBeUndefined();
    expect(requestOf(failure, "m").body.messages[1].content).not.toContain("right attempt");
  });
});

describe("requests", () => {
  it("are in the batch format, with guide, problem, both attempts and a strict schema", async () => {
    const survey = await surveyFailures(given(ponds(() => 1)), 1, 1);
    const [failure] = await collectFailures(given(ponds(() => 1)), survey.chosen);
    const { body, ...rest } = requestOf(failure, "some-model");
    expect(rest).toEqual({ custom_id: failure.id, method: "POST", url: "/v1/chat/completions" });
    expect(body.model).toBe("some-model");
    expect(body.messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(body.messages[0].content).toBe(GUIDE);
    for (const text of [failure.problemText!, failure.text, failure.right!])
      expect(body.messages[1].content).toContain(text);
    const { schema, strict } = body.response_format.json_schema;
    expect(strict).toBe(true);
    expect([...schema.required].sort()).toEqual(Object.keys(schema.properties).sort());
    expect(schema.additionalProperties).toBe(false);
  });

  it("leave out the middle of what is too long, and no half of a character", () => {
    expect(cut("short", 10)).toBe("short");
    const long = cut("🦆".repeat(100), 21);
    expect(long).toMatch(/^(🦆){5}\n\[… 180 characters left out …\]\n(🦆){5}$/u);
  });

  it("give judges the guide that the page on errors has", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/errors.md"), "utf8");
    expect(page.replaceAll(/^> ?/gm, "")).toContain(GUIDE);
  });

  it("find a problem's text in fields and in messages", () => {
    expect(problemTextOf({ problem_id: "7", question: "How many ducks?" })).toBe("How many ducks?");
    const messages = [
      { role: "user", content: "How many swans are there?" },
      { role: "assistant", content: "Two." },
    ];
    expect(problemTextOf({ id: 1, messages })).toBe("How many swans are there?");
    expect(problemTextOf({ id: 1, item: "Count the ducks." }, "item")).toBe("Count the ducks.");
    expect(problemTextOf({ problem_id: "pond", trace: "There are two." })).toBeUndefined();
    expect(problemTextOf("text")).toBeUndefined();
  });
});

const answer = (id: string, content: unknown, more: object = {}) =>
  JSON.stringify({
    id: "batch_req_1",
    custom_id: id,
    response: {
      status_code: 200,
      body: {
        choices: [
          {
            finish_reason: "stop",
            message: {
              role: "assistant",
              refusal: null,
              content: typeof content === "string" ? content : JSON.stringify(content),
            },
            ...more,
          },
        ],
      },
    },
    error: null,
  });

describe("answers", () => {
  it("are checked one by one: each fault is named with its line, and spoils no other", async () => {
    const good = { quote: "swans", reason: "They are ducks.", type: "planning" };
    const path = join(folder, "results.jsonl");
    const lines = [
      answer("a", good),
      "{not json",
      JSON.stringify({ id: 3 }),
      answer("nobody", good),
      answer("a", good),
      JSON.stringify({ custom_id: "b", response: null, error: { code: "expired", message: "too late" } }),
      JSON.stringify({ custom_id: "c", response: { status_code: 429, body: { error: { message: "slow down" } } } }),
      answer("d", "", { message: { content: null, refusal: "I cannot." } }),
      answer("e", '{"quote": "sw', { finish_reason: "length" }),
      answer("f", { ...good, type: "strategy" }),
      answer("g", "It is planning."),
      answer("h", '```json\n{"type": "Execution"}\n```'),
      answer("i", `<think>Is it {planning}?</think>\n${JSON.stringify(good)}`),
      "",
    ];
    writeFileSync(path, lines.join("\r\n"));
    const judge = await readJudge(path, (id) => id.length === 1);
    expect([...judge.verdicts].map(([id, { type }]) => [id, type])).toEqual([
      ["a", "planning"],
      ["h", "execution"],
      ["i", "planning"],
    ]);
    expect(judge.verdicts.get("a")).toEqual(good);
    expect(judge.faults.map(({ place, fault }) => [Number(place.split(":").pop()), fault])).toEqual([
      [2, "malformed"],
      [3, "malformed"],
      [4, "unknown"],
      [5, "repeated"],
      [6, "failed"],
      [7, "failed"],
      [8, "refused"],
      [9, "cut"],
      [10, "no-verdict"],
      [11, "no-verdict"],
    ]);
    expect(new Set(judge.faults.map(({ fault }) => fault))).toEqual(new Set(FAULTS));
    expect(judge.faults.find(({ fault }) => fault === "refused")!.why).toBe("I cannot.");
    await expect(readJudge(join(folder, "none.jsonl"), () => true)).rejects.toThrow("no such file of answers");
  });
});

describe("the report", () => {
  const judged = async (list: PlacedAttempt[], type: (step: number, i: number) => ErrorType, most = 1000) => {
    const survey = await surveyFailures(given(list), most, 1);
    const judge: Judge = { path: "judge.jsonl", verdicts: new Map(), faults: [], unusable: new Set() };
    let i = 0;
    for (const [id, { step }] of survey.chosen)
      judge.verdicts.set(id, { type: type(step!, i++), quote: "", reason: "" });
    return { survey, judge };
  };

  it("says what training reduced: errors per attempt, not shares of failures", async () => {
    // early three of four attempts fail, for planning but for every third; late one of two, always in execution
    const { survey, judge } = await judged(
      ponds((step) => (step < 20 ? 3 : 1)),
      (step, i) => (step < 20 && i % 3 > 0 ? "planning" : "execution"),
    );
    const report = errorReport(survey, [judge], 1);
    const [run] = report.runs;
    expect(run.steps.map(({ step, attempts, failed }) => [step, attempts, failed])).toEqual([
      [0, 120, 90],
      [10, 120, 90],
      [20, 60, 30],
      [30, 60, 30],
    ]);
    expect(run.reduced!.planning).toMatchObject({ early: 0.5, late: 0, reduction: { value: 0.5 } });
    expect(run.reduced!.planning.reduction.low).toBeGreaterThan(0.4);
    expect(run.reduced!.execution).toMatchObject({ early: 0.25, late: 0.5, reduction: { value: -0.25 } });
    expect(report.findings.join(" ")).toContain("planning errors fell");
    expect(report.findings.join(" ")).toContain("execution errors rose");
    expect(run.shares!.planning.value).toBeCloseTo(120 / 240, 5);
    expect(report.judges).toEqual([{ path: "judge.jsonl", verdicts: 240, missing: 0, faults: {} }]);
  });

  it("lets each step's judged attempts stand for all that failed there", async () => {
    // as many of each step are asked about, whatever failed there
    const { survey, judge } = await judged(
      ponds((step) => (step === 0 ? 6 : 1)),
      (step) => (step === 0 ? "planning" : "execution"),
      120,
    );
    const [run] = errorReport(survey, [judge], 1).runs;
    expect(run.judged).toBe(120);
    expect(run.shares!.planning.value).toBeCloseTo(180 / 270, 5);
  });

  it("gives Wilson's intervals for few problems", async () => {
    const list = Array.from({ length: 10 }, (_, i) => attempt(`pond ${i}`, undefined, false, `${i} swans.`));
    const { survey, judge } = await judged(list, (_, i) => (i < 3 ? "planning" : "other"));
    const { planning, none } = errorReport(survey, [judge], 1).runs[0].shares!;
    expect(planning.value).toBeCloseTo(0.3, 10);
    expect(planning.low).toBeCloseTo(wilson(3, 10).low, 5);
    expect(none).toEqual({ value: 0, low: 0, high: Number(wilson(0, 10).high.toPrecision(6)) });
  });

  it("covers a share that is known, in simulations", async () => {
    const random = createRandom(21);
    const list = Array.from({ length: 40 }, (_, i) => attempt(`pond ${i >> 1}`, undefined, false, `${i} swans.`));
    let covered = 0;
    const worlds = 120;
    for (let world = 0; world < worlds; world++) {
      const { survey, judge } = await judged(list, () => (random() < 0.4 ? "planning" : "execution"));
      const { low, high } = errorReport(survey, [judge], world).runs[0].shares!.planning;
      if (low <= 0.4 && high >= 0.4) covered++;
    }
    expect(covered / worlds).toBeGreaterThan(0.85);
  });

  it("counts an attempt in parts where judges differ, names what is missing, and gives their kappa", async () => {
    const list = ponds(() => 1).slice(0, 60);
    const { survey, judge } = await judged(list, (_, i) => (i % 2 === 0 ? "planning" : "execution"));
    const other: Judge = { ...judge, path: "other.jsonl", verdicts: new Map(judge.verdicts), unusable: new Set() };
    const ids = [...survey.chosen.keys()];
    for (const id of ids.slice(0, 10)) other.verdicts.set(id, { type: "other", quote: "", reason: "" });
    for (const id of ids.slice(-3)) other.verdicts.delete(id);
    other.unusable.add(ids.at(-1)!);
    const report = errorReport(survey, [judge, other], 1);
    expect(report.judges[1]).toMatchObject({ verdicts: 27, missing: 2 });
    expect(report.agreement[0]).toMatchObject({ both: 27 });
    expect(report.agreement[0].agreement).toBeCloseTo(17 / 27, 5);
    expect(report.runs[0].shares!.other.value).toBeCloseTo(5 / 30, 5);
    expect(report.runs[0].shares!.planning.value).toBeCloseTo((15 - 2.5) / 30, 5);
    expect(report.verdicts[0].by.map(({ judge, type }) => [judge, type])).toEqual([
      [0, "planning"],
      [1, "other"],
    ]);
  });

  it("has Cohen's kappa of many labels, the same as of two where there are two", () => {
    // Cohen's table of 1960 in parts of 200: kappa 0.492
    const table = [
      [88, 14, 18],
      [10, 40, 10],
      [2, 6, 12],
    ];
    const pairs = table.flatMap((row, a) =>
      row.flatMap((count, b) => Array.from({ length: count }, () => [a, b] as const)),
    );
    expect(kappaOf(pairs)).toBeCloseTo(0.492, 3);
    const two = [
      ...new Array(20).fill([1, 1]),
      ...new Array(5).fill([1, 0]),
      ...new Array(10).fill([0, 1]),
      ...new Array(15).fill([0, 0]),
    ];
    expect(kappaOf(two)).toBeCloseTo(cohen(20, 5, 10, 15)!, 10);
    expect(kappaOf([])).toBeNull();
    expect(kappaOf([["a", "a"]])).toBeNull();
  });

  it("names attempts by what they are", () => {
    const one = attempt("a", 1, false, "x");
    const elsewhere = { ...one, place: "elsewhere" };
    expect(attemptId(one)).toBe(attemptId(elsewhere));
    expect(attemptId(one)).not.toBe(attemptId({ ...one, run: "other" }));
  });
});
