/** Requests for any batch service that takes OpenAI's format, one JSON line each. */
import type { Failure } from "./failures.js";
import { ANSWER_SCHEMA, GUIDE } from "./guide.js";

/** Longer texts lose their middle: with these, a request stays below 32,000 tokens of English. */
const LONGEST = { problem: 20_000, attempt: 60_000, right: 20_000 };

export interface BatchRequest {
  custom_id: string;
  method: "POST";
  url: "/v1/chat/completions";
  body: {
    model: string;
    messages: { role: "system" | "user"; content: string }[];
    response_format: { type: "json_schema"; json_schema: typeof ANSWER_SCHEMA };
  };
}

export function requestOf(failure: Failure, model: string): BatchRequest {
  return {
    custom_id: failure.id,
    method: "POST",
    url: "/v1/chat/completions",
    body: {
      model,
      messages: [
        { role: "system", content: GUIDE },
        { role: "user", content: materialOf(failure) },
      ],
      response_format: { type: "json_schema", json_schema: ANSWER_SCHEMA },
    },
  };
}

/** Whether a text of it is cut. */
export const isCut = ({ problemText = "", text, right = "" }: Failure): boolean =>
  problemText.length > LONGEST.problem || text.length > LONGEST.attempt || right.length > LONGEST.right;

function materialOf({ problem, problemText, text, right }: Failure): string {
  const part = (name: string, content: string) => `<<<${name}>>>\n${content}\n<<<end of ${name}>>>`;
  return [
    part(
      "problem",
      problemText === undefined ? `(no text; its name is ${problem})` : cut(problemText, LONGEST.problem),
    ),
    part("failed attempt", cut(text, LONGEST.attempt)),
    ...(right === undefined ? [] : [part("right attempt", cut(right, LONGEST.right))]),
  ].join("\n\n");
}

/** The beginning and the end of a text that is too long. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor(most / 2);
  // no half of a surrogate pair
  const head = text.slice(0, half).replace(/[\ud800-\udbff]$/, "");
  const tail = text.slice(-half).replace(/^[\udc00-\udfff]/, "");
  return `${head}\n[… ${text.length - head.length - tail.length} characters left out …]\n${tail}`;
}
