import { isObject } from "../../json.js";
import { canonicalJson, textHash } from "../digest.js";
import { foldName, type Survey, survey } from "./fields.js";
import { endsWithUser, isMessageList, messageTree, numberedMessages, userText } from "./messages.js";

/** Which problem an output answers, and the field that says so. */
export interface Problem {
  identity: string;
  field: string;
}

/** An id longer than this is a text, and is hashed. */
const LONGEST_ID = 128;

/**
 * The problem that an object tells for sure: an id that names it, or its text. A number is an id within one file or
 * split, so that the text goes before it.
 */
export function sureProblem(object: Record<string, unknown>, fields: Survey): Problem | undefined {
  const { problemId, problemText } = fields;
  const id = problemId === undefined ? undefined : object[problemId];
  const counted = typeof id === "number" || (typeof id === "string" && /^\d{1,15}$/.test(id));
  if (problemId !== undefined && !counted) return identify(id, problemId, false);
  const text = problemText === undefined ? undefined : textProblem(object, fields, problemText);
  if (text !== undefined) return text;
  return problemId === undefined ? undefined : within(object, identify(id, problemId, false));
}

/** Names of a problem's text that are looked into; a record that has more, all of them empty, is nobody's. */
const NAMES = 8;

function textProblem(
  object: Record<string, unknown>,
  fields: Survey,
  field: string,
  tries = NAMES,
): Problem | undefined {
  const value = object[field];
  // Alpaca keeps the question's data in `input` beside a general `instruction`
  if (field === "instruction" && typeof object.input === "string" && object.input.trim())
    return identify(`${object.instruction}\n\n${object.input}`, field, true);
  // a template's variables are the question, the template is not
  if (foldName(field) === "vars" && isObject(value)) return { identity: hashed(canonicalJson(value)), field };
  const found = identify(value, field, true);
  if (found !== undefined || fields.problemText !== field) return found;
  // the next name, where the first holds nothing that can be read
  const { [field]: _, ...others } = object;
  const rest = survey(others);
  return rest.problemText === undefined || tries === 1
    ? undefined
    : textProblem(others, rest, rest.problemText, tries - 1);
}

/**
 * The problem that an object may tell: the first user turn of the very messages that the trace comes from, or the
 * prompt kept beside a nested output; else an id that may be the record's alone.
 */
export function likelyProblem(object: Record<string, unknown>, fields: Survey, text: string): Problem | undefined {
  return messagesProblem(object, fields, text) ?? weakProblem(object, fields);
}

function weakProblem(object: Record<string, unknown>, fields: Survey): Problem | undefined {
  return fields.weakId === undefined
    ? undefined
    : within(object, identify(object[fields.weakId], fields.weakId, false));
}

/** What a numbered record's number is counted in. */
const SETS = "split subset subject dataset dataset_name data_source benchmark config".split(" ");

/** A number together with the split or data set that it counts in, where the record names one. */
function within(object: Record<string, unknown>, found: Problem | undefined): Problem | undefined {
  if (found === undefined || !/^\d+$/.test(found.identity)) return found;
  const sets = SETS.filter((name) => typeof object[name] === "string" && object[name] !== "").map(
    (name) => object[name],
  );
  return sets.length === 0 ? found : { ...found, identity: `${sets.join("/")}/${found.identity}` };
}

function messagesProblem(object: Record<string, unknown>, fields: Survey, text: string): Problem | undefined {
  const numbered = numberedMessages(object);
  if (numbered !== undefined) {
    const asked = userText(numbered);
    if (asked !== undefined) return { identity: hashed(asked), field: "message_1" };
  }
  const tree = messageTree(object);
  const first = tree === undefined ? undefined : userText(tree);
  if (first !== undefined) return { identity: hashed(first), field: "mapping" };
  for (const field of new Set([text, ...fields.texts, "history", "messages", "steps", "chosen"])) {
    if (!Object.hasOwn(object, field)) continue;
    const value = object[field];
    if (Array.isArray(value)) {
      const asked = askedIn(value);
      if (asked !== undefined) return { identity: hashed(asked), field };
    } else if (isObject(value)) {
      const inner = survey(value);
      const found = sureProblem(value, inner) ?? messagesProblem(value, inner, "");
      if (found !== undefined) return { identity: found.identity, field: `${field}.${found.field}` };
    }
  }
  return undefined;
}

/** The first user turn in a list of messages, or in a list that such a list is in (ART's, rLLM's). */
function askedIn(list: readonly unknown[]): string | undefined {
  // a prompt is asked as a whole, an episode by its first turn
  if (isMessageList(list)) return userText(list, endsWithUser(list));
  const [first] = list;
  if (!isObject(first)) return undefined;
  for (const key of ["messages_and_choices", "chat_completions", "messages", "steps"]) {
    const inner = first[key];
    if (Array.isArray(inner)) return askedIn(inner);
  }
  return undefined;
}

/** A problem by what a field holds. */
export function identify(value: unknown, field: string, isText: boolean, depth = 0): Problem | undefined {
  if (typeof value === "number" || typeof value === "boolean") return { identity: String(value), field };
  if (typeof value === "string") {
    if (!value.trim()) return undefined;
    return { identity: isText || value.length > LONGEST_ID ? hashed(value) : value, field };
  }
  if (isMessageList(value)) {
    const text = userText(value, true);
    return text === undefined ? undefined : { identity: hashed(text), field };
  }
  if (Array.isArray(value)) {
    return value.length > 0 && value.every((v) => typeof v === "string")
      ? { identity: hashed(value.join("\n")), field }
      : undefined;
  }
  return isObject(value) && depth < 4 ? identifyObject(value, field, isText, depth) : undefined;
}

function identifyObject(
  value: Record<string, unknown>,
  field: string,
  isText: boolean,
  depth: number,
): Problem | undefined {
  const inner = survey(value);
  const id = inner.problemId === undefined ? undefined : value[inner.problemId];
  if (typeof id === "string" && !/^\d+$/.test(id)) return identify(id, `${field}.${inner.problemId}`, false, depth + 1);
  for (const name of [inner.problemText, "messages", "contents", "raw", "text", "content", "body"]) {
    if (name === undefined || !Object.hasOwn(value, name)) continue;
    const found = identify(value[name], `${field}.${name}`, true, depth + 1);
    if (found !== undefined) return found;
  }
  const weak = inner.problemId ?? inner.weakId;
  if (weak !== undefined) return identify(value[weak], `${field}.${weak}`, false, depth + 1);
  // inputs of names that nobody knows: all of them together are the question
  return isText &&
    Object.values(value).some((v) => typeof v === "string" && v.trim()) &&
    /^(?:inputs?|doc|task)$/.test(foldName(field))
    ? { identity: hashed(canonicalJson(value)), field }
    : undefined;
}

export function hashed(text: string): string {
  return `sha:${textHash(text.trim())}`;
}
