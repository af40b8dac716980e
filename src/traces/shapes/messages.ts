import { isObject } from "../../json.js";
import { joinThinking } from "./text.js";

const words = (list: string) => new Set(list.split(" "));
const MODEL = words("assistant ai model gpt chatgpt bot agent gemini chatbot claude llm aimessage aimessagechunk");
const USER = words("user human humanmessage user_proxy userproxy customer");
const OTHERS = words(
  "system developer tool function function_call function_response observation environment env ipython toolmessage systemmessage tool_result tool_response",
);

/** Fields that a message keeps its words in. */
const CONTENTS = "content value text parts prompt message kwargs data".split(" ");
const SAYS = [...CONTENTS, "thinking", "thoughts", "reasoning", "reasoning_content", "tool_calls", "toolCalls"];

export type Speaker = "model" | "user" | "other";

/** Who a name of a role stands for. */
function side(name: unknown): Speaker | undefined {
  if (typeof name !== "string") return undefined;
  const role = name.toLowerCase();
  return MODEL.has(role) ? "model" : USER.has(role) ? "user" : OTHERS.has(role) ? "other" : undefined;
}

/**
 * The speaker of a message: OpenAI's `role`, ShareGPT's `from`, LangChain's and the command lines' `type`, ATIF's and
 * AutoGen's `source`, and the like; undefined if this is no message. A role that nobody knows is another's.
 */
export function speakerOf(value: unknown): Speaker | undefined {
  if (!isObject(value)) return undefined;
  const { role, from, author, type, source, sender, speaker } = value;
  const says = SAYS.some((key) => key in value);
  // an agent's event has its own rules: see episode.ts
  if (
    !says ||
    (role === undefined && source !== undefined && [value.action, value.observation].some((v) => typeof v === "string"))
  )
    return undefined;
  const kind = value.role_type ?? value.roleType;
  if (typeof kind === "string") return side(kind) ?? "other";
  if (typeof role === "string") return side(role) ?? "other";
  if (typeof from === "string" && ("value" in value || "content" in value)) return side(from) ?? "other";
  if (isObject(author) && typeof author.role === "string") return side(author.role) ?? "other";
  // LangChain's messages as it saves them
  if (value.lc === 1 && Array.isArray(value.id)) return side(value.id.at(-1));
  // AutoGen: agents have names of their own; what a model did not write used no model
  if (typeof source === "string" && "models_usage" in value)
    return value.models_usage === null
      ? (side(source) ?? "other") === "user"
        ? "user"
        : "other"
      : /Tool|Function/.test(String(type))
        ? "other"
        : "model";
  return side(source) ?? side(sender) ?? side(speaker) ?? side(author) ?? side(type);
}

export function isMessage(value: unknown): boolean {
  return speakerOf(value) !== undefined;
}

/** Whether a value is a message, or what stands beside messages in such a list: reasoning of its own. */
export const isTurn = (value: unknown): boolean => isMessage(value) || (isObject(value) && isReasoning(value));

/** A message in the wrapper that a log or an API keeps it in: {message}, {payload}, {item}. */
export function unwrapped(value: unknown): unknown {
  if (!isObject(value)) return value;
  for (const key of ["message", "payload", "item"]) {
    const inner = value[key];
    if (isObject(inner) && (isMessage(inner) || isReasoning(inner))) return inner;
  }
  return value;
}

/** A list whose every item speaks; the first that can tell decides, for lists can be long. */
export function isMessageList(value: unknown): value is Record<string, unknown>[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  const [first] = value;
  // {message} alone may be one of several choices
  return isMessage(first) || (isObject(first) && !("message" in first) && unwrapped(first) !== first);
}

/** CAMEL's {message_1: {role_type, content}, message_2: …} as a list. */
export function numberedMessages(object: Record<string, unknown>): Record<string, unknown>[] | undefined {
  const keys = Object.keys(object).filter((key) => /^message_\d+$/.test(key) && isMessage(object[key]));
  if (keys.length === 0) return undefined;
  const number = (key: string) => Number(key.slice(8));
  return keys.sort((a, b) => number(a) - number(b)).map((key) => object[key] as Record<string, unknown>);
}

/** The conversation in {mapping: {id: {parent, message}}}, as ChatGPT exports it: from its root to the node it stands at. */
export function messageTree({ mapping, current_node }: Record<string, unknown>): unknown[] | undefined {
  if (!isObject(mapping)) return undefined;
  const nodes = Object.values(mapping).filter(isObject);
  if (!nodes.some(({ message }) => isMessage(message))) return undefined;
  const parents = new Set(nodes.map(({ parent }) => parent));
  const leaves = Object.keys(mapping).filter((id) => !parents.has(id));
  const out: unknown[] = [];
  let at = typeof current_node === "string" ? current_node : leaves.at(-1);
  while (at !== undefined && out.length < nodes.length) {
    const node = Object.hasOwn(mapping, at) ? mapping[at] : undefined;
    if (!isObject(node)) break;
    if (isMessage(node.message)) out.unshift(node.message);
    at = typeof node.parent === "string" ? node.parent : undefined;
  }
  return out.length === 0 ? undefined : out;
}

/** OpenAI's {type: "reasoning"} beside messages, or the like in the stream of a command line. */
function isReasoning(value: Record<string, unknown>): boolean {
  return /^(?:agent_)?(?:reasoning|thinking|thought)$/.test(String(value.type)) || value.type === "agent_message";
}

/** Content blocks: {type: "text" | "thinking" | "reasoning" | "output_text" | …}, and those without a type. */
export function isBlockList(value: unknown): value is Record<string, unknown>[] {
  if (!Array.isArray(value) || value.length === 0 || !isObject(value[0])) return false;
  const first = value[0];
  if ("reasoningContent" in first) return true;
  return (
    typeof first.type === "string" &&
    ["text", "thinking", "reasoning", "content", "summary", "data"].some((key) => key in first)
  );
}

/** What the model says in a message list, turn by turn; worked examples (`is_demo`) are not its own. */
export function assistantText(messages: readonly unknown[]): string {
  return turnsOf(messages).join("\n\n");
}

/** The model's turns. */
export function turnsOf(messages: readonly unknown[]): string[] {
  const turns: string[] = [];
  for (const item of messages) {
    const message = unwrapped(item);
    if (!isObject(message) || isDemo(message) || isSynthetic(item)) continue;
    // the Responses API's list, and Codex's: reasoning and calls of tools stand beside the messages
    const speaker = isReasoning(message) ? "model" : speakerOf(message);
    if (speaker !== "model") continue;
    const text = messageText(message);
    if (text.trim()) turns.push(text);
  }
  return turns;
}

/** Whether the last that speaks in a list is a user: such a list is a prompt as a rule. */
export function endsWithUser(messages: readonly unknown[]): boolean {
  for (let i = messages.length - 1; i >= 0; i--) {
    const speaker = speakerOf(unwrapped(messages[i]));
    if (speaker !== undefined) return speaker === "user";
  }
  return false;
}

const ELEMENT = /^\s*<([a-z_-]+)>[\s\S]*<\/\1>\s*$|^This is the Gemini CLI\./;

/** The first user turn of a message list, or all of them; the system text when there is no user. */
export function userText(messages: readonly unknown[], all = false): string | undefined {
  const turns: string[] = [];
  let system: string | undefined;
  let surroundings: string | undefined;
  for (const item of messages) {
    const message = unwrapped(item);
    const speaker = speakerOf(message);
    if (speaker === undefined || isDemo(message)) continue;
    const text = contentOf(message as Record<string, unknown>);
    if (speaker === "other") system ??= text;
    if (speaker !== "user" || !text.trim()) continue;
    // what a command line says of its surroundings stands in one element, before the user's words
    if (ELEMENT.test(text) && !all) surroundings ??= text;
    else if (!all) return text;
    turns.push(text);
  }
  if (surroundings !== undefined) return surroundings;
  return turns.length > 0 ? turns.join("\n\n") : system || undefined;
}

/** What a command line writes in the model's place: of errors and interruptions. */
const isSynthetic = (item: unknown): boolean =>
  isObject(item) &&
  (item.isApiErrorMessage === true || (isObject(item.message) && item.message.model === "<synthetic>"));

function isDemo(message: unknown): boolean {
  return isObject(message) && message.is_demo === true;
}

function contentOf(message: Record<string, unknown>): string {
  const inner = message.lc === 1 ? message.kwargs : message.data;
  if (isObject(inner) && message.content === undefined) return contentOf(inner);
  for (const key of CONTENTS) {
    const value = message[key];
    if (typeof value === "string") return value;
    if (Array.isArray(value)) return blockText(value);
    if (isObject(value) && key !== "message") return blockText([value]);
  }
  return "";
}

/** One message's thinking and words. */
export function messageText(message: Record<string, unknown>): string {
  const inner = message.lc === 1 ? message.kwargs : message.data;
  if (isObject(inner) && message.content === undefined) return messageText(inner);
  if (isReasoning(message)) return blockText([message]);
  const content = contentOf(message);
  const thinking = thinkingIn(message);
  return thinking === undefined ? content : joinThinking(thinking, content);
}

/** Thinking that a message keeps apart from its content. */
function thinkingIn(message: Record<string, unknown>): string | undefined {
  for (const name of [
    "reasoning_content",
    "reasoning",
    "thinking",
    "thoughts",
    "reasoning_details",
    "thinking_blocks",
  ]) {
    const value = message[name];
    if (typeof value === "string" && value.trim()) return value;
    if (Array.isArray(value)) {
      const text = blockText(value);
      if (text.trim()) return text;
    }
  }
  for (const name of ["additional_kwargs", "provider_specific_fields", "model_extra"]) {
    const more = message[name];
    if (isObject(more)) return thinkingIn(more);
  }
  return undefined;
}

/** Blocks that hold no words of the model's. */
const NO_WORDS = /tool|function|image|refusal|redacted|executable|execution|audio|file|encrypted|call|search/;

/** Text of a content field: a string, or blocks in their order; tool calls and their results are left out. */
export function blockText(content: unknown, depth = 0): string {
  if (typeof content === "string") return content;
  if (isObject(content)) return blockText([content], depth);
  if (!Array.isArray(content) || depth > 4) return "";
  const parts: string[] = [];
  for (const block of content) {
    if (typeof block === "string") parts.push(block);
    if (!isObject(block) || (typeof block.type === "string" && NO_WORDS.test(block.type))) continue;
    if (block.redacted === true) continue;
    if (isMessage(block) && speakerOf(block) !== "model") continue;
    const part = wordsOf(block, depth);
    if (part.trim()) parts.push(part);
  }
  return parts.join("\n\n");
}

/** Where a block keeps its words, best first. */
const WORDS = "thinking reasoning reasoning_content thought thoughts text content summary parts answer output".split(
  " ",
);

/** The words of one block; of an open reasoning and its summary, the former. */
function wordsOf(block: Record<string, unknown>, depth: number): string {
  const { reasoningContent } = block;
  if (isObject(reasoningContent)) return blockText(reasoningContent.reasoningText, depth + 1);
  // Gemini CLI's thoughts
  if (typeof block.subject === "string" && typeof block.description === "string")
    return `${block.subject}: ${block.description}`;
  for (const key of WORDS) {
    const value = block[key];
    const text = typeof value === "string" ? value : typeof value === "object" ? blockText(value, depth + 1) : "";
    if (!text.trim()) continue;
    // {answer, thought} of one turn
    const answer =
      key === "thought" || key === "reasoning" || key === "thinking" ? (block.answer ?? block.text) : undefined;
    return typeof answer === "string" ? joinThinking(text, answer) : text;
  }
  return "";
}
