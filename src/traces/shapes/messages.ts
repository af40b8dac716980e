import { isObject } from "./fields.js";
import { joinThinking } from "./text.js";

const ASSISTANT = new Set("assistant ai model gpt chatgpt bot agent".split(" "));
const USER = new Set(["user", "human"]);

/** The speaker of a message (OpenAI `role`, ShareGPT `from`), in lower case; undefined if this is no message. */
function speakerOf(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const speaker = value.role ?? value.from;
  return typeof speaker === "string" &&
    ("content" in value || "value" in value || "thinking" in value || "tool_calls" in value)
    ? speaker.toLowerCase()
    : undefined;
}

export function isMessage(value: unknown): boolean {
  return speakerOf(value) !== undefined;
}

/** A list whose every item speaks; the first decides, for lists can be long. */
export function isMessageList(value: unknown): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.length > 0 && isMessage(value[0]);
}

/** A content block: {type: "text" | "thinking" | "reasoning" | "output_text" | …} as in the Anthropic and OpenAI APIs. */
export function isBlockList(value: unknown): value is Record<string, unknown>[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    isObject(value[0]) &&
    typeof value[0].type === "string" &&
    ("text" in value[0] ||
      "thinking" in value[0] ||
      "content" in value[0] ||
      "summary" in value[0] ||
      "data" in value[0])
  );
}

/** What the assistant says in a message list, turn by turn; worked examples (`is_demo`) are not its own. */
export function assistantText(messages: readonly unknown[]): string {
  const turns: string[] = [];
  for (const message of messages) {
    if (!ASSISTANT.has(speakerOf(message) ?? "") || isDemo(message)) continue;
    const text = messageText(message as Record<string, unknown>);
    if (text.trim()) turns.push(text);
  }
  return turns.join("\n\n");
}

/** The first user turn of a message list, or all of them; the system text when there is no user. */
export function userText(messages: readonly unknown[], all = false): string | undefined {
  const turns: string[] = [];
  let system: string | undefined;
  for (const message of messages) {
    const speaker = speakerOf(message);
    if (isDemo(message)) continue;
    if (speaker === "system") system ??= blockText((message as Record<string, unknown>).content);
    if (!USER.has(speaker ?? "")) continue;
    const text = blockText((message as Record<string, unknown>).content ?? (message as Record<string, unknown>).value);
    if (!text.trim()) continue;
    if (!all) return text;
    turns.push(text);
  }
  return turns.length > 0 ? turns.join("\n\n") : system || undefined;
}

function isDemo(message: unknown): boolean {
  return isObject(message) && message.is_demo === true;
}

/** One message's thinking and words. */
export function messageText(message: Record<string, unknown>): string {
  const content = blockText(message.content ?? message.value);
  const thinking = message.reasoning_content ?? message.reasoning ?? message.thinking;
  if (typeof thinking === "string") return joinThinking(thinking, content);
  const blocks = blockText(message.thinking_blocks);
  return blocks ? joinThinking(blocks, content) : content;
}

/** Text of a content field: a string, or blocks in their order; tool calls and their results are left out. */
export function blockText(content: unknown, depth = 0): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content) || depth > 3) return "";
  const parts: string[] = [];
  for (const block of content) {
    if (typeof block === "string") parts.push(block);
    if (!isObject(block) || (typeof block.type === "string" && /tool|function|image|refusal/.test(block.type)))
      continue;
    const text = block.thinking ?? block.text ?? block.summary ?? block.content;
    const part = typeof text === "string" ? text : blockText(text, depth + 1);
    if (part.trim()) parts.push(part);
  }
  return parts.join("\n\n");
}
