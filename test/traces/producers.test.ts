import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { collect } from "./collect.js";

const folder = mkdtempSync(join(tmpdir(), "producers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PLAN = "Let me set this up. Wait, I should check the sign. It is 4.";
const GUESS = "I guess it is 9.";
const ASKED = "What is seven minus three, please?";
const user = { role: "user", content: ASKED };
const model = (content: unknown) => ({ role: "assistant", content });
const lines = (...records: unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");

/** Name of the file, its content, and text and success of every trace. Further spellings stand in fixtures/producers. */
const FILES: [what: string, name: string, content: unknown, traces: [string, boolean?][]][] = [
  [
    "HELM with thinking",
    "scenario_state.json",
    {
      adapter_spec: {},
      request_states: [
        {
          instance: { input: { text: ASKED }, references: [], id: "id1" },
          request: { prompt: ASKED },
          result: { success: true, completions: [{ text: "4", tokens: [], thinking: { text: PLAN } }] },
        },
      ],
    },
    [[`${PLAN}\n\n4`]],
  ],
  [
    "HELM's predictions",
    "display_predictions.json",
    [{ instance_id: "id1", predicted_text: PLAN, train_trial_index: 0, stats: { exact_match: 1 } }],
    [[PLAN, true]],
  ],
  [
    "OpenCompass' details",
    "gsm8k.json",
    {
      accuracy: 50,
      details: {
        0: { prompt: ASKED, origin_prediction: PLAN, predictions: "4", references: "4", correct: true },
        1: { prompt: `${ASKED} b`, origin_prediction: GUESS, predictions: "9", references: "4", correct: false },
        type: "GEN",
      },
    },
    [
      [PLAN, true],
      [GUESS, false],
    ],
  ],
  [
    "likelihoods of lm-evaluation-harness",
    "samples_mmlu.jsonl",
    lines({
      doc_id: 0,
      doc: { question: ASKED },
      resps: [[["-1.2", "False"]], [["-0.2", "True"]]],
      filtered_resps: [
        ["-1.2", "False"],
        ["-0.2", "True"],
      ],
      acc: 1,
    }),
    [],
  ],
  [
    "lighteval's reasonings",
    "details.jsonl",
    lines({
      doc: { query: ASKED },
      model_response: { text: ["4"], reasonings: [PLAN] },
      metric: { "pass@k:k=1&n=1": 1 },
    }),
    [[`${PLAN}\n\n4`, true]],
  ],
  [
    "OpenHands' SDK",
    "output.jsonl",
    lines({
      instance_id: "a__b-1",
      instruction: ASKED,
      history: [
        { kind: "SystemPromptEvent", source: "agent", system_prompt: { type: "text", text: "System: be kind" } },
        {
          kind: "MessageEvent",
          source: "user",
          llm_message: { role: "user", content: [{ type: "text", text: ASKED }] },
        },
        {
          kind: "ActionEvent",
          source: "agent",
          thought: [{ type: "text", text: PLAN }],
          reasoning_content: "First the layout.",
          action: { kind: "ExecuteBashAction", command: "ls" },
        },
        { kind: "ObservationEvent", source: "environment", observation: { kind: "Bash", output: "Tool says: a" } },
        { kind: "AgentErrorEvent", source: "agent", error: "Tool says: no" },
        { kind: "MessageEvent", source: "agent", llm_message: model([{ type: "text", text: "Done." }]) },
      ],
    }),
    [[`First the layout.\n\n${PLAN}\n\nDone.`]],
  ],
  [
    "mini-swe-agent, which ends with what was submitted",
    "x.traj.json",
    {
      info: { exit_status: "Submitted", submission: "diff", model_stats: { instance_cost: 0.9 } },
      messages: [
        { role: "system", content: "System: be kind" },
        user,
        model(PLAN),
        { role: "user", content: "Tool says: 0" },
        model("Done."),
        { role: "user", content: "diff" },
      ],
      trajectory_format: "mini-swe-agent-1",
    },
    [[`${PLAN}\n\nDone.`]],
  ],
  [
    "SWE-agent, whose steps hold what was asked",
    "x.traj",
    {
      trajectory: [
        {
          action: "ls",
          observation: "Tool says: a",
          response: PLAN,
          thought: PLAN,
          query: [{ role: "system", content: "S" }, user],
        },
        { action: "submit", observation: "", response: "Done.", thought: "Done.", query: [user] },
      ],
      history: [{ role: "system", content: "System: be kind" }, user, { ...model(PLAN), action: "ls" }],
      info: { exit_status: "submitted" },
    },
    [[`${PLAN}\n\nDone.`]],
  ],
  [
    "Claude Code with a sub-agent and an error of the API",
    "s.jsonl",
    lines(
      { sessionId: "s", isSidechain: false, type: "user", message: user, uuid: "1" },
      {
        sessionId: "s",
        isSidechain: false,
        type: "assistant",
        message: model([{ type: "text", text: PLAN }]),
        uuid: "2",
      },
      { sessionId: "s", isSidechain: true, agentId: "a", type: "user", message: { role: "user", content: "Look." } },
      { sessionId: "s", isSidechain: true, agentId: "a", type: "assistant", message: model("I look.") },
      {
        sessionId: "s",
        type: "assistant",
        isApiErrorMessage: true,
        message: { role: "assistant", model: "<synthetic>", content: [{ type: "text", text: "API Error" }] },
      },
    ),
    [[PLAN], ["I look."]],
  ],
  [
    "claude --output-format stream-json",
    "s.jsonl",
    lines(
      { type: "system", subtype: "init", session_id: "s", tools: [] },
      { type: "assistant", message: model([{ type: "text", text: PLAN }]), session_id: "s" },
      {
        type: "user",
        message: { role: "user", content: [{ type: "tool_result", content: "Tool says" }] },
        session_id: "s",
      },
      { type: "result", subtype: "success", is_error: false, result: "Done.", session_id: "s", total_cost_usd: 0.9 },
    ),
    [[PLAN]],
  ],
  [
    "Codex before it wrapped its lines",
    "rollout.jsonl",
    lines(
      { id: "c", timestamp: "t", instructions: null },
      { record_type: "state" },
      { type: "message", role: "user", content: [{ type: "input_text", text: ASKED }] },
      { type: "reasoning", id: "r", summary: [{ type: "summary_text", text: PLAN }] },
      { type: "function_call", name: "shell", arguments: "{}", call_id: "c" },
      { type: "function_call_output", call_id: "c", output: "Tool says: a" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "Done." }] },
    ),
    [[`${PLAN}\n\nDone.`]],
  ],
  [
    "AutoGen's result",
    "a.jsonl",
    lines({
      task_result: {
        messages: [
          { source: "user", models_usage: null, content: ASKED, type: "TextMessage" },
          { source: "solver", models_usage: { prompt_tokens: 1 }, content: PLAN, type: "TextMessage" },
        ],
      },
    }),
    [[PLAN]],
  ],
  [
    "outputs below tasks",
    "n.json",
    {
      meta: { run: 1 },
      tasks: [
        {
          task: { id: "a", question: ASKED },
          model_outputs: [
            { text: PLAN, eval: { is_correct: true } },
            { text: GUESS, eval: { is_correct: false } },
          ],
        },
      ],
    },
    [
      [PLAN, true],
      [GUESS, false],
    ],
  ],
  [
    "Bedrock's blocks in LangChain",
    "l.jsonl",
    lines({
      messages: [
        { type: "human", content: ASKED },
        {
          type: "ai",
          content: [
            { type: "reasoning_content", reasoning_content: { text: PLAN } },
            { type: "text", text: "4" },
          ],
        },
      ],
    }),
    [[`${PLAN}\n\n4`]],
  ],
  [
    "ReAct in one text",
    "r.jsonl",
    lines({
      question: ASKED,
      trajectory: `Thought 1: ${PLAN}\nAction 1: Search[x]\nObservation 1: Tool says: a\nand b\nThought 2: Done.`,
      em: true,
    }),
    [[`Thought 1: ${PLAN}\nAction 1: Search[x]\nThought 2: Done.`, true]],
  ],
];

describe("what producers write", () => {
  it.each(FILES)("%s", async (what, name, content, traces) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    const got = await collect([path], { all: true });
    expect(got.error).toBeUndefined();
    expect(got.traces.map(({ text, success }) => [text, success])).toEqual(
      traces.map(([text, success]) => [text, success]),
    );
    // one question, whatever ids the runs and samples have: but where there are two, and where none is told
    const single = !/details$|sub-agent|predictions|stream-json|likelihoods/.test(what);
    if (single) expect(new Set(got.traces.map(({ problem }) => problem)).size).toBe(1);
    for (const { text } of got.traces) expect(text).not.toMatch(/Tool says|System:|API Error/);
  });
});
