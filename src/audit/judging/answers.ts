/** Answers of a batch service, or a sheet that people filled in: read, and checked one by one. */
import { readFile } from "node:fs/promises";
import { InputError } from "../../errors.js";
import { isObject } from "../../json.js";
import { ERROR_TYPES, type ErrorType } from "./guide.js";
import { readJudgedSheet } from "./sheet.js";

export interface Verdict {
  type: ErrorType;
  quote: string;
  reason: string;
}

/**
 * What may be wrong with an answer:
 * - `malformed`: the line is no JSON, or no answer of a batch
 * - `unknown`: about no failed attempt of the files
 * - `repeated`: about an attempt that was answered before; the first counts
 * - `failed`: the service reports an error
 * - `refused`: the model declined
 * - `cut`: the answer ends too early
 * - `no-verdict`: the answer is not what was asked for
 */
export const FAULTS = ["malformed", "unknown", "repeated", "failed", "refused", "cut", "no-verdict"] as const;
export type Fault = (typeof FAULTS)[number];

/** One judge's answers. */
export interface Judge {
  path: string;
  verdicts: Map<string, Verdict>;
  faults: { fault: Fault; place: string; why: string }[];
  /** ids of answers that are there and cannot be used */
  unusable: Set<string>;
}

/** @throws InputError for a file that cannot be read */
export async function readJudge(path: string, isKnown: (id: string) => boolean): Promise<Judge> {
  let text: string;
  try {
    text = (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(
      code === "ENOENT" ? `${path}: no such file of answers` : `${path}: cannot be read: ${message}`,
    );
  }
  const judge: Judge = { path, verdicts: new Map(), faults: [], unusable: new Set() };
  const take = (id: string, place: string, read: () => Verdict | undefined) => {
    const fault = (fault: Fault, why: string) => judge.faults.push({ fault, place, why });
    if (!isKnown(id)) return fault("unknown", `${JSON.stringify(id)} is no failed attempt of these files`);
    if (judge.verdicts.has(id) || judge.unusable.has(id)) return fault("repeated", `${id} was answered before`);
    try {
      const verdict = read();
      if (verdict) judge.verdicts.set(id, verdict);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      judge.unusable.add(id);
      fault(error.fault, error.message);
    }
    return undefined;
  };
  if (/\.(csv|tsv)$/i.test(path)) {
    for (const { id, place, type, reason, quote } of await readJudgedSheet(text, path))
      take(id, place, () => (type === "" ? undefined : verdictOf({ type, reason, quote })));
    return judge;
  }
  text.split("\n").forEach((line, i) => {
    if (line.trim() === "") return;
    const place = `${path}:${i + 1}`;
    let answer: unknown;
    try {
      answer = JSON.parse(line);
    } catch (error) {
      judge.faults.push({ fault: "malformed", place, why: `not JSON: ${(error as Error).message}` });
      return;
    }
    if (!isObject(answer) || typeof answer.custom_id !== "string")
      judge.faults.push({ fault: "malformed", place, why: "no custom_id" });
    else take(answer.custom_id, place, () => verdictOf(contentOf(answer)));
  });
  return judge;
}

class Unusable extends Error {
  constructor(
    readonly fault: Fault,
    message: string,
  ) {
    super(message);
  }
}

/** What the model said, parsed. */
function contentOf(answer: Record<string, unknown>): unknown {
  const { error, response } = answer;
  if (error !== null && error !== undefined) throw new Unusable("failed", messageOf(error));
  const { status_code: status, body } = isObject(response) ? response : {};
  if (typeof status === "number" && status >= 400)
    throw new Unusable("failed", `status ${status}${isObject(body) && body.error ? `: ${messageOf(body.error)}` : ""}`);
  const choice = isObject(body) && Array.isArray(body.choices) ? body.choices[0] : undefined;
  const message = isObject(choice) ? choice.message : undefined;
  if (!isObject(choice) || !isObject(message)) throw new Unusable("no-verdict", "no message in response.body.choices");
  if (typeof message.refusal === "string" && message.refusal !== "") throw new Unusable("refused", message.refusal);
  if (choice.finish_reason === "content_filter") throw new Unusable("refused", "the service's content filter");
  const { content } = message;
  if (typeof content !== "string" || content.trim() === "")
    throw new Unusable(choice.finish_reason === "length" ? "cut" : "no-verdict", "no content");
  try {
    // some services put the JSON into a block of code, or thoughts before it
    return JSON.parse(
      /```(?:json)?\s*(\{[\s\S]*\})\s*```\s*$/.exec(content)?.[1] ?? content.replace(/^[\s\S]*<\/think>/, ""),
    );
  } catch (error) {
    throw choice.finish_reason === "length"
      ? new Unusable("cut", "the answer ends before its JSON does; allow more tokens")
      : new Unusable("no-verdict", `its content is not JSON: ${(error as Error).message}`);
  }
}

const messageOf = (error: unknown): string =>
  isObject(error) && typeof error.message === "string" ? error.message : JSON.stringify(error);

function verdictOf(value: unknown): Verdict {
  if (!isObject(value)) throw new Unusable("no-verdict", "no JSON object");
  const type = ERROR_TYPES.find((one) => one === String(value.type).trim().toLowerCase());
  if (type === undefined)
    throw new Unusable(
      "no-verdict",
      `type ${JSON.stringify(value.type) ?? "is missing"}; expected ${ERROR_TYPES.join(", ")}`,
    );
  const text = (of: unknown) => (typeof of === "string" ? of : "");
  return { type, quote: text(value.quote), reason: text(value.reason) };
}
