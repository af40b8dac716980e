import { describe, expect, it } from "vitest";
import { tracesOf } from "../../../src/traces/shapes/record.js";
import type { TraceOptions } from "../../../src/traces/trace.js";

const read = (record: unknown, options: TraceOptions = {}, file = "f.jsonl") => tracesOf(record, options, { file });
const one = (record: unknown, options: TraceOptions = {}, file?: string) => read(record, options, file).traces[0];
const base = { problem_id: "p", trace: "Let me see.", correct: true };

describe("success", () => {
  it.each([
    [true, true],
    [false, false],
    ["True", true],
    [" false ", false],
    ["yes", true],
    ["INCORRECT", false],
    [1, true],
    [0, false],
    [0.5, true],
    [0.49, false],
    [-1, false],
    ["0.7", true],
    ["1e-3", false],
    [[true], true],
    [{ reward: 0 }, false],
  ])("%j is %s", (correct, success) => {
    expect(one({ ...base, correct })?.success).toBe(success);
  });

  it.each([
    [null],
    [""],
    ["maybe"],
    ["0x10"],
    [{}],
    [[]],
    [[true, false]],
    ["Number of steps that were right: 3 of 4 in all"],
  ])("%j is unknown", (correct) => {
    expect(read({ ...base, correct })).toMatchObject({ traces: [], skipped: [{ reason: "unknown-success" }] });
    expect(one({ ...base, correct }, { all: true })?.success).toBeUndefined();
  });

  it("counts a number from the threshold on", () => {
    expect(one({ ...base, correct: 0.5 }, { successThreshold: 0.6 })?.success).toBe(false);
    expect(one({ ...base, correct: -2 }, { successThreshold: -3 })?.success).toBe(true);
    expect(one({ ...base, correct: true }, { successThreshold: 9 })?.success).toBe(true);
  });

  it("is taken from the verdict before the reward, and null counts as absent", () => {
    expect(one({ ...base, reward: 0.2 })).toMatchObject({ success: true, reward: 0.2, fields: { success: "correct" } });
    expect(one({ ...base, correct: null, reward: 0.2 })).toMatchObject({
      success: false,
      fields: { success: "reward" },
    });
  });

  it("is taken from <step>_correct, of several from the record's own step", () => {
    const { correct: _, ...rest } = base;
    expect(one({ ...rest, "300_correct": true })).toMatchObject({ success: true, step: 300 });
    expect(one({ ...rest, step: 200, "200_correct": false, "300_correct": true })?.success).toBe(false);
    expect(one({ ...rest, "200_correct": false, "300_correct": true })).toBeUndefined();
  });

  it("is not guessed among several rewards, nor from a reward for form", () => {
    const { correct: _, ...rest } = base;
    expect(one({ ...rest, style_reward: 1, brevity_reward: 1 })).toBeUndefined();
    expect(one({ ...rest, format_reward: 1 })).toBeUndefined();
    expect(one({ ...rest, "rewards/accuracy_reward_func": 1, format_reward: 0 })?.success).toBe(true);
    expect(one({ ...rest, correct_answer: 5, grade: 7 })).toBeUndefined();
  });
});

describe("problem", () => {
  const { problem_id: _, ...rest } = base;
  it("is the id, else a hash of the text, before a mere record id", () => {
    expect(one({ ...base, problem: "What?" })?.problem).toBe("p");
    expect(one({ ...rest, problem: "What?", id: 3 })?.problem).toMatch(/^sha:[\da-f]{32}$/);
    expect(one({ ...rest, problem: " What?\n" })?.problem).toBe(one({ ...rest, question: "What?" })?.problem);
    expect(one({ ...rest, id: 3 })).toMatchObject({ problem: "3", id: 3 });
    expect(read(rest).skipped).toEqual([{ reason: "no-problem" }]);
  });

  it("is the first user turn of a conversation, all user turns of a prompt", () => {
    const messages = [
      { role: "user", content: "Q" },
      { role: "assistant", content: "A" },
      { role: "user", content: "more" },
      { role: "assistant", content: "B" },
    ];
    const conversation = one({ messages, correct: true });
    expect(conversation).toMatchObject({ text: "A\n\nB", fields: { problem: "messages" } });
    expect(conversation?.problem).toBe(one({ ...rest, problem: "Q" })?.problem);
    expect(one({ prompt: messages.slice(0, 3), completion: "B", correct: true })?.problem).toBe(
      one({ ...rest, problem: "Q\n\nmore" })?.problem,
    );
  });

  it("takes a list of messages as a whole record", () => {
    expect(
      one(
        [
          { role: "user", content: "Q" },
          { role: "assistant", content: "A" },
        ],
        { all: true },
      )?.text,
    ).toBe("A");
  });
});

describe("text", () => {
  it("is a model output before a solution or answer", () => {
    expect(one({ problem_id: 1, solution: "gold", answer: "gold", response: "mine", correct: true })?.text).toBe(
      "mine",
    );
    expect(one({ problem_id: 1, solution: "mine", correct: true })?.text).toBe("mine");
    expect(
      read({ problem_id: 1, ground_truth: "gold", target: "gold", gt_cot: "gold", correct: true }).skipped,
    ).toEqual([{ reason: "no-trace" }]);
  });

  it("starts after an echoed prompt", () => {
    const prompt = "What is two and two? Think first.";
    expect(one({ prompt, output: `${prompt}\n\nLet me add.`, correct: true })?.text).toBe("Let me add.");
    expect(one({ prompt: "Let me", output: "Let me add.", correct: true })?.text).toBe("Let me add.");
  });

  it.each([
    "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n",
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nQ<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "<bos><start_of_turn>user\nQ<end_of_turn>\n<start_of_turn>model\n",
    "<｜begin▁of▁sentence｜><｜User｜>Q<｜Assistant｜>",
    "<s>[INST] Q [/INST]",
    "system\nBe kind.\nuser\nQ\nassistant\n",
    "user\nExample\nassistant\nDone.\nuser\nQ\nassistant\n",
  ])("starts after the assistant's mark: %j", (prompt) => {
    expect(one({ problem_id: 1, output: `${prompt}Let me add.`, correct: true })?.text.trim()).toBe("Let me add.");
  });

  it("is left alone when it only mentions such marks", () => {
    const output = "so the user\nasked and the assistant\nanswered";
    expect(one({ problem_id: 1, output, correct: true })?.text).toBe(output);
    const code = '{"name": "config", "steps": 3}';
    expect(one({ problem_id: 1, output: code, correct: true })?.text).toBe(code);
  });

  it("has thinking once, before the answer", () => {
    expect(one({ problem_id: 1, reasoning: "Hmm.", response: "4", correct: true })?.text).toBe("Hmm.\n\n4");
    const response = "<think>Hmm.</think>4";
    expect(one({ problem_id: 1, reasoning: "Hmm.", response, correct: true })?.text).toBe(response);
  });
});

describe("step", () => {
  it("comes from the record, else from the file's name", () => {
    expect(one({ ...base, global_step: 7 }, {}, "step_300.jsonl")?.step).toBe(7);
    expect(one(base, {}, "out/step_300.jsonl")?.step).toBe(300);
    expect(one({ ...base, it: 4 }, { stepField: "it" })?.step).toBe(4);
    expect(one({ ...base, step: "9f3c" })?.step).toBe("9f3c");
  });
});

describe("named fields", () => {
  const record = { a: { b: ["x", "Let me see."] }, q: "Q".repeat(200), s: { ok: "no" }, trace: "other", correct: true };
  it("win, and may be dotted", () => {
    expect(one(record, { textField: "a.b.1", problemField: "q", successField: "s.ok" })).toMatchObject({
      text: "Let me see.",
      problem: expect.stringMatching(/^sha:/),
      success: false,
      fields: { text: "a.b.1", problem: "q", success: "s.ok" },
    });
  });

  it("are missed by name when a record lacks them", () => {
    expect(read(base, { textField: "nope" }).skipped).toMatchObject([
      { reason: "no-trace", why: expect.stringContaining("nope") },
    ]);
    expect(read(base, { problemField: "nope" }).skipped).toEqual([{ reason: "no-problem" }]);
    expect(read(base, { successField: "nope" }).skipped).toMatchObject([{ reason: "unknown-success" }]);
    expect(read(base, { textField: "constructor.name" }).skipped).toMatchObject([{ reason: "no-trace" }]);
  });

  it("reach into rollouts", () => {
    const rollouts = [
      { content: "A", judge: { verdict: "right" } },
      { content: "B", judge: { verdict: "wrong" } },
    ];
    const { traces } = read({ problem_id: 1, rollouts }, { successField: "judge.verdict" });
    expect(traces.map(({ text, success, id }) => [text, success, id])).toEqual([
      ["A", true, 0],
      ["B", false, 1],
    ]);
  });
});

it("does not depend on the order of keys", () => {
  const record = { Correct: false, correct: true, response: "A", output: "B", question: "Q", prompt: "P", id: 1 };
  const backwards = Object.fromEntries(Object.entries(record).reverse());
  expect(read(record)).toEqual(read(backwards));
});

it("looks for the problem past names that hold nothing, however many there are", () => {
  const record = { question: {}, prompt: [], problem: "", response: "A", correct: true };
  expect(read(record)).toMatchObject({ traces: [], skipped: [{ reason: "no-problem" }] });
  expect(one({ ...record, instruction: "What is 2 + 2?" })).toMatchObject({ fields: { problem: "instruction" } });
  const many = Object.fromEntries(Array.from({ length: 128 }, (_, i) => [caseOf("problem", i), {}]));
  expect(read({ ...record, ...many })).toMatchObject({ traces: [] });
});

/** The word with the bits of a number as its capitals. */
const caseOf = (word: string, bits: number) =>
  [...word].map((c, i) => ((bits >> i) & 1 ? c.toUpperCase() : c)).join("");
