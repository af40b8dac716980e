import { isObject } from "../../json.js";
import { spelled } from "./cells.js";
import { isNameOfSteps, isStep, stepsText } from "./episode.js";
import { foldName, type Survey, survey } from "./fields.js";
import {
  assistantText,
  blockText,
  isBlockList,
  isMessage,
  isMessageList,
  messageText,
  numberedMessages,
  speakerOf,
} from "./messages.js";
import { joinThinking } from "./text.js";

/** One output found in a field. */
export interface Rollout {
  text: string;
  /** Place within the field: index or key, undefined when the field holds a single output. */
  key?: string | number;
  /** The object that holds the output and may tell its success, reward and tokens. */
  own?: Record<string, unknown>;
  ownFields?: Survey;
  /** name of the field in `own` */
  ownField?: string;
}

/**
 * The outputs that a field's value holds: a text is one; messages, content blocks and agent steps are one; a list of
 * texts, of message lists or of objects, and an object of objects or texts, are one each. Empty when there is no output
 * in it.
 * @param name the field's, which tells steps of one attempt from attempts
 */
export function rolloutsIn(value: unknown, name = "", depth = 0): Rollout[] {
  if (typeof value === "string") {
    const inner = writtenOut(value, name);
    return inner === undefined ? [{ text: value }] : rolloutsIn(inner, name, depth + 1);
  }
  if (typeof value !== "object" || value === null || depth > 6) return [];
  if (!Array.isArray(value)) return inObject(value as Record<string, unknown>, depth);
  const fold = foldName(name);
  if (isMessageList(value)) return [{ text: assistantText(value) }];
  if (value.every((item) => typeof item === "string")) {
    // a question's options
    if (fold === "choices") return [];
    if (isNameOfSteps(fold)) return [{ text: value.join("\n\n") }];
  }
  if (isLikelihood(value)) return [];
  if (value.some(isStep)) return [{ text: stepsText(value) }];
  if (isBlockList(value)) return [{ text: blockText(value) }];
  if (isNameOfSteps(fold) && value.every(isObject)) {
    const text = stepsText(value);
    if (text !== "") return [{ text }];
  }
  return keyed(
    value.map((item, i) => [i, item]),
    depth,
  );
}

/** How likely a text was and whether it is the likeliest, as lm-evaluation-harness logs it for each option. */
function isLikelihood(value: readonly unknown[]): boolean {
  const [likely, greedy] = value;
  return value.length === 2 && /^-?[\d.e+-]+$/.test(String(likely)) && /^(?:true|false)$/i.test(String(greedy));
}

/** Several rollouts by their key; one alone keeps none. */
function keyed(entries: [string | number, unknown][], depth: number): Rollout[] {
  const out: Rollout[] = [];
  for (const [key, item] of entries) {
    for (const rollout of rolloutsIn(item, "", depth + 1)) {
      out.push({ ...rollout, key: rollout.key === undefined ? key : `${key}/${rollout.key}` });
    }
  }
  if (out.length === 1) delete out[0]!.key;
  return out;
}

function inObject(object: Record<string, unknown>, depth: number): Rollout[] {
  const numbered = numberedMessages(object);
  if (numbered !== undefined) return [{ text: assistantText(numbered) }];
  if (isMessage(object)) return speakerOf(object) === "model" ? [{ text: messageText(object) }] : [];
  // Batch APIs wrap the answer: {response: {status_code, body: {choices: [{message}]}}}
  if (isObject(object.body)) return rolloutsIn(object.body, "", depth + 1);
  const fields = survey(object);
  const thinking = thinkingOf(object, fields);
  for (const field of fields.texts) {
    // Gemini's and FastChat's: {content: {parts}}, {turns: [text, text]}
    const inner = rolloutsIn(object[field], field, depth + 1);
    if (inner.length === 0) continue;
    const each = thinkingOfEach(object, inner.length);
    return inner.map((rollout, i) => ({
      own: object,
      ownFields: fields,
      ownField: field,
      ...rollout,
      text: joinThinking(each?.[i] ?? (field === fields.thinking ? "" : (thinking ?? "")), rollout.text),
    }));
  }
  if (Array.isArray(object.parts)) return [{ text: blockText(object.parts) }];
  const entries = Object.entries(object);
  // {"0.7": {content, correctness}, …}: outputs by temperature, sample or model
  const structured = entries.length > 0 && entries.every(([, v]) => isObject(v) || Array.isArray(v));
  return structured ? keyed(entries, depth) : [];
}

/** {"model-a": "text", "model-b": "text"}: outputs by model or sample. */
export function textsByKey(object: Record<string, unknown>): Rollout[] {
  const entries = Object.entries(object);
  return entries.length > 1 && entries.every(([, v]) => typeof v === "string")
    ? entries.map(([key, text]) => ({ text: text as string, key }))
    : [];
}

/** A list of thoughts in parallel to the list of outputs; undefined where there is none. */
export function thinkingOfEach(object: Record<string, unknown>, count: number): string[] | undefined {
  for (const name of ["reasonings", "reasoning_contents", "reasoning_content", "thinkings"]) {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (Array.isArray(value) && value.length === count && value.every((v) => typeof v === "string" || v === null))
      return value.map((v) => v ?? "");
  }
  return undefined;
}

/** Separate thinking beside the output field, as one text. */
export function thinkingOf(object: Record<string, unknown>, fields: Survey): string | undefined {
  if (fields.thinking === undefined) return undefined;
  const value = object[fields.thinking];
  return typeof value === "string" ? value : blockText(value) || undefined;
}

/**
 * Messages, or outputs of a field of several, that were written into a text column as JSON or as Python's literals. A
 * text that only looks like a list may be the model's.
 */
function writtenOut(text: string, name: string): unknown {
  const first = /^\s*[[{]/.test(text);
  if (!first) return undefined;
  const messages = /^\s*\[?\s*\{\s*['"](?:role|content|from|value|type)['"]/.test(text);
  const several = /(?:s|_list|traj|trajectory|history)$/.test(foldName(name));
  if (!messages && !several) return undefined;
  const value = spelled(text);
  if (value === undefined) return undefined;
  if (Array.isArray(value) ? isMessageList(value) || isBlockList(value) : isMessage(value)) return value;
  return several && Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === "string" || isObject(v))
    ? value
    : undefined;
}
