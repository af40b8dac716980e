const YES = new Set(
  "true yes y correct right pass passed success successful succeeded solved resolved accepted".split(" "),
);
const NO = new Set(
  "false no n incorrect wrong fail failed failure unsuccessful unsolved unresolved rejected wrong_answer".split(" "),
);

/** The threshold where the user gives none. */
export const SUCCESS_THRESHOLD = 0.5;

/**
 * What a field says about success: booleans and words as they are, numbers (also as text) from the threshold on,
 * objects by the field in them that says most, lists of one by that one. Undefined: it does not say.
 */
export function successOf(value: unknown, threshold = SUCCESS_THRESHOLD): boolean | undefined {
  const verdict = verdictOf(value);
  return typeof verdict === "number" ? verdict >= threshold : verdict;
}

export function tellsSuccess(value: unknown): boolean {
  return Array.isArray(value) ? value.some((v) => verdictOf(v) !== undefined) : verdictOf(value) !== undefined;
}

/** The number in a reward field: itself, a numeric text, an object's reward, a boolean as 1 or 0. */
export function rewardOf(value: unknown): number | undefined {
  const verdict = verdictOf(value);
  return typeof verdict === "boolean" ? undefined : verdict;
}

function verdictOf(value: unknown, depth = 0): boolean | number | undefined {
  switch (typeof value) {
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : undefined;
    case "bigint":
      return Number(value);
    case "string":
      return wordVerdict(value);
    case "object":
      if (value === null || depth > 3) return undefined;
      if (Array.isArray(value)) return value.length === 1 ? verdictOf(value[0], depth + 1) : undefined;
      return objectVerdict(value as Record<string, unknown>, depth);
    default:
      return undefined;
  }
}

function wordVerdict(text: string): boolean | number | undefined {
  if (text.length > 40) return undefined;
  const word = text.trim().toLowerCase();
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  // Number("") is 0 and Number("0x10") is 16; only plain decimals are scores
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(word) ? Number(word) : undefined;
}

const INNER =
  "correct is_correct correctness success passed resolved reward score acc accuracy value extractive_match exact_match".split(
    " ",
  );

/** A metrics object: its best known field, else pass@1, else the only field that tells anything. */
function objectVerdict(object: Record<string, unknown>, depth: number): boolean | number | undefined {
  for (const name of INNER) {
    const verdict = Object.hasOwn(object, name) ? verdictOf(object[name], depth + 1) : undefined;
    if (verdict !== undefined) return verdict;
  }
  const keys = Object.keys(object);
  if (keys.length > 100) return undefined;
  const telling = keys.filter((key) => verdictOf(object[key], depth + 1) !== undefined).sort();
  const key = telling.find((k) => /^pass@(k:k=)?1\b/.test(k)) ?? (telling.length === 1 ? telling[0] : undefined);
  return key === undefined ? undefined : verdictOf(object[key], depth + 1);
}

/** "500_correct", "step_500_correct", "step500_is_correct": success under a name that holds the step. */
const STEP_CORRECT = /^(?:step_?)?(\d+)_(?:is_)?correct$/;
/** "accuracy_reward", "rewards/accuracy_reward_func", "answer_correct": names of reward functions that check the answer. */
const CHECKING =
  /(?:^|[_/])(?:correct|correctness|accuracy|acc|exact_match|solved|success|passed)(?:_reward|_score)?(?:_func(?:tion)?)?$/;
const REWARDING = /(?:^|[_/])(?:reward|score)s?(?:_func(?:tion)?)?$/;
/** Rewards that are given for form, not for being right. */
const FORM = /format|length|len(?:_|$)|tag|repetition|penalty|language|xml|structure|cosine|soft|strict|count/;

/**
 * The success field of a record that has none of the usual names: `<step>_correct` (of several, the record's own
 * step), else the one name that reads like a check of the answer, else the one name that reads like a reward.
 */
export function successByPattern(
  record: Record<string, unknown>,
  step: string | number | undefined,
): { field: string; step?: number } | undefined {
  const byStep: { field: string; step: number }[] = [];
  const checking: string[] = [];
  const rewarding: string[] = [];
  for (const field of Object.keys(record)) {
    if (field.length > 60) continue;
    const name = field.toLowerCase();
    const value = record[field];
    if (value === null || (typeof value === "object" && !Array.isArray(value)) || !tellsSuccess(value)) continue;
    const found = STEP_CORRECT.exec(name);
    if (found) byStep.push({ field, step: Number(found[1]) });
    else if (CHECKING.test(name)) checking.push(field);
    else if (REWARDING.test(name) && !FORM.test(name)) rewarding.push(field);
  }
  if (byStep.length === 1) return byStep[0];
  if (byStep.length > 1) return byStep.find((s) => String(s.step) === String(step));
  if (checking.length === 1) return { field: checking[0]! };
  if (checking.length === 0 && rewarding.length === 1) return { field: rewarding[0]! };
  return undefined;
}
