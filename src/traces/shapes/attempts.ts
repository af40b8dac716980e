import { isObject } from "../../json.js";
import {
  foldName,
  isInFull,
  isOfOthers,
  isOthersAlone,
  isTextName,
  isWeakText,
  type Survey,
  survey,
} from "./fields.js";
import {
  assistantText,
  endsWithUser,
  isMessageList,
  messageTree,
  numberedMessages,
  speakerOf,
  unwrapped,
} from "./messages.js";
import { type Reached, reach } from "./paths.js";
import { type Rollout, rolloutsIn, textsByKey, thinkingOf, thinkingOfEach } from "./rollouts.js";
import { toldBy } from "./success.js";
import { joinThinking } from "./text.js";

export type FoundRollout = Rollout & {
  /** name for messages, where it is not the holder's */
  field?: string;
  /** field of the holder that tells this rollout's success */
  successField?: string;
  /** told by the shape: the preferred of a pair */
  success?: boolean;
  /** where it stands from the record on, where the user's name reached it */
  path?: (string | number)[];
};

/** Outputs that one object holds. */
export interface Attempts {
  holder: Record<string, unknown>;
  fields: Survey;
  /** the objects around it, innermost first; the record last */
  outer: Record<string, unknown>[];
  /** dotted name of the field */
  field: string;
  rollouts: FoundRollout[];
  /** keys from the record down to the holder */
  path: (string | number)[];
}

/** Outputs of a record, or why there are none. */
export interface FoundAttempts {
  attempts: Attempts[];
  why?: string;
}

/** The outputs of a record in the field that the user named. */
export function namedAttempts(record: Record<string, unknown>, fields: Survey, name: string): FoundAttempts {
  const byOwner: FoundRollout[] = [];
  const found = reach(record, name);
  const last = name.slice(name.lastIndexOf(".") + 1);
  found.forEach(({ value, owner, path }: Reached, i) => {
    for (const rollout of rolloutsNamed(value, last)) {
      const own = owner === record ? {} : { own: owner, ownFields: survey(owner), ownField: String(path.at(-1)) };
      const key = found.length === 1 ? rollout.key : rollout.key === undefined ? i : `${i}/${rollout.key}`;
      byOwner.push({ ...own, ...rollout, key, path });
    }
  });
  return { attempts: [{ holder: record, fields, outer: [], field: name, rollouts: byOwner, path: [] }] };
}

function rolloutsNamed(value: unknown, name: string): Rollout[] {
  const found = rolloutsIn(value, name);
  return found.length === 0 && isObject(value) ? textsByKey(value) : found;
}

/** Deeper objects than this are not looked into, nor more of them in one record. */
const MAX_DEPTH = 8;
const MAX_OBJECTS = 20_000;

/**
 * The outputs of a record: in its own fields, as a pair of preferences, or in the objects below it, each with what the
 * objects around it tell.
 */
export function attemptsIn(record: Record<string, unknown>, fields: Survey): FoundAttempts {
  const own = ownAttempts(record, fields, []);
  if (own.attempts.length > 0) return own;
  const below: Attempts[] = [];
  let left = MAX_OBJECTS;
  const look = (value: unknown, outer: Record<string, unknown>[], path: (string | number)[]): void => {
    if (!isObject(value) || outer.length > MAX_DEPTH || left-- <= 0) return;
    const speaker = speakerOf(unwrapped(value));
    if (speaker !== undefined && speaker !== "model") return;
    const inner = survey(value);
    const found = ownAttempts(value, inner, path).attempts;
    if (found.length > 0 && found.every((one) => isTold(one, outer))) {
      for (const one of found) below.push({ ...one, outer });
      return;
    }
    descend(value, outer, path);
  };
  const descend = (object: Record<string, unknown>, outer: Record<string, unknown>[], path: (string | number)[]) => {
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (typeof value !== "object" || value === null || isOfOthers(key)) continue;
      if (Array.isArray(value))
        value.forEach((item, i) => {
          look(item, [object, ...outer], [...path, key, i]);
        });
      else look(value, [object, ...outer], [...path, key]);
    }
  };
  descend(record, [], []);
  if (below.length === 0) return own;
  // one kind of field alone: others are by-products of the same attempts
  return { attempts: below };
}

/** Names that mean an output wherever they stand; others may be a message or a content of anything. */
const SURE =
  /completion|response|generation|generated|rollout|trajector|choices|candidates|model_|llm_|assistant|attempt|turns/;

/** Whether an object below the record's own fields tells enough to be an attempt. */
function isTold({ holder, fields, field, rollouts }: Attempts, outer: Record<string, unknown>[]): boolean {
  const verdict = fields.verdicts.some((key) => toldBy(key, holder[key], holder) !== undefined);
  if (isWeakText(field)) return verdict || (hasProblem(fields) && typeof holder[field] === "string");
  if (verdict || hasProblem(fields)) return true;
  const value = holder[field];
  if (isMessageList(value) && value.some((message) => speakerOf(unwrapped(message)) === "user")) return true;
  const asked = outer.some((object) => {
    const around = survey(object);
    return hasProblem(around) || around.weakId !== undefined;
  });
  return asked && rollouts.length > 0 && (typeof value === "object" || SURE.test(foldName(field)));
}

const hasProblem = ({ problemId, problemText }: Survey): boolean =>
  problemId !== undefined || problemText !== undefined;

/** The outputs in an object's own fields. */
function ownAttempts(holder: Record<string, unknown>, fields: Survey, path: (string | number)[]): FoundAttempts {
  const all = (field: string, rollouts: FoundRollout[]): FoundAttempts => ({
    attempts: [{ holder, fields, outer: [], field, rollouts, path }],
  });
  const byModel = trajectoriesByModel(holder);
  if (byModel.length > 0) return all(byModel[0]!.field!, byModel);
  const pair = preferences(holder);
  if (pair.length > 0) return all(pair[0]!.field!, pair);
  const rated = ratedSteps(holder);
  if (rated.length > 0) return all(rated[0]!.field!, rated);
  const numbered = numberedMessages(holder);
  if (numbered !== undefined) return all("message_1", [{ text: assistantText(numbered) }]);
  const tree = messageTree(holder);
  if (tree !== undefined) return all("mapping", [{ text: assistantText(tree) }]);
  const numberedTexts = numberedOutputs(holder, fields);
  if (numberedTexts.length > 0) return all(numberedTexts[0]!.field!, numberedTexts);
  const thinking = thinkingOf(holder, fields);
  const prompts: string[] = [];
  let why: string | undefined;
  for (const field of fields.texts) {
    const value = holder[field];
    if (isQuestions(holder, field, value)) continue;
    if (isReferenceRationale(holder, fields, field)) {
      why = `${JSON.stringify(field)} beside options is their reference as a rule; --text-field ${field} takes it`;
      continue;
    }
    const weak = isWeakText(field);
    if (weak) {
      const groups = groupsIn(holder);
      if (groups.length > 0) return all(groups[0]!.field!, groups);
      why = doubt(holder, fields, field);
      if (why !== undefined) continue;
    }
    if (isMessageList(value) && endsWithUser(value)) prompts.push(field);
    else {
      const rollouts: FoundRollout[] = rolloutsNamed(value, field);
      if (!rollouts.some(({ text }) => text.trim())) {
        if (rollouts.length > 0) prompts.push(field);
        continue;
      }
      const fuller = fullerThan(holder, fields, field, rollouts);
      if (fuller !== undefined) return all(fuller, rolloutsNamed(holder[fuller], fuller));
      why = tooShort(holder, fields, field, rollouts);
      if (why !== undefined) continue;
      const each = thinkingOfEach(holder, rollouts.length);
      if (each !== undefined)
        rollouts.forEach((rollout, i) => {
          rollout.text = joinThinking(each[i]!, rollout.text);
        });
      else if (thinking && rollouts.length === 1 && field !== fields.thinking && !weak)
        rollouts[0]!.text = joinThinking(thinking, rollouts[0]!.text);
      return all(field, rollouts);
    }
  }
  const groups = groupsIn(holder);
  if (groups.length > 0) return all(groups[0]!.field!, groups);
  const conversations = Object.keys(holder).filter((key) => isConversation(key, holder[key]));
  if (prompts.length === 0 && conversations.length === 1)
    return all(conversations[0]!, rolloutsNamed(holder[conversations[0]!], conversations[0]!));
  // what ends with the user is a prompt, but for an episode that was judged, or whose user is a tool or simulated
  for (const field of prompts) {
    const value = holder[field];
    if (!isMessageList(value) || isEpisode(holder, fields, value)) return all(field, rolloutsNamed(value, field));
    why = `${JSON.stringify(field)} ends with the user: a prompt; --text-field ${field} takes the model's turns in it`;
  }
  return { attempts: [], why };
}

/** What stands beside the messages of an agent's run, and beside no prompt. */
const RUN = ["exit_status", "trajectory_format", "submission", "model_patch", "git_patch", "traj_id"];

function isEpisode(
  holder: Record<string, unknown>,
  fields: Survey,
  messages: Record<string, unknown>[],
  judged = true,
): boolean {
  return (
    (judged && fields.verdicts.some((key) => toldBy(key, holder[key], holder) !== undefined)) ||
    messages.some((m) => Array.isArray(m.tool_calls) || m.role === "tool" || m.role === "function") ||
    RUN.some((key) => key in holder || (isObject(holder.info) && key in holder.info))
  );
}

/** AQuA's and the like: a question's options with the reasoning that its author gives for the right one. */
function isReferenceRationale(holder: Record<string, unknown>, fields: Survey, field: string): boolean {
  return (
    /^(?:rationale|explanation)s?$/.test(foldName(field)) &&
    ("options" in holder || "choices" in holder) &&
    !fields.verdicts.some((key) => toldBy(key, holder[key], holder) !== undefined)
  );
}

/** Whether a field of a name that nobody knows holds a conversation, the model's words last. */
function isConversation(key: string, value: unknown): boolean {
  if (!isMessageList(value) || isOfOthers(key) || endsWithUser(value)) return false;
  const speakers = value.map((message) => speakerOf(unwrapped(message)));
  return speakers.includes("model") && speakers.includes("user");
}

/** Outputs of several models or samples side by side: `response_a` and `response_b`, `output_1` and `output_2`. */
function numberedOutputs(holder: Record<string, unknown>, fields: Survey): FoundRollout[] {
  const stems = new Map<string, string[]>();
  for (const field of [...fields.texts, ...fields.unclaimed]) {
    const stem =
      typeof holder[field] === "string" ? /^(.*[a-z])_?(?:\d{1,2}|(?<=_)[ab])$/.exec(foldName(field))?.[1] : undefined;
    if (stem !== undefined && isTextName(stem)) stems.set(stem, [...(stems.get(stem) ?? []), field]);
  }
  const sets = [...stems.values()].filter((names) => names.length > 1);
  // where another field is the output, these are drafts, or outputs of others
  if (sets.length !== 1 || fields.texts.some((text) => !isWeakText(text) && !sets[0]!.includes(text))) return [];
  return sets[0]!.sort().map((field) => ({ text: holder[field] as string, key: field, field }));
}

/** MT-bench's and LiveBench's questions keep the user's turns as texts; a question's options are `choices`. */
function isQuestions(holder: Record<string, unknown>, field: string, value: unknown): boolean {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false;
  const name = foldName(field);
  return name === "choices" || (name === "turns" && ("question_id" in holder || "category" in holder));
}

/** A text shorter than this, beside a field of no known name that holds so many words, was extracted from it. */
const SHORT = 40;
const WORDS = 8;

/**
 * The field that holds more of the same output than the first choice does: an episode whose last words it is, or any
 * output where the first choice is a word or two.
 */
function fullerThan(
  holder: Record<string, unknown>,
  fields: Survey,
  field: string,
  rollouts: readonly Rollout[],
): string | undefined {
  if (isInFull(field)) return undefined;
  const own = rollouts.map(({ text }) => text.trim());
  const short = own.every((text) => text.length < SHORT);
  for (const other of fields.texts.slice(fields.texts.indexOf(field) + 1)) {
    const value = holder[other];
    if (isWeakText(other) || other === fields.thinking || isQuestions(holder, other, value)) continue;
    const list = isMessageList(value);
    if ((list && endsWithUser(value)) || !(short || Array.isArray(value))) continue;
    const found = rolloutsNamed(value, other);
    if (found.length !== rollouts.length) continue;
    const longer = found.every(({ text }, i) => text.length > own[i]!.length);
    if (!longer || (list && !isEpisode(holder, fields, value, false) && userTurns(value) > 1)) continue;
    if (short || found.every(({ text }, i) => text.includes(own[i]!))) return other;
  }
  return undefined;
}

const userTurns = (messages: readonly unknown[]): number =>
  messages.filter((message) => speakerOf(unwrapped(message)) === "user").length;

/** Why a field is not taken though its name means an output: it holds a word or two, and the output stands elsewhere. */
function tooShort(
  holder: Record<string, unknown>,
  fields: Survey,
  field: string,
  rollouts: readonly Rollout[],
): string | undefined {
  if (isInFull(field) || rollouts.some(({ text }) => text.trim().length >= SHORT)) return undefined;
  const longer = fields.unclaimed.find((key) =>
    textsOf(holder[key]).some((text) => text.split(/\s+/, WORDS).length === WORDS),
  );
  return longer === undefined
    ? undefined
    : `${JSON.stringify(field)} is short and ${JSON.stringify(longer)} is not: --text-field says which is the output`;
}

/** Why a field whose name may mean an extracted answer or a reference is not taken for the output. */
function doubt(holder: Record<string, unknown>, fields: Survey, field: string): string | undefined {
  const value = holder[field];
  const name = foldName(field);
  const length = lengthOf(value);
  const other = fields.unclaimed.find((key) => lengthOf(holder[key]) >= length || Array.isArray(holder[key]));
  if (other !== undefined)
    return `${JSON.stringify(field)} may be a reference or an extracted answer beside ${JSON.stringify(other)}; --text-field says which is the output`;
  if (/^solutions?$/.test(name)) {
    const graded = fields.verdicts.some((key) => toldBy(key, holder[key], holder) !== undefined);
    const tasked = fields.problemId !== undefined && fields.problemText === undefined;
    return graded || tasked || Array.isArray(value)
      ? undefined
      : `${JSON.stringify(field)} beside a problem is its reference as a rule; --text-field ${field} takes it`;
  }
  if (
    name === "answer" &&
    typeof value === "string" &&
    /\n?#### ?-?[\d.,]+\s*$/.test(value) &&
    fields.verdicts.length === 0
  )
    return `${JSON.stringify(field)} is as GSM8K writes its references; --text-field ${field} takes it`;
  if (/^(?:answer|predict|prediction)$/.test(name) && typeof value === "string" && isWord(value))
    return `${JSON.stringify(field)} is a word or two: extracted, not the output; --text-field ${field} takes it`;
  return undefined;
}

/** Too little for a model's output: a choice, a number, a word or two. */
const isWord = (text: string): boolean => text.trim().length < 16 && !/[\u3040-\u9fff]{4}/.test(text);

const lengthOf = (value: unknown): number => Math.max(0, ...textsOf(value).map((text) => text.trim().length));

const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value.slice(0, 8) : [value]).filter((item) => typeof item === "string");

/** s1K: `deepseek_thinking_trajectory`, `deepseek_attempt` and `deepseek_grade`, once per model. */
function trajectoriesByModel(object: Record<string, unknown>): FoundRollout[] {
  const out: FoundRollout[] = [];
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
function groupsIn(object: Record<string, unknown>): FoundRollout[] {
  const out: FoundRollout[] = [];
  for (const key of Object.keys(object)) {
    const own = object[key];
    if (!isObject(own) || isOthersAlone(key)) continue;
    const fields = survey(own);
    const field = fields.texts[0];
    if (field === undefined || !fields.verdicts.some((name) => toldBy(name, own[name], own) !== undefined)) continue;
    for (const rollout of rolloutsIn(own)) {
      const path = rollout.key === undefined ? key : `${key}/${rollout.key}`;
      out.push({ own, ownFields: fields, ...rollout, key: path, field: `*.${rollout.ownField ?? field}` });
    }
  }
  if (out.length === 1) delete out[0]!.key;
  return out;
}

const PAIRS = [
  ["chosen", "rejected"],
  ["chosen_response", "rejected_response"],
  ["response_chosen", "response_rejected"],
  ["preferred", "dispreferred"],
  ["preferred_output", "non_preferred_output"],
  ["accepted", "rejected"],
] as const;

/** Preference pairs: the chosen output is a success, the rejected one a failure. */
function preferences(object: Record<string, unknown>): FoundRollout[] {
  for (const [yes, no] of PAIRS) {
    const [chosen, rejected] = [object[yes], object[no]];
    if (typeof chosen !== typeof rejected || chosen === null || rejected === null) continue;
    if (typeof chosen !== "string" && typeof chosen !== "object") continue;
    const shared = sharedTurns(chosen, rejected);
    const both: FoundRollout[] = [];
    for (const [field, value, success] of [
      [yes, chosen, true],
      [no, rejected, false],
    ] as const) {
      const rest = Array.isArray(value) ? value.slice(shared) : value;
      for (const rollout of rolloutsIn(rest, field)) both.push({ ...rollout, key: field, field, success });
    }
    if (both.length === 2) return both;
  }
  return [];
}

/** Messages that both of a pair begin with: their prompt. */
function sharedTurns(a: unknown, b: unknown): number {
  if (!Array.isArray(a) || !Array.isArray(b)) return 0;
  let shared = 0;
  while (shared < Math.min(a.length, b.length) && JSON.stringify(a[shared]) === JSON.stringify(b[shared])) shared++;
  return shared;
}

/** PRM800K: the steps of a solution as a labeller went along, or those that had been generated before. */
function ratedSteps(object: Record<string, unknown>): FoundRollout[] {
  const { question, label } = object;
  if (!isObject(label) || !Array.isArray(label.steps)) return [];
  const texts: string[] = [];
  for (const step of label.steps) {
    if (!isObject(step) || !Array.isArray(step.completions)) return [];
    const chosen = step.completions[typeof step.chosen_completion === "number" ? step.chosen_completion : 0];
    if (isObject(chosen) && typeof chosen.text === "string") texts.push(chosen.text);
  }
  const given = isObject(question) ? question.pre_generated_steps : undefined;
  const steps = Array.isArray(given) && given.every((s) => typeof s === "string") ? given : texts;
  const reason = label.finish_reason;
  const success = reason === "solution" ? true : reason === "found_error" ? false : undefined;
  const field = steps === given ? "question.pre_generated_steps" : "label.steps";
  return steps.length === 0 ? [] : [{ text: steps.join("\n\n"), field, ...(success !== undefined && { success }) }];
}
