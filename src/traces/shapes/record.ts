import { textHash } from "../digest.js";
import type { SkipReason, Trace, TraceOptions } from "../trace.js";
import { isObject, type Survey, survey, valueAt } from "./fields.js";
import { isMessageList, userText } from "./messages.js";
import { type Rollout, rolloutsIn, thinkingOf } from "./rollouts.js";
import { stepOfFile } from "./step.js";
import { rewardOf, successByPattern, successOf } from "./success.js";
import { joinThinking, outputText } from "./text.js";

/** What a record gives; every record gives at least one trace or one reason. */
export interface TracesOfRecord {
  traces: Trace[];
  skipped: { reason: SkipReason }[];
}

/**
 * The traces in one record. Fields are taken by name (see fields.ts) from this record alone; options name them
 * instead. Failed traces are kept with `success: false`; those of unknown success are kept only with `all`.
 * @param at.file the file's name, which may tell the training step
 */
export function tracesOf(record: unknown, options: TraceOptions, at: { file: string }): TracesOfRecord {
  const object = isMessageList(record) ? { messages: record } : record;
  if (!isObject(object)) return { traces: [], skipped: [{ reason: "malformed" }] };
  const fields = survey(object);
  const step = stepOf(object, fields, options, at.file);

  const found = options.textField !== undefined ? named(object, options.textField) : detected(object, fields);
  if (found.rollouts.length === 0) return { traces: [], skipped: [{ reason: "no-trace" }] };

  const out: TracesOfRecord = { traces: [], skipped: [] };
  const prompts = promptsOf(object, fields);
  const problem = problemOf(object, fields, options);
  const id = fields.id === undefined ? undefined : (object[fields.id] as string | number);
  const { rollouts } = found;
  for (let i = 0; i < rollouts.length; i++) {
    const rollout = rollouts[i]!;
    const text = outputText(rollout.text, prompts);
    if (!text.trim()) {
      out.skipped.push({ reason: "empty" });
      continue;
    }
    const own =
      parallelProblem(object, fields, options, i, rollouts.length) ??
      problem ??
      (rollout.own && problemOf(rollout.own, rollout.ownFields!, options));
    if (own === undefined) {
      out.skipped.push({ reason: "no-problem" });
      continue;
    }
    const verdict = successFor(object, fields, rollout, i, rollouts.length, options, step);
    if (verdict.success === undefined && !options.all) {
      out.skipped.push({ reason: "unknown-success" });
      continue;
    }
    const trace: Trace = {
      problem: own.identity,
      text,
      success: verdict.success,
      fields: { text: rollout.field ?? found.field, problem: own.field },
    };
    if (verdict.field !== undefined) trace.fields.success = verdict.field;
    const reward = rewardFor(object, fields, rollout, i, rollouts.length);
    if (reward !== undefined) trace.reward = reward;
    const at = step ?? verdict.step;
    if (at !== undefined) trace.step = at;
    if (rollout.key !== undefined) trace.id = id === undefined ? rollout.key : `${id}/${rollout.key}`;
    else if (id !== undefined) trace.id = id;
    addTokens(trace, object, fields, rollout, i, rollouts.length, options);
    out.traces.push(trace);
  }
  return out;
}

interface Found {
  field: string;
  rollouts: (Rollout & { field?: string; successField?: string })[];
}

function named(object: Record<string, unknown>, field: string): Found {
  return { field, rollouts: rolloutsIn(valueAt(object, field)) };
}

function detected(object: Record<string, unknown>, fields: Survey): Found {
  const byModel = trajectoriesByModel(object);
  if (byModel.length > 0) return { field: byModel[0]!.field!, rollouts: byModel };
  if (fields.text !== undefined && !isLastResort(fields.text)) {
    const value = object[fields.text];
    const thinking = thinkingOf(object, fields);
    const rollouts = typeof value === "string" && value[0] !== "[" ? [{ text: value }] : rolloutsIn(value);
    if (rollouts.length > 0) {
      if (thinking && rollouts.length === 1) rollouts[0]!.text = joinThinking(thinking, rollouts[0]!.text);
      return { field: fields.text, rollouts };
    }
  }
  const groups = groupsIn(object);
  if (groups.length > 0) return { field: groups[0]!.field!, rollouts: groups };
  const field = fields.text ?? "";
  return { field, rollouts: field === "" ? [] : rolloutsIn(object[field]) };
}

/** Names that may well hold a reference: other shapes are tried before them. */
function isLastResort(field: string): boolean {
  return /^(?:solutions?|answer|prediction)$/i.test(field);
}

/** s1K: `deepseek_thinking_trajectory`, `deepseek_attempt` and `deepseek_grade`, once per model. */
function trajectoriesByModel(object: Record<string, unknown>): Found["rollouts"] {
  const out: Found["rollouts"] = [];
  for (const key of Object.keys(object)) {
    const model = /^(.+)_thinking_trajectory$/.exec(key)?.[1];
    if (model === undefined) continue;
    const thinking = object[key];
    if (typeof thinking !== "string" || !thinking.trim()) continue;
    const attempt = object[`${model}_attempt`];
    const text = joinThinking(thinking, typeof attempt === "string" ? attempt : "");
    out.push({ text, key: model, field: key, successField: `${model}_grade` });
  }
  return out;
}

/** Rollouts under names of their own, as {"175b_verification": {solution, is_correct}, …}. */
function groupsIn(object: Record<string, unknown>): Found["rollouts"] {
  const out: Found["rollouts"] = [];
  for (const key of Object.keys(object)) {
    const own = object[key];
    if (!isObject(own)) continue;
    const fields = survey(own);
    if (fields.text === undefined || fields.success === undefined) continue;
    for (const rollout of rolloutsIn(own)) {
      const path = rollout.key === undefined ? key : `${key}/${rollout.key}`;
      out.push({ own, ownFields: fields, ...rollout, key: path, field: `*.${fields.text}` });
    }
  }
  return out;
}

function stepOf(
  object: Record<string, unknown>,
  fields: Survey,
  options: TraceOptions,
  file: string,
): string | number | undefined {
  const value =
    options.stepField !== undefined ? valueAt(object, options.stepField) : fields.step && object[fields.step];
  // CSV has no numbers: "120" is step 120
  if (typeof value === "string") return /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof value === "number") return value;
  return options.stepField === undefined ? fileStep(file) : undefined;
}

let lastFile = "";
let lastStep: number | undefined;
/** stepOfFile, worked out once per file. */
function fileStep(file: string): number | undefined {
  if (file !== lastFile) {
    lastStep = stepOfFile(file);
    lastFile = file;
  }
  return lastStep;
}

/** An id longer than this is a text, and is hashed. */
const LONGEST_ID = 128;

function problemOf(
  object: Record<string, unknown>,
  fields: Survey,
  options: TraceOptions,
): { identity: string; field: string } | undefined {
  if (options.problemField !== undefined) {
    const value = valueAt(object, options.problemField);
    return identify(value, options.problemField, false);
  }
  if (fields.problemId !== undefined) return identify(object[fields.problemId], fields.problemId, false);
  if (fields.problemText !== undefined) {
    const field = fields.problemText;
    // Alpaca keeps the question's data in `input` beside a general `instruction`
    if (field === "instruction" && typeof object.input === "string" && object.input.trim()) {
      return identify(`${object.instruction}\n\n${object.input}`, field, true);
    }
    const value = identify(object[field], field, true);
    if (value !== undefined) return value;
  }
  if (fields.weakId !== undefined) {
    // A message list or a nested prompt says more than a record's number
    return messagesProblem(object, fields) ?? identify(object[fields.weakId], fields.weakId, false);
  }
  return messagesProblem(object, fields);
}

/** The first user turn of the very messages the trace comes from, or the prompt kept beside a nested output. */
function messagesProblem(
  object: Record<string, unknown>,
  fields: Survey,
): { identity: string; field: string } | undefined {
  for (const field of [fields.text, "history", "messages"]) {
    if (field === undefined || !Object.hasOwn(object, field)) continue;
    const value = object[field];
    if (isMessageList(value)) {
      const text = userText(value);
      if (text !== undefined) return { identity: hashed(text), field };
    } else if (isObject(value)) {
      const inner = survey(value).problemText;
      if (inner !== undefined) {
        const found = identify(value[inner], `${field}.${inner}`, true);
        if (found !== undefined) return found;
      }
    }
  }
  return undefined;
}

function identify(value: unknown, field: string, isText: boolean): { identity: string; field: string } | undefined {
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
  if (isObject(value)) {
    const inner = survey(value);
    const name = inner.problemText ?? inner.problemId ?? inner.weakId;
    return name === undefined || isObject(value[name])
      ? undefined
      : identify(value[name], `${field}.${name}`, name === inner.problemText);
  }
  return undefined;
}

function hashed(text: string): string {
  return `sha:${textHash(text.trim())}`;
}

/** Problems in a list beside the list of outputs: {prompt: [a, b], completion: [c, d]}. */
function parallelProblem(
  object: Record<string, unknown>,
  fields: Survey,
  options: TraceOptions,
  index: number,
  count: number,
): { identity: string; field: string } | undefined {
  const field = options.problemField ?? fields.problemText;
  if (count < 2 || field === undefined || fields.problemId !== undefined) return undefined;
  const value = options.problemField === undefined ? object[field] : valueAt(object, field);
  return Array.isArray(value) && value.length === count && !isMessageList(value)
    ? identify(value[index], field, options.problemField === undefined)
    : undefined;
}

/** The texts that the model was given, should the output repeat one. Shorter ones may open an answer by chance. */
function promptsOf(object: Record<string, unknown>, fields: Survey): string[] {
  const prompts: string[] = [];
  for (const name of ["prompt", "input", fields.problemText]) {
    const value = name !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
    if (typeof value === "string" && value.length >= 16) prompts.push(value);
  }
  return prompts;
}

interface Verdict {
  success: boolean | undefined;
  field?: string;
  step?: number;
}

function successFor(
  object: Record<string, unknown>,
  fields: Survey,
  rollout: Found["rollouts"][number],
  index: number,
  count: number,
  options: TraceOptions,
  step: string | number | undefined,
): Verdict {
  const { successThreshold: threshold } = options;
  if (options.successField !== undefined) {
    const field = options.successField;
    const own = rollout.own && valueAt(rollout.own, field);
    const value = own ?? parallel(valueAt(object, field), index, count);
    return { success: successOf(value, threshold), field };
  }
  if (rollout.successField !== undefined) {
    return { success: successOf(object[rollout.successField], threshold), field: rollout.successField };
  }
  if (rollout.ownFields?.success !== undefined) {
    const success = successOf(rollout.own![rollout.ownFields.success], threshold);
    if (success !== undefined) return { success, field: `*.${rollout.ownFields.success}` };
  }
  if (fields.success !== undefined) {
    const success = successOf(parallel(object[fields.success], index, count), threshold);
    return { success, field: fields.success };
  }
  const found = successByPattern(object, step);
  if (found === undefined) return { success: undefined };
  return { success: successOf(parallel(object[found.field], index, count), threshold), ...found };
}

/** The value for one of several rollouts: lists run in parallel with them, anything else holds for all. */
function parallel(value: unknown, index: number, count: number): unknown {
  if (!Array.isArray(value)) return value;
  if (value.length === count) return value[index];
  return count === 1 ? value : undefined;
}

function rewardFor(
  object: Record<string, unknown>,
  fields: Survey,
  rollout: Rollout,
  index: number,
  count: number,
): number | undefined {
  if (rollout.ownFields?.reward !== undefined) return rewardOf(rollout.own![rollout.ownFields.reward]);
  return fields.reward === undefined ? undefined : rewardOf(parallel(object[fields.reward], index, count));
}

function addTokens(
  trace: Trace,
  object: Record<string, unknown>,
  fields: Survey,
  rollout: Rollout,
  index: number,
  count: number,
  options: TraceOptions,
): void {
  const tokenIds = options.tokenField === undefined ? found("tokenIds") : asked(options.tokenField);
  if (tokenIds !== undefined) trace.tokenIds = tokenIds;
  const entropies = found("entropies");
  if (entropies !== undefined) trace.entropies = entropies;
  const logprobs = found("logprobs");
  if (logprobs !== undefined) trace.logprobs = logprobs;

  function found(role: "tokenIds" | "entropies" | "logprobs"): number[] | undefined {
    const own = rollout.ownFields?.[role];
    if (own !== undefined) return numbers(rollout.own![own], 0, 1);
    return fields[role] === undefined ? undefined : numbers(object[fields[role]], index, count);
  }

  /** A field of the rollout itself, by its name or by its path through the record; else of the record. */
  function asked(path: string): number[] | undefined {
    const parts = path.split(".");
    for (let i = 0; rollout.own && i < parts.length; i++) {
      const own = valueAt(rollout.own, parts.slice(i).join("."));
      if (own !== undefined) return numbers(own, 0, 1);
    }
    return numbers(valueAt(object, path), index, count);
  }
}

/**
 * A list of numbers; of a list of lists, the rollout's. One list for several rollouts is none of theirs. OpenAI's
 * {content: [{logprob}]} counts as its numbers.
 */
function numbers(value: unknown, index: number, count: number): number[] | undefined {
  let list = value;
  if (isObject(list) && Array.isArray(list.content)) list = list.content.map((t) => (isObject(t) ? t.logprob : t));
  if (Array.isArray(list) && Array.isArray(list[0])) list = parallel(list, index, count);
  else if (count > 1) return undefined;
  if (Array.isArray(list) && list.length === 1 && Array.isArray(list[0])) list = list[0];
  return Array.isArray(list) && list.length > 0 && list.every((n) => typeof n === "number") ? list : undefined;
}
