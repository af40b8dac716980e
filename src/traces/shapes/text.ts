import { isObject } from "./fields.js";

/** The model's words in one string output: an echoed prompt cut off, JSON around the reasoning taken off. */
export function outputText(raw: string, prompts: readonly string[]): string {
  const echo = prompts.find((prompt) => raw.startsWith(prompt));
  const text = afterTranscript(echo === undefined ? raw : raw.slice(echo.length).trimStart());
  return reasoningInJson(text) ?? text;
}

/** Thinking before the answer; once, when the answer repeats it. */
export function joinThinking(thinking: string, answer: string): string {
  if (!thinking.trim()) return answer;
  if (!answer.trim()) return thinking;
  return answer.includes(thinking.trim()) ? answer : `${thinking}\n\n${answer}`;
}

/** How chat templates open: a text that starts so holds its prompt. */
const OPENS =
  /^\s*(?:(?:<s>|<bos>|<\|begin_of_text\|>|<｜begin▁of▁sentence｜>)\s*)*(?:<\|im_start\|>|<\|start_header_id\|>|<start_of_turn>|<｜User｜>|<\|user\|>|<\|system\|>|\[INST\]|(?:system|user)\n|(?:Human|User): |A conversation between User and Assistant)/;
/** Where the assistant's turn begins in them. */
const ASSISTANT =
  /<\|im_start\|>assistant\n|<\|start_header_id\|>assistant<\|end_header_id\|>\n*|<start_of_turn>model\n|<｜Assistant｜>|<\|assistant\|>\n?|\[\/INST\]|(?:^|\n)assistant\n|\nAssistant:/g;
/** Where another's turn begins in them. */
const OTHERS =
  /<\|im_start\|>(?:user|system|tool)\n|<\|start_header_id\|>(?:user|system|tool|ipython)<\|end_header_id\|>|<start_of_turn>user\n|<｜User｜>|<\|(?:user|system|observation)\|>|\[INST\]|\n(?:user|system|tool)\n|\n(?:Human|User):/;

/**
 * A whole transcript down to what the assistant wrote: its last turn (earlier ones may be worked examples), or all its
 * turns when tools answered in between. Any other text comes back as it is.
 */
function afterTranscript(text: string): string {
  if (text.includes("<tool_response>")) {
    const turns = assistantTurns(text, !OPENS.test(text));
    if (turns.length > 0) return turns.join("\n\n");
  }
  // A test of the first letters keeps the usual text off the pattern
  const first = text.charCodeAt(0);
  if (!(first <= 32 || first === 60 || first === 91 || first === 115 || first === 117) && !/^[HUA]/.test(text)) {
    return text;
  }
  if (!OPENS.test(text)) return text;
  return assistantTurns(text, false).at(-1) ?? text;
}

function assistantTurns(text: string, startsInside: boolean): string[] {
  const starts = [...text.matchAll(ASSISTANT)].map((m) => ({ head: m.index, start: m.index + m[0].length }));
  if (startsInside) starts.unshift({ head: 0, start: 0 });
  return starts.map(({ start }, i) => {
    const turn = text.slice(start, starts[i + 1]?.head);
    return turn.slice(0, OTHERS.exec(turn)?.index);
  });
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
