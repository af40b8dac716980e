import { isObject } from "../../json.js";
import { afterTranscript } from "./templates.js";

/** The model's words in one string output: an echoed prompt cut off, JSON around the reasoning taken off. */
export function outputText(raw: string, prompts: readonly string[]): string {
  const echo = prompts.find((prompt) => raw.startsWith(prompt));
  const text = afterTranscript(echo === undefined ? raw : raw.slice(echo.length).trimStart());
  return reasoningInJson(text) ?? withoutObservations(text);
}

/** ReAct's thoughts and actions in one text, without what the tools said in between. */
function withoutObservations(text: string): string {
  if (!text.includes("\nObservation") || !/^\s*Thought(?: \d+)?:/.test(text)) return text;
  return text.replace(
    /\nObservation(?: \d+)?:[\s\S]*?(?=\n(?:Thought|Action|Final Answer)(?: \d+)?:|$(?![\s\S]))/g,
    "",
  );
}

/** Thinking before the answer; once, when the answer repeats it. */
export function joinThinking(thinking: string, answer: string): string {
  if (!thinking.trim()) return answer;
  if (!answer.trim()) return thinking;
  return answer.includes(thinking.trim()) ? answer : `${thinking}\n\n${answer}`;
}

const REASONING = "reasoning thinking thought thoughts rationale chain_of_thought explanation analysis steps".split(
  " ",
);

/**
 * The reasoning inside an output that is, as a whole, one JSON object or one fenced JSON object, as
 * ```json {"reasoning": …, "answer": …}```. Undefined for anything else.
 */
function reasoningInJson(text: string): string | undefined {
  const first = text.charCodeAt(0);
  if (first !== 123 && first !== 96 && first > 32) return undefined;
  let body = text.trim();
  const fence = /^```(?:json)?\s*(?=\{)/i.exec(body);
  // not a pattern with \s* before an end: it would look through a run of spaces from each of them
  if (fence) body = body.slice(fence[0].length, body.endsWith("```") ? -3 : undefined).trimEnd();
  if (body[0] !== "{") return undefined;
  const object = parseLeniently(body);
  if (!isObject(object)) return undefined;
  for (const name of REASONING) {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (typeof value === "string" && value.trim()) return value;
    if (Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === "string")) return value.join("\n");
  }
  return undefined;
}

/** JSON as models write it: bare LaTeX backslashes and line breaks inside strings are taken as meant. */
function parseLeniently(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    if (body.length > MAX_REPAIR) return undefined;
    try {
      return JSON.parse(repaired(body));
    } catch {
      return undefined;
    }
  }
}

/** Longer outputs than this are not one hand-written JSON object. */
const MAX_REPAIR = 1e6;
/** What may follow a backslash in JSON; of the letters, those that do not begin a LaTeX command here (\neq, \times). */
const ESCAPE = /["\\/]|u[\da-fA-F]{4}|n(?!eq|abla|u\b|ot\b|e\b|i\b|mid)|[bfrt](?![a-zA-Z])/y;

function repaired(body: string): string {
  let out = "";
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const c = body[i]!;
    if (!inString || c >= " ") {
      out += c;
      if (c === '"') inString = !inString;
      if (c !== "\\" || !inString) continue;
      ESCAPE.lastIndex = i + 1;
      if (ESCAPE.test(body)) out += body[++i];
      else out += "\\";
    } else out += c === "\n" ? "\\n" : c === "\t" ? "\\t" : "";
  }
  return out;
}
