import { describe, expect, it } from "vitest";
import { successOf, toldBy } from "../../../src/traces/shapes/success.js";

const told = (name: string, value: unknown, siblings: object = {}, threshold?: number) =>
  toldBy(name, value, { [name]: value, ...siblings }, threshold)?.success;

describe("what a field tells", () => {
  it.each([
    // counts, options, answers, grades, states of requests, money and time say nothing
    ["correct", 14, {}],
    ["correct", 1, { incorrect: 9 }],
    ["correct", 2, { choices: ["a", "b", "c"] }],
    ["correct", "B", {}],
    ["result", "42", {}],
    ["result", "yes", {}],
    ["result", { answer: "9", finish_reason: "stop" }, {}],
    ["grade", 7, {}],
    ["grade", "C", {}],
    ["success", true, { error: null, status_code: 200 }],
    ["success", true, { http_status: 200 }],
    ["success", true, { latency_ms: 12, retries: 0 }],
    ["passed", 1, { failed: 3 }],
    ["solved", 1, { total: 4 }],
    ["rewards", { format: 1, length: 0.2 }, {}],
    ["result", { success: true, completions: [] }, {}],
    ["succeeded", "succeeded", {}],
    ["metrics", { num_tokens: 131 }, {}],
    ["metrics", { latency: { value: 0.2 } }, {}],
    ["scores", { helpfulness: { value: 0.9 } }, {}],
    ["scores", [{ name: "toxicity", value: 1 }], {}],
    ["score", Number.NaN, {}],
  ])("%s: %j says nothing", (name, value, siblings) => {
    expect(told(name, value, siblings)).toBeUndefined();
  });

  it.each([
    ["scores", { match: { value: "C", answer: "4" } }, true],
    ["scores", { match: { value: "I", answer: "4" } }, false],
    ["scores", { choice: { value: "N" } }, false],
    ["scores", [{ name: "correctness", value: 0 }], false],
    ["scores", { match: { correct: true } }, true],
    ["metrics", { accuracy: 1, num_tokens: 131 }, true],
    ["metric", { "pass@k:k=1&n=1": 1 }, true],
    ["gradingResult", { pass: false, score: 0, reason: "no" }, false],
    ["feedback_stats", { correctness: { n: 1, avg: 1 } }, true],
    ["rewards", { accuracy_reward: 1, format_reward: 0 }, true],
    ["reward", { correctness: 0, format: 1 }, false],
    ["plus_status", "fail", false],
    ["outcome", "passed", true],
    ["score", "0.75", true],
    ["score", Number.POSITIVE_INFINITY, true],
    ["correct", "[True]", true],
  ])("%s: %j is %s", (name, value, success) => {
    expect(told(name, value)).toBe(success);
  });

  it("leaves a scale to the threshold, and takes none of two scorers that disagree", () => {
    expect(told("score", 9)).toBe("scale");
    expect(told("score", 9, {}, 8)).toBe(true);
    expect(told("score", 2, {}, 8)).toBe(false);
    expect(told("scores", { match: { value: "C" }, includes: { value: "I" } })).toBeUndefined();
    expect(told("scores", { match: { value: "C" }, includes: { value: "C" } })).toBe(true);
  });
});

describe("a field that is named", () => {
  it.each([
    ["C", true],
    ["I", false],
    ["P", false],
    ["succeeded", true],
    [0.2, false],
    [7, "scale"],
    ["4.5", "scale"],
    ["[1.0]", true],
    [{ match: { value: "C" } }, true],
    [[1, 0], undefined],
    ["Let me see", undefined],
  ])("%j is %s", (value, success) => {
    expect(successOf(value)).toBe(success);
  });

  it("counts a part from the threshold on", () => {
    expect(successOf("P", 0.5)).toBe(true);
    expect(successOf("P", 0.8)).toBe(false);
  });
});
