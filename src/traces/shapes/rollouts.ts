import { isObject, type Survey, survey } from "./fields.js";
import { assistantText, blockText, isBlockList, isMessage, isMessageList, messageText } from "./messages.js";
import { joinThinking } from "./text.js";

/** One output found in a field. */
export interface Rollout {
  text: string;
  /** Place within the field: index or key, undefined when the field holds a single output. */
  key?: string | number;
  /** The object that holds the output and may tell its success, reward and tokens. */
  own?: Record<string, unknown>;
  ownFields?: Survey;
}

/**
 * The outputs that a field's value holds: a text is one; messages, content blocks and agent steps are one; a list of
 * texts, of message lists or of objects, and an object of objects, are one each. Empty when there is no output in it.
 */
export function rolloutsIn(value: unknown, depth = 0): Rollout[] {
  if (typeof value === "string") return [{ text: fromJsonMessages(value) }];
  if (typeof value !== "object" || value === null || depth > 4) return [];
  if (!Array.isArray(value)) return inObject(value as Record<string, unknown>, depth);
  if (isMessageList(value)) return [{ text: assistantText(value) }];
  if (isStepList(value)) return [{ text: stepsText(value) }];
  if (isBlockList(value)) return [{ text: blockText(value) }];
  return keyed(
    value.map((item, i) => [i, item]),
    depth,
  );
}

/** Several rollouts by their key; one alone keeps none. */
function keyed(entries: [string | number, unknown][], depth: number): Rollout[] {
  const out: Rollout[] = [];
  for (const [key, item] of entries) {
    for (const rollout of rolloutsIn(item, depth + 1)) {
      out.push({ ...rollout, key: rollout.key === undefined ? key : `${key}/${rollout.key}` });
    }
  }
  if (out.length === 1) delete out[0]!.key;
  return out;
}

function inObject(object: Record<string, unknown>, depth: number): Rollout[] {
  if (isMessage(object)) return [{ text: messageText(object) }];
  // Batch APIs wrap the answer: {response: {status_code, body: {choices: [{message}]}}}
  if (isObject(object.body)) return rolloutsIn(object.body, depth + 1);
  const fields = survey(object);
  if (fields.text !== undefined) {
    const inner = rolloutsIn(object[fields.text], depth + 1);
    const thinking = thinkingOf(object, fields);
    return inner.map((rollout) => ({
      own: object,
      ownFields: fields,
      ...rollout,
      text: thinking ? joinThinking(thinking, rollout.text) : rollout.text,
    }));
  }
  const entries = Object.entries(object);
  // {"0.7": {content, correctness}, …}: outputs by temperature, sample or model
  return entries.length > 0 && entries.every(([, v]) => isObject(v) || Array.isArray(v)) ? keyed(entries, depth) : [];
}

/** Separate thinking beside the output field, as one text. */
export function thinkingOf(object: Record<string, unknown>, fields: Survey): string | undefined {
  if (fields.thinking === undefined || fields.thinking === fields.text) return undefined;
  const value = object[fields.thinking];
  return typeof value === "string" ? value : blockText(value) || undefined;
}

/** Agent steps: {thought, action, observation} (SWE-agent, ReAct). */
function isStepList(value: unknown[]): value is Record<string, unknown>[] {
  const first = value[0];
  return isObject(first) && "action" in first && ("thought" in first || "response" in first || "observation" in first);
}

function stepsText(steps: Record<string, unknown>[]): string {
  const turns: string[] = [];
  for (const step of steps) {
    if (!isObject(step)) continue;
    const text = typeof step.response === "string" && step.response.trim() ? step.response : step.thought;
    if (typeof text === "string" && text.trim()) turns.push(text);
  }
  return turns.join("\n\n");
}

/** A message list that was written into a text column as JSON comes out as what the assistant said. */
function fromJsonMessages(text: string): string {
  if (text.charCodeAt(0) !== 91 || !/^\[\s*\{\s*"(?:role|content|from|value)"/.test(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    return isMessageList(value) ? assistantText(value) : text;
  } catch {
    return text;
  }
}
