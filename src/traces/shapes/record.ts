import { printable } from "../../errors.js";
import { isObject } from "../../json.js";
import type { SkipReason, Trace, TraceOptions } from "../trace.js";
import { type Attempts, attemptsIn, type FoundRollout, namedAttempts } from "./attempts.js";
import { spelled } from "./cells.js";
import { whereElse } from "./elsewhere.js";
import { type Survey, survey } from "./fields.js";
import { isMessageList, messageText, numberedMessages, speakerOf, unwrapped } from "./messages.js";
import { nearest, reach } from "./paths.js";
import { hashed, identify, likelyProblem, type Problem, sureProblem } from "./problem.js";
import { stepOfFile } from "./step.js";
import { rewardOf, successOf, type Told, toldBy, type Verdict, verdictsByPattern } from "./success.js";
import { outputText } from "./text.js";

/** An output that is not taken, or a record without one. */
export interface Skipped {
  reason: SkipReason;
  /** says more than the reason does, where something decides that can be named */
  why?: string;
  /** where a trace of unknown success would have been taken from */
  fields?: Trace["fields"];
}

/** What a record gives; every record gives at least one trace or one reason. */
export interface TracesOfRecord {
  traces: Trace[];
  skipped: Skipped[];
}

/**
 * The traces in one record. Fields are taken by name (see fields.ts) from this record alone; options name them
 * instead. Failed traces are kept with `success: false`; those of unknown success are kept only with `all`.
 * @param at.file the file's name, which may tell the training step
 */
export function tracesOf(record: unknown, options: TraceOptions, at: { file: string }): TracesOfRecord {
  if (Array.isArray(record) && !isMessageList(record))
    return skip("malformed", typeof record[0] === "string" ? "a list of texts names no problem" : undefined);
  const object = Array.isArray(record) ? { messages: record } : record;
  if (!isObject(object)) return skip("malformed");
  if (options.textField === undefined && isOthersMessage(object)) return skip("not-model");
  const fields = survey(object);
  const step = stepOf(object, fields, options, at.file);
  const { attempts, why } =
    options.textField === undefined ? found(object, fields) : namedAttempts(object, fields, options.textField);
  const count = attempts.reduce((sum, { rollouts }) => sum + rollouts.length, 0);
  if (count === 0) return skip("no-trace", why ?? whereElse(object, options));

  const out: TracesOfRecord = { traces: [], skipped: [] };
  for (const one of attempts)
    one.rollouts.forEach((rollout, i) => {
      takeRollout(object, one, rollout, i, { only: count === 1, step }, options, out);
    });
  return out;
}

const skip = (reason: SkipReason, why?: string): TracesOfRecord => ({
  traces: [],
  skipped: [why === undefined ? { reason } : { reason, why: printable(why) }],
});

/** A record that is a message of a user, a system or a tool. */
function isOthersMessage(object: Record<string, unknown>): boolean {
  if (numberedMessages(object) !== undefined) return false;
  const speaker = speakerOf(object);
  const told = typeof object.role === "string" || typeof object.from === "string" || typeof object.type === "string";
  return told && speaker !== undefined && speaker !== "model";
}

/** The outputs of a record, or of a record that is a message of the model's. */
function found(object: Record<string, unknown>, fields: Survey) {
  const message = unwrapped(object);
  if (isObject(message) && speakerOf(message) === "model" && (message === object ? "role" in object : true)) {
    const field = message === object ? "content" : "message";
    return {
      attempts: [{ holder: object, fields, outer: [], field, rollouts: [{ text: messageText(message) }], path: [] }],
    };
  }
  return attemptsIn(object, fields);
}

/** Takes one output: its text, problem, success and the rest, or the reason why not. */
function takeRollout(
  record: Record<string, unknown>,
  attempts: Attempts,
  rollout: FoundRollout,
  index: number,
  { only, step }: { only: boolean; step: string | number | undefined },
  options: TraceOptions,
  out: TracesOfRecord,
): void {
  const { holder, fields, outer, path } = attempts;
  const count = attempts.rollouts.length;
  const text = outputText(rollout.text, promptsOf(holder, fields));
  if (!text.trim()) return void out.skipped.push({ reason: "empty" });
  const problem = problemOf(record, attempts, rollout, index, options);
  if (problem === undefined) return void out.skipped.push({ reason: "no-problem" });
  const verdict = successFor(attempts, rollout, index, only, options, step);
  const taken: Trace["fields"] = { text: rollout.field ?? dotted(path, attempts.field), problem: problem.field };
  if (verdict.field !== undefined) taken.success = filtered(holder, verdict.field);
  if (verdict.against !== undefined) taken.against = verdict.against;
  const unscaled =
    verdict.success === "scale"
      ? `${JSON.stringify(verdict.field)} is above 1: --success-threshold says from where on it is a success`
      : undefined;
  if (unscaled !== undefined && !options.all)
    return void out.skipped.push({ reason: "unknown-scale", fields: taken, why: unscaled });
  const success = verdict.success === "scale" ? undefined : verdict.success;
  if (success === undefined && !options.all)
    return void out.skipped.push({
      reason: "unknown-success",
      fields: taken,
      ...(verdict.why !== undefined && { why: verdict.why }),
    });
  const trace: Trace = {
    problem: problem.identity,
    text,
    success,
    fields: taken,
  };
  if (unscaled !== undefined) trace.unscaled = unscaled;
  const reward = rewardFor(holder, fields, rollout, index, count);
  if (reward !== undefined) trace.reward = reward;
  const at = step ?? verdict.step;
  if (at !== undefined) trace.step = at;
  const id = idOf(attempts);
  const key =
    rollout.key ??
    (outer.length > 0 && fields.id === undefined
      ? path.filter((p) => typeof p === "number").join("/") || undefined
      : undefined);
  if (key !== undefined) trace.id = id === undefined ? key : `${id}/${key}`;
  else if (id !== undefined) trace.id = id;
  addTokens(trace, holder, fields, rollout, index, count, options);
  out.traces.push(trace);
}

/** A verdict on what a filter cut out of the output, of which lm-evaluation-harness logs each with the same output. */
function filtered({ filter, filtered_resps }: Record<string, unknown>, field: string): string {
  return typeof filter === "string" && filtered_resps !== undefined ? `${field} after the filter ${filter}` : field;
}

/** A field's name for messages: where it stands, with `*` for the places in lists. */
function dotted(path: readonly (string | number)[], field: string): string {
  return [...path.map((part) => (typeof part === "number" ? "*" : part)), field].join(".");
}

function idOf({ holder, fields, outer }: Attempts): string | number | undefined {
  for (const object of [holder, ...outer]) {
    const { id } = object === holder ? fields : survey(object);
    if (id !== undefined) return object[id] as string | number;
  }
  return undefined;
}

function stepOf(
  object: Record<string, unknown>,
  fields: Survey,
  options: TraceOptions,
  file: string,
): string | number | undefined {
  const value =
    options.stepField !== undefined ? reach(object, options.stepField)[0]?.value : fields.step && object[fields.step];
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

function problemOf(
  record: Record<string, unknown>,
  attempts: Attempts,
  rollout: FoundRollout,
  index: number,
  options: TraceOptions,
): Problem | undefined {
  const { holder, fields, outer } = attempts;
  const count = attempts.rollouts.length;
  if (options.problemField !== undefined) {
    const name = options.problemField;
    const own = rollout.own === undefined ? [] : reach(rollout.own, name);
    const all = reach(record, name);
    const value =
      own[0]?.value ?? nearest(all, rollout.path ?? [...attempts.path, rollout.key ?? index])?.value ?? all[0]?.value;
    const one =
      count > 1 && Array.isArray(value) && value.length === count && !isMessageList(value) ? value[index] : value;
    return identify(one, name, false) ?? byHolders(outer, holder, name);
  }
  const around = outer.map((object) => [object, survey(object)] as const);
  const own = rollout.own !== undefined && rollout.own !== holder ? [[rollout.own, rollout.ownFields!] as const] : [];
  const objects = [[holder, fields] as const, ...own, ...around];
  const parallel = parallelProblem(holder, fields, index, count);
  if (parallel !== undefined) return parallel;
  for (const [object, names] of objects) {
    const found = sureProblem(object, names);
    if (found !== undefined) return found;
  }
  for (const [object, names] of objects) {
    const found = likelyProblem(object, names, object === holder ? attempts.field : "");
    if (found !== undefined) return found;
  }
  return pairProblem(holder);
}

/** The problem that an object around names, innermost first. */
function byHolders(
  outer: readonly Record<string, unknown>[],
  holder: Record<string, unknown>,
  name: string,
): Problem | undefined {
  for (const object of [holder, ...outer]) {
    const value = reach(object, name)[0]?.value;
    const found = identify(value, name, false);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The prompt of a pair of texts that both begin with it. */
function pairProblem({ chosen }: Record<string, unknown>): Problem | undefined {
  if (typeof chosen !== "string") return undefined;
  const asked = /^\s*(?:Human|User|### Instruction): ?([\s\S]*?)\n\s*(?:Assistant|### Response):/.exec(chosen)?.[1];
  return asked === undefined ? undefined : { identity: hashed(asked), field: "chosen" };
}

/** Problems in a list beside the list of outputs: {prompt: [a, b], completion: [c, d]}. */
function parallelProblem(
  object: Record<string, unknown>,
  fields: Survey,
  index: number,
  count: number,
): Problem | undefined {
  const field = fields.problemText;
  if (count < 2 || field === undefined || fields.problemId !== undefined) return undefined;
  const value = object[field];
  return Array.isArray(value) && value.length === count && !isMessageList(value)
    ? identify(value[index], field, true)
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

interface Success {
  success: Verdict;
  field?: string;
  step?: number;
  /** fields that say otherwise */
  against?: string[];
  why?: string;
}

function successFor(
  attempts: Attempts,
  rollout: FoundRollout,
  index: number,
  only: boolean,
  options: TraceOptions,
  step: string | number | undefined,
): Success {
  const { holder, fields, outer } = attempts;
  const count = attempts.rollouts.length;
  const { successThreshold: threshold } = options;
  if (options.successField !== undefined) {
    const field = options.successField;
    const own = rollout.own === undefined ? [] : reach(rollout.own, field);
    if (own.length === 1) return { success: successOf(own[0]!.value, threshold), field };
    for (const object of [holder, ...outer]) {
      const all = reach(object, field);
      if (all.length === 0) continue;
      const one =
        all.length === 1
          ? parallel(all[0]!.value, index, count, rollout.key, only)
          : all.length === count
            ? all[index]!.value
            : nearest(all, rollout.path ?? [])?.value;
      return { success: successOf(one, threshold), field };
    }
    return { success: undefined, field };
  }
  if (rollout.success !== undefined) return { success: rollout.success, field: rollout.field ?? attempts.field };
  if (rollout.successField !== undefined) {
    const field = rollout.successField;
    return { success: successOf(holder[field], threshold), field };
  }
  if (rollout.own !== undefined) {
    const told = settled(verdictsOf(rollout.own, rollout.ownFields!, threshold));
    if (told !== undefined) return { ...told, field: `*.${told.field}` };
  }
  const told = settled(verdictsOf(holder, fields, threshold, (value) => parallel(value, index, count, rollout.key)));
  if (told !== undefined) return told;
  const pattern = verdictsByPattern(holder, step);
  const byPattern = pattern.fields.flatMap((field) => {
    const one = toldBy(field, parallel(holder[field], index, count, rollout.key), holder, threshold);
    return one === undefined ? [] : [one];
  });
  if (byPattern.length > 0) {
    const first = byPattern[0]!;
    if (byPattern.every(({ success }) => success === first.success))
      return { ...first, ...(pattern.step !== undefined && { step: pattern.step }) };
    const names = byPattern.map(({ field }) => field).join(" and ");
    return { success: undefined, why: `${names} disagree: --success-field says which counts` };
  }
  // one verdict for several is not each one's
  if (only)
    for (const object of outer) {
      const told = settled(verdictsOf(object, survey(object), threshold));
      if (told !== undefined) return told;
    }
  return { success: undefined };
}

/** All that an object's fields tell about an output beside them, best first. */
function verdictsOf(
  object: Record<string, unknown>,
  fields: Survey,
  threshold: number | undefined,
  pick: (value: unknown) => unknown = (value) => value,
): Told[] {
  const out: Told[] = [];
  for (const field of fields.verdicts) {
    const told = toldBy(field, pick(object[field]), object, threshold);
    if (told !== undefined) out.push(told);
  }
  return out;
}

/** The first verdict, and which others say otherwise. */
function settled(told: readonly Told[]): Success | undefined {
  const [first, ...others] = told;
  if (first === undefined) return undefined;
  const against = others
    .filter(({ success }) => success !== "scale" && success !== first.success)
    .map(({ field }) => field);
  return { ...first, ...(against.length > 0 && { against }) };
}

/**
 * The value for one of several rollouts: lists run in parallel with them, objects have their keys. A single value for
 * several is none's.
 */
function parallel(value: unknown, index: number, count: number, key?: string | number, only = count === 1): unknown {
  const list = typeof value === "string" ? (spelled(value) ?? value) : value;
  if (Array.isArray(list)) {
    if (list.length === count && !(count === 1 && isObject(list[0]))) return list[index];
    return count === 1 ? list : undefined;
  }
  if (isObject(list) && typeof key === "string" && Object.hasOwn(list, key)) return list[key];
  return only || count === 1 ? list : undefined;
}

function rewardFor(
  object: Record<string, unknown>,
  fields: Survey,
  rollout: FoundRollout,
  index: number,
  count: number,
): number | undefined {
  if (rollout.ownFields?.reward !== undefined) return rewardOf(rollout.own![rollout.ownFields.reward]);
  if (fields.reward === undefined) return undefined;
  const value = object[fields.reward];
  return rewardOf(Array.isArray(value) || count === 1 ? parallel(value, index, count, rollout.key) : value);
}

function addTokens(
  trace: Trace,
  object: Record<string, unknown>,
  fields: Survey,
  rollout: FoundRollout,
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
      const own = reach(rollout.own, parts.slice(i).join("."))[0];
      if (own !== undefined) return numbers(own.value, 0, 1);
    }
    const all = reach(object, path);
    return all.length > 1 && all.length === count
      ? numbers(all[index]!.value, 0, 1)
      : numbers(all[0]?.value, index, count);
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
