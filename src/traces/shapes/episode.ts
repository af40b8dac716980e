import { isObject } from "../../json.js";
import { blockText, isMessage, messageText, speakerOf, unwrapped } from "./messages.js";
import { joinThinking } from "./text.js";

/** Names of lists whose items are steps of one attempt, not attempts. */
const STEPS =
  /^(?:intermediate_|reasoning_|solution_|agent_|trajectory_|pre_generated_)?(?:steps?|events?|iterations?|history|histories|turns|interactions?|messages|thoughts|trajectory|traj|transcript|conversations?)$/;

export const isNameOfSteps = (name: string): boolean => STEPS.test(name);

/** What tells an agent's step from an attempt. */
const MARKS = [
  ..."action actions observation tool tool_name tool_calls tool_call function_call state step step_id step_number".split(
    " ",
  ),
  ..."step_idx step_num next_goal memory current_state model_output chat_completions command url".split(" "),
];

/** An agent's step: {thought, action, observation}, {model_output, state}, [action, observation] and the like. */
export function isStep(value: unknown): boolean {
  if (Array.isArray(value)) return isActionPair(value);
  if (!isObject(value)) return false;
  if (isOfSdk(value)) return true;
  if (isMessage(unwrapped(value))) return false;
  return (
    MARKS.some((key) => key in value) &&
    (isEvent(value) || wordsOfStep(value) !== "" || "action" in value || "observation" in value)
  );
}

/** OpenHands' events: of its first version, and of its SDK, which names their kinds. */
function isEvent(value: Record<string, unknown>): boolean {
  return "source" in value && ("action" in value || "observation" in value || isOfSdk(value));
}

const isOfSdk = ({ kind, source }: Record<string, unknown>): boolean =>
  typeof kind === "string" && typeof source === "string" && /(?:Event|Observation|Condensation\w*)$/.test(kind);

/** What the agent thought and said in a list of steps, events and messages, step by step. */
export function stepsText(steps: readonly unknown[]): string {
  const last = steps.findLast((step) => isObject(step) && Array.isArray(step.chat_completions));
  // rLLM repeats the whole conversation in every step
  if (isObject(last) && steps.every((step) => !isObject(step) || typeof step.model_response !== "string"))
    return turnsIn(last.chat_completions as unknown[]);
  return turnsIn(steps);
}

function turnsIn(steps: readonly unknown[]): string {
  const turns: string[] = [];
  for (const step of steps) {
    const text = typeof step === "string" ? step : Array.isArray(step) ? actionText(step[0]) : wordsOfStep(step);
    if (text.trim()) turns.push(text);
  }
  return turns.join("\n\n");
}

/** LangChain's [action, observation]. */
function isActionPair(pair: readonly unknown[]): boolean {
  const [action] = pair;
  return pair.length === 2 && (isAction(action) || (Array.isArray(action) && action.length >= 3 && pair.length === 2));
}

const isAction = (value: unknown): value is { log: string } => isObject(value) && typeof value.log === "string";

/** The log of LangChain's action, or the third of [tool, input, log], up to the call. */
function actionText(action: unknown): string {
  const log = isAction(action) ? action.log : Array.isArray(action) ? action[2] : undefined;
  return typeof log === "string" ? withoutCall(log) : "";
}

/** ReAct's text without its lines of action. */
function withoutCall(log: string): string {
  return log
    .split("\n")
    .filter((line) => !/^\s*(?:Action(?: Input)?|Tool|Invoking)\s*:/.test(line))
    .join("\n")
    .trim();
}

const THOUGHTS = ["thought", "thoughts", "thinking", "reasoning", "reasoning_content", "rationale"];
const SAYINGS = [
  ..."response model_response assistant_response llm_response text_content message content text output answer".split(
    " ",
  ),
];
const GOALS = ["evaluation_previous_goal", "memory", "next_goal"];

/** What the agent thought and said in one step; "" when nothing, or when it is another's. */
function wordsOfStep(value: unknown): string {
  const step = unwrapped(value);
  if (!isObject(step)) return "";
  if (isEvent(step)) return wordsOfEvent(step);
  const speaker = speakerOf(step);
  if (speaker !== undefined) return speaker === "model" ? messageText(step) : "";
  if (typeof step.source === "string" && /^(?:user|system|environment|tool)$/i.test(step.source)) return "";
  if (isAction(step.action)) return withoutCall(step.action.log);
  if (isAction(step)) return withoutCall(step.log);
  // browser-use
  const brain = isObject(step.model_output) ? step.model_output : step;
  const state = isObject(brain.current_state) ? brain.current_state : brain;
  if (GOALS.some((key) => typeof state[key] === "string"))
    return [brain.thinking, ...GOALS.map((key) => state[key])]
      .filter((t) => typeof t === "string" && t.trim())
      .join("\n");
  const say = SAYINGS.map((key) => step[key]).find((v) => (typeof v === "string" && v.trim() !== "") || isBlocks(v));
  const said = say === undefined ? "" : blockText(say);
  const observed = "observation" in step || "tool" in step || "action" in step;
  const thought = THOUGHTS.map((key) => step[key]).find(
    (v) => (typeof v === "string" && v.trim() !== "") || isBlocks(v),
  );
  const thinking = thought === undefined ? "" : blockText(thought);
  // a step's response repeats its thought; beside an observation other fields may be the tool's
  if (typeof step.response === "string" && step.response.trim()) return joinThinkingOnce(thinking, step.response);
  if (thinking !== "" && observed) return thinking;
  return joinThinking(thinking, said);
}

const joinThinkingOnce = (thinking: string, response: string): string =>
  response.replace(/\s+/g, " ").includes(thinking.replace(/\s+/g, " ").trim())
    ? response
    : joinThinking(thinking, response);

const isBlocks = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

/** Words of an OpenHands event: what is no observation, from the agent, and not the system's message. */
function wordsOfEvent(event: Record<string, unknown>): string {
  if (event.source !== "agent" || "observation" in event || event.action === "system") return "";
  if (isOfSdk(event)) {
    if (isObject(event.llm_message)) return messageText(event.llm_message);
    const { action } = event;
    const said =
      isObject(action) && /^(?:Finish|Think)/.test(String(action.kind)) ? (action.message ?? action.thought) : "";
    const thinking = blockText(event.thinking_blocks) || blockText(event.reasoning_content);
    return [thinking, blockText(event.thought), blockText(said)].reduce(joinThinking, "");
  }
  const args = isObject(event.args) ? event.args : {};
  const said = /^(?:message|think|finish|agent_finish)$/.test(String(event.action))
    ? [args.content, args.final_thought, args.thought === undefined ? event.message : undefined]
    : [];
  let text = "";
  for (const words of [args.thought, ...said])
    if (typeof words === "string" && words.trim())
      text = text.includes(words.trim()) ? text : joinThinking(text, words);
  return text;
}
