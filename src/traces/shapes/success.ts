import { isObject } from "../../json.js";
import { spelled } from "./cells.js";
import { foldName } from "./fields.js";

/** The threshold where the user gives none. */
export const SUCCESS_THRESHOLD = 0.5;

const set = (names: string) => new Set(names.split(" "));

const YES = set("correct right pass passed solved resolved accepted success successful");
const NO = set(
  "incorrect wrong fail failed failure unsuccessful unsolved unresolved rejected wrong_answer not_correct timeout",
);
/** Of these, an answer to a question with yes or no may be meant as well: they count where the name asks for no answer. */
const YES_TOO = set("true yes y");
const NO_TOO = set("false no n");
/** Inspect's letters: correct, incorrect, partial, no answer. */
const LETTERS: Record<string, number> = { C: 1, I: 0, P: 0.5, N: 0 };

/** Names of fields with one of two values: a number there above 1 is a count. */
const FLAGS = set(
  [
    "correct is_correct iscorrect success is_success successful succeeded passed pass is_passed solved resolved is_solved",
    "is_resolved is_right final_answer_correct graded graded_list correctness correctness_math_verify verdict",
    "plus_status base_status",
  ].join(" "),
);
/** Of these, those that may be counts. */
const COUNTS = set("correct passed succeeded solved resolved success");
/** Names of fields that hold an extracted answer, a school grade or a count as often as a verdict: words alone tell. */
const WORDY = set("grade result outcome eval evaluation report test_result judge judgement judgment");
/** Names of objects of scores by scorer. */
const SCORERS = set(
  "scores score metric metrics stats feedback_stats eval evaluation eval_result evaluation_result reward rewards reward_info",
);
/** Of the names inside an object of metrics, those that say whether the output is right, best first. */
const TELLING = [
  ..."is_correct correct passed pass resolved solved is_resolved success correctness pass@1 pass_at_1".split(" "),
  ..."exact_match extractive_match em acc accuracy reward score value avg mean".split(" "),
];
/** Scorers whose number says whether the output is right. */
const CHECKS =
  /correct|accura|(?:^|_)acc(?:$|_)|match|exact|(?:^|_)em(?:$|_)|solve|pass|success|verif|includes|pattern|choice|graded|(?:^|_)math|(?:^|_)answer$|reward/;
/** Rewards that are given for form, not for being right. */
const FORM =
  /format|length|len(?:_|$)|tag|repetition|penalty|language|xml|structure|cosine|soft|strict|count|time|cost/;
/** Siblings of "success" that make it the state of a request. */
const OF_REQUESTS = [
  "error",
  "error_message",
  "status_code",
  "cached",
  "http_status",
  "http_status_code",
  "request_time",
  "latency",
  "latency_ms",
  "retries",
  "retry_count",
  "request_id",
  "exception",
  "completions",
  "candidates",
];
/** Siblings of "correct" or "passed" that make it a count, or an option's number. */
const COUNTED = set(
  [
    "incorrect wrong attempts total n num_total num_correct correct_count num_attempts options choices",
    "failed failures skipped errors num_tests num_passed total_tests tests_total unsolved",
  ].join(" "),
);

/** What a field tells. `undefined` says nothing; "scale" is a number that only a threshold makes a verdict. */
export type Verdict = boolean | "scale" | undefined;

/** What tells, and what it tells. */
export interface Told {
  success: boolean | "scale";
  /** dotted name of the field */
  field: string;
}

/**
 * The verdict of a field that the user named: anything that can be one is understood.
 * @param threshold from where on a number is a success
 */
export function successOf(value: unknown, threshold?: number): Verdict {
  const literal = typeof value === "string" ? spelled(value) : undefined;
  if (literal !== undefined) return successOf(literal, threshold);
  if (Array.isArray(value)) return value.length === 1 ? successOf(onlyOf(value), threshold) : undefined;
  if (isObject(value)) return toldInside(value, "scores", threshold)?.success;
  if (typeof value === "string") {
    const word = value.trim().toLowerCase();
    if (word === "succeeded") return true;
    const letter = LETTERS[value.trim()];
    if (letter !== undefined) return ofLetter(letter, threshold);
  }
  return ofWord(value, true) ?? ofNumber(value, threshold);
}

/**
 * What a field of this name tells about the output beside it.
 * @param siblings the object that the field is in
 */
export function toldBy(
  name: string,
  value: unknown,
  siblings: Record<string, unknown>,
  threshold?: number,
): Told | undefined {
  const fold = foldName(name);
  const literal = typeof value === "string" ? spelled(value) : undefined;
  if (literal !== undefined) return toldBy(name, literal, siblings, threshold);
  if (Array.isArray(value)) {
    if (isObject(value[0])) return toldInside(byScorer(value), fold, threshold, name);
    return value.length === 1 ? toldBy(name, onlyOf(value), siblings, threshold) : undefined;
  }
  if (isObject(value)) return toldInside(value, fold, threshold, name);
  const told = (success: Verdict): Told | undefined => (success === undefined ? undefined : { success, field: name });
  if (WORDY.has(fold)) return told(ofWord(value, false));
  if (FLAGS.has(fold)) {
    if (/^succe(?:ss|ssful|eded)$/.test(fold) && OF_REQUESTS.some((key) => Object.hasOwn(siblings, key)))
      return undefined;
    if (fold === "succeeded" && typeof value === "string") return undefined;
    const number = numberIn(value);
    if (number === undefined) return told(ofWord(value, true));
    if (COUNTS.has(fold) && Object.keys(siblings).some((key) => COUNTED.has(foldName(key)))) return undefined;
    return number > 1 ? undefined : told(ofNumber(number, threshold));
  }
  const letter = LETTERED.test(fold) && typeof value === "string" ? LETTERS[value.trim()] : undefined;
  if (letter !== undefined) return told(ofLetter(letter, threshold));
  return told(ofWord(value, true) ?? ofNumber(value, threshold));
}

/** [{name: "match", value: 1}, …] as {match: {name: "match", value: 1}, …}. */
function byScorer(list: readonly unknown[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const item of list) {
    if (!isObject(item)) continue;
    const name = item.name ?? item.key ?? item.metric ?? item.scorer ?? item.assessment_name;
    if (typeof name === "string" && name !== "__proto__") out[name] = item;
  }
  return out;
}

/** The best known field of an object of verdicts or metrics, or what all its scorers agree on. */
function toldInside(
  object: Record<string, unknown>,
  fold: string,
  threshold: number | undefined,
  path = "",
): Told | undefined {
  const keys = Object.keys(object);
  if (keys.length > 200) return undefined;
  const named = (key: string) => (path === "" ? key : `${path}.${key}`);
  const of = new Map(keys.map((key) => [foldName(key), key]));
  for (const name of TELLING) {
    const key = of.get(name);
    if (key === undefined || (name === "value" && !SCORERS.has(fold))) continue;
    const value = object[key];
    const success =
      Array.isArray(value) || isObject(value) ? undefined : toldBy(name, value, object, threshold)?.success;
    const letter = name === "value" && typeof value === "string" ? LETTERS[value.trim()] : undefined;
    if (letter !== undefined) return { success: ofLetter(letter, threshold), field: named(key) };
    if (success !== undefined) return { success, field: named(key) };
  }
  const pass = keys.find((key) => /^pass@(?:k:k=)?1\b/.test(key));
  if (pass !== undefined) {
    const success = ofNumber(object[pass], threshold);
    if (success !== undefined) return { success, field: named(pass) };
  }
  const told: Told[] = [];
  for (const key of keys.sort()) {
    const value = object[key];
    const name = foldName(key);
    if (FORM.test(name)) continue;
    const checks = CHECKS.test(name);
    if (isObject(value)) {
      const inner = toldInside(value, checks || SCORERS.has(fold) ? "scores" : name, threshold, named(key));
      // a number of a scorer that may measure anything
      const graded = inner && typeof value.value !== "number" && typeof value.score !== "number";
      if (inner && (checks || graded)) told.push(inner);
    } else if (SCORERS.has(fold) && checks && !Array.isArray(value)) {
      const letter = typeof value === "string" ? LETTERS[value.trim()] : undefined;
      const success =
        letter === undefined ? toldBy(name, value, object, threshold)?.success : ofLetter(letter, threshold);
      if (success !== undefined) told.push({ success, field: named(key) });
    }
  }
  if (told.length === 0) return undefined;
  return told.every(({ success }) => success === told[0]!.success) ? told[0] : undefined;
}

/** The number in a reward field: itself, a numeric text, an object's reward, a list's only one. */
export function rewardOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length === 1 ? rewardOf(onlyOf(value)) : undefined;
  if (!isObject(value)) return numberIn(value);
  for (const name of ["reward", "score", "value", "total"]) {
    const inner = Object.hasOwn(value, name) ? numberIn(value[name]) : undefined;
    if (inner !== undefined) return inner;
  }
  const pass = Object.keys(value).find((key) => /^pass@(?:k:k=)?1\b/.test(key));
  return pass === undefined ? undefined : numberIn(value[pass]);
}

/** What a list of one holds, however many such lists stand around it. */
function onlyOf(list: readonly unknown[]): unknown {
  let value: unknown = list;
  while (Array.isArray(value) && value.length === 1) value = value[0];
  return value;
}

function ofWord(value: unknown, plain: boolean): boolean | undefined {
  if (typeof value === "boolean") return plain ? value : undefined;
  if (typeof value !== "string" || value.length > 40) return undefined;
  const word = value
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");
  if (YES.has(word) || (plain && YES_TOO.has(word))) return true;
  if (NO.has(word) || (plain && NO_TOO.has(word))) return false;
  return undefined;
}

/** A finite or infinite number, also as text: only plain decimals are scores, Number("") is 0 and Number("0x10") is 16. */
function numberIn(value: unknown): number | undefined {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return Number.isNaN(value) ? undefined : value;
  if (typeof value !== "string" || value.length > 40) return undefined;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim()) ? Number(value) : undefined;
}

/** From the threshold on; where none is given, a number above 1 may be on any scale, unless it has no end. */
function ofNumber(value: unknown, threshold: number | undefined): Verdict {
  const number = numberIn(value);
  if (number === undefined) return undefined;
  if (threshold === undefined && number > 1 && number !== Number.POSITIVE_INFINITY) return "scale";
  return number >= (threshold ?? SUCCESS_THRESHOLD);
}

/** A part of an answer is right only where somebody says from where on. */
const ofLetter = (letter: number, threshold: number | undefined): boolean =>
  threshold === undefined ? letter === 1 : letter >= threshold;

/** "500_correct", "step_500_correct", "step500_is_correct": success under a name that holds the step. */
const STEP_CORRECT = /^(?:step_?)?(\d+)_(?:is_)?correct$/;
/** "accuracy_reward", "rewards/accuracy_reward_func", "answer_correct": names of functions that check the answer. */
const CHECKING =
  /(?:^|[_/])(?:correct|correctness|accuracy|acc|exact_match|solved|success|passed)(?:_reward|_score)?(?:_func(?:tion)?)?$/;
const REWARDING =
  /(?:^|[_/])(?:total|final|outcome|answer|task|env|environment|episode|overall|rule|verifiable|accuracy|correctness|math|code)_(?:reward|score)s?(?:_func(?:tion)?)?$/;
/** A scorer's letter in a table of samples: "score_match". */
const LETTERED = /^score_/;

/**
 * The fields that tell the success of a record that has none of the usual names: `<step>_correct` (of several, the
 * record's own step), else the names that read like a check of the answer, else the one that reads like a reward.
 */
export function verdictsByPattern(
  record: Record<string, unknown>,
  step: string | number | undefined,
): { fields: string[]; step?: number } {
  const byStep: { field: string; step: number }[] = [];
  const checking: string[] = [];
  const rewarding: string[] = [];
  for (const field of Object.keys(record)) {
    if (field.length > 60) continue;
    const name = foldName(field);
    const value = record[field];
    if (value === null || isObject(value)) continue;
    const found = STEP_CORRECT.exec(name);
    if (found) byStep.push({ field, step: Number(found[1]) });
    else if (CHECKING.test(name) && !/^(?:num|n|total|in)_?/.test(name)) checking.push(field);
    else if (LETTERED.test(name) && typeof value === "string" && Object.hasOwn(LETTERS, value)) checking.push(field);
    else if (REWARDING.test(name) && !FORM.test(name) && !Number.isNaN(numberIn(value) ?? 0)) rewarding.push(field);
  }
  const own = byStep.length === 1 ? byStep[0] : byStep.find((s) => String(s.step) === String(step));
  if (own !== undefined) return { fields: [own.field], step: own.step };
  if (byStep.length > 0) return { fields: [] };
  if (checking.length > 0) return { fields: checking.sort() };
  return { fields: rewarding.length === 1 ? rewarding : [] };
}
