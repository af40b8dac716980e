import { describe, expect, it } from "vitest";
import { tracesOf } from "../../../src/traces/shapes/record.js";
import type { TraceOptions } from "../../../src/traces/trace.js";

const LONG = "Let me set this up. Wait, I should check the sign, and then add the two of them up again.";
const read = (record: unknown, options: TraceOptions = { all: true }) => tracesOf(record, options, { file: "f" });
const texts = (record: unknown, options?: TraceOptions) => read(record, options).traces.map(({ text }) => text);

describe("the output is the fullest field", () => {
  it.each([
    { response: "4", complete_response: LONG },
    { output: "4", raw_model_output: LONG },
    { llm_response: "4", original_completion: LONG },
    { prediction: "4", assistant_reply: LONG },
    { answer: "4", rationale: LONG },
    { prediction: "4", raw_prediction: LONG },
    {
      turns_of_talk: [
        { sender: "human", text: "q" },
        { sender: "assistant", text: "4", content: [{ type: "thinking", thinking: LONG }] },
      ],
    },
    {
      current_node: "b",
      mapping: {
        a: { parent: null, message: { author: { role: "user" }, content: { parts: ["q"] } } },
        b: { parent: "a", message: { author: { role: "assistant" }, content: { parts: [LONG] } } },
        c: { parent: "a", message: { author: { role: "assistant" }, content: { parts: ["An earlier try."] } } },
      },
    },
    {
      output: "It is 4.",
      history: [
        { role: "user", content: "q" },
        { role: "assistant", content: LONG },
      ],
    },
  ])("%j", (record) => {
    expect(texts({ question: "q?", ...record })).toEqual([LONG]);
  });
});

describe("what is not known is refused, with what decides", () => {
  it.each([
    [{ answer: "(a)", scribbles: LONG }, /scribbles/],
    [{ response: "4", scribbles: LONG }, /scribbles/],
    [{ response: "4", scribbles: "Let me see what is there. So 4." }, /scribbles/],
    [{ solution: "We have 4." }, /--text-field solution/],
    [{ answer: "We have 4.\n#### 4" }, /--text-field answer/],
    [{ options: ["A)3", "B)4"], rationale: LONG, correct: "B" }, /--text-field rationale/],
    [{ solution: "We have 4.", cand: [LONG], is_correct: [true] }, /cand/],
    [{ answer: "4" }, /--text-field answer/],
    [{ messages: [{ role: "user", content: "q" }] }, undefined],
    [{ judge_output: LONG, user_response: LONG, expected_output: LONG }, undefined],
    [{ rows_of: [{ note: LONG }, { note: LONG }] }, /rows_of \(2 items; jq -c '\.rows_of\[\]'/],
    [
      {
        conversation: [
          { role: "user", content: "a" },
          { role: "assistant", content: LONG },
          { role: "user", content: "b" },
        ],
      },
      /ends with the user/,
    ],
  ])("%j", (record, why) => {
    const { traces, skipped } = read({ question: "q?", ...record });
    expect(traces).toEqual([]);
    expect(skipped[0]?.reason).toBe("no-trace");
    if (why) expect(skipped[0]?.why).toMatch(why);
  });
});

it("outputs side by side are all taken, each under its name", () => {
  const { traces } = read({ prompt: "q?", response_a: LONG, response_b: "So 9.", winner: "a" });
  expect(traces.map(({ text, id, success }) => [text, id, success])).toEqual([
    [LONG, "response_a", undefined],
    ["So 9.", "response_b", undefined],
  ]);
  expect(texts({ prompt: "q?", output_1: "So 9.", output_2: "So 4.", response: LONG })).toEqual([LONG]);
});

it("one verdict for several samples is none's", () => {
  const of = (correct: unknown) =>
    read({ question: "q?", responses: [LONG, `${LONG} No.`], correct }).traces.map((t) => t.success);
  expect(of(true)).toEqual([undefined, undefined]);
  expect(of([true, false])).toEqual([true, false]);
  expect(of("[True, False]")).toEqual([true, false]);
});

it("says which verdicts say otherwise", () => {
  const [trace] = read({ question: "q?", response: LONG, correct: true, reward: 0 }).traces;
  expect(trace).toMatchObject({ success: true, fields: { success: "correct", against: ["reward"] } });
  expect(read({ question: "q?", response: LONG, a_correct: true, b_correct: false }, {}).skipped).toMatchObject([
    { reason: "unknown-success", why: expect.stringContaining("a_correct and b_correct disagree") },
  ]);
});

it("a record that is a message of another is not the model's", () => {
  for (const role of ["user", "system", "tool", "developer"])
    expect(read({ id: 1, role, content: LONG, correct: true }).skipped).toEqual([{ reason: "not-model" }]);
  expect(texts({ id: 1, role: "assistant", content: LONG, correct: true })).toEqual([LONG]);
});

it("a number is a problem within its file, its text everywhere", () => {
  const problem = (record: object) => read({ response: LONG, ...record }).traces[0]?.problem;
  expect(problem({ problem_idx: 1, problem: "a?" })).not.toBe(problem({ problem_idx: 1, problem: "b?" }));
  expect(problem({ problem_id: "x/1", prompt: "a?" })).toBe(
    problem({ problem_id: "x/1", prompt: "in other words: a?" }),
  );
  expect(problem({ idx: 1, split: "test" })).not.toBe(problem({ idx: 1, split: "train" }));
  expect(problem({ promptId: "t", vars: { a: 1 } })).not.toBe(problem({ promptId: "t", vars: { a: 2 } }));
  expect(problem({ inputs: { question: "a?" }, id: 1 })).toBe(
    problem({ input: { messages: [{ role: "user", content: "a?" }] }, id: 2 }),
  );
});
