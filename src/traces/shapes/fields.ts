import { tellsSuccess } from "./success.js";

/**
 * The names that records use for the same thing, by role, first to last choice. This is the whole priority: it looks at
 * one record alone, so what is taken never depends on the other lines. Names are compared in lower snake case.
 */
const NAMES = {
  /**
   * What the model wrote. The last ones name a reference solution as often as an output, and count only when nothing
   * else does; "gold", "ground_truth", "gt_cot", "target" and the like never count.
   */
  text: [
    ..."trace reasoning_trace completion completions response responses output outputs output_list".split(" "),
    ..."generation generations generated_text generated_solution generated_output model_output model_outputs".split(
      " ",
    ),
    ..."model_response model_completion model_answer model_solution llm_output llm_response predictions resps".split(
      " ",
    ),
    ..."rollout rollouts trajectory traj attempt choices message messages conversation conversations chat".split(" "),
    ..."dialogue history turns content assistant text code_list codes reasoning_content reasoning thinking".split(" "),
    ..."thought thoughts think chain_of_thought cot code prediction solutions solution answer".split(" "),
  ],
  /** What the model thought before it answered, when kept apart. */
  thinking:
    "reasoning_content thinking thinking_content reasoning reasoning_text thinking_trajectories thought thoughts think".split(
      " ",
    ),
  /** Names the problem whatever else is there. */
  problemId: "problem_id question_id task_id qid prompt_id instance_id problem_idx question_idx".split(" "),
  /** The problem in words. */
  problemText: [
    ..."problem question prompt query problem_statement question_content instruction input prompts".split(" "),
    ..."question_text user_prompt full_prompt prompt_text chat_history doc".split(" "),
  ],
  /** Names the record as often as the problem, hence after the problem's text. */
  weakId: "id idx index uid doc_id key custom_id sample_id example_id uuid task goal issue title".split(" "),
  success: [
    ..."correct is_correct iscorrect correctness success is_success successful succeeded passed pass is_passed".split(
      " ",
    ),
    ..."solved resolved is_solved is_resolved acc accuracy exact_match em grade graded graded_list".split(" "),
    ..."deepseek_grade is_right correctness_math_verify verdict pass@1 pass_at_1 score scores reward rewards final_reward".split(
      " ",
    ),
    ..."total_reward reward_info reward_score metric metrics outcome result eval evaluation".split(" "),
  ],
  reward: "reward rewards total_reward final_reward reward_score score scores reward_info".split(" "),
  step: "step global_step training_step train_step trainer_step iteration checkpoint".split(" "),
  id: "id uid uuid rollout_id trace_id sample_id completion_id idx index custom_id".split(" "),
  tokenIds: [
    ..."token_ids completion_ids completion_token_ids response_ids response_token_ids output_ids".split(" "),
    ..."output_token_ids output_tokens tokens".split(" "),
  ],
  entropies: "entropies token_entropies entropy token_entropy completion_entropies".split(" "),
  logprobs: "logprobs token_logprobs log_probs logps completion_logprobs old_log_probs output_logprobs".split(" "),
} as const;

export type Role = keyof typeof NAMES;

const ROLES = Object.keys(NAMES) as Role[];
const BY_NAME = new Map<string, { role: number; rank: number }[]>();
ROLES.forEach((role, index) => {
  NAMES[role].forEach((name: string, rank: number) => {
    const roles = BY_NAME.get(name) ?? [];
    if (roles.length === 0) BY_NAME.set(name, roles);
    if (!roles.some((r) => r.role === index)) roles.push({ role: index, rank });
  });
});

/** Field name per role, undefined where the record has none. */
export type Survey = { [R in Role]?: string };

/** Spellings met so far, so that a name is folded once; bounded, for records can have a million keys. */
const folded = new Map<string, string>();

/** "Is Correct", "isCorrect", "is-correct" → "is_correct". */
export function foldName(name: string): string {
  let fold = folded.get(name);
  if (fold === undefined) {
    fold =
      name.length > 100
        ? ""
        : name
            .replace(/([a-z\d])([A-Z])/g, "$1_$2")
            .toLowerCase()
            .replace(/[\s.-]+/g, "_");
    if (folded.size < 10_000) folded.set(name, fold);
  }
  return fold;
}

/** Finds the field of each role in one pass over the record's keys. Null, "" and empty lists count as absent. */
export function survey(record: Record<string, unknown>): Survey {
  const taken: Survey = {};
  const ranks = new Array<number>(ROLES.length).fill(1e9);
  for (const key of Object.keys(record)) {
    const roles = BY_NAME.get(key) ?? BY_NAME.get(foldName(key));
    if (roles === undefined) continue;
    const value = record[key];
    if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) continue;
    for (const { role, rank } of roles) {
      const name = ROLES[role]!;
      // Two spellings of one name: the smaller wins, so that the order of keys does not matter
      if (rank > ranks[role]! || (rank === ranks[role] && key > taken[name]!)) continue;
      if (!fits(name, value, key)) continue;
      ranks[role] = rank;
      taken[name] = key;
    }
  }
  return taken;
}

/** Whether a value's type can fill the role at all. */
function fits(role: Role, value: unknown, key: string): boolean {
  switch (role) {
    case "text":
    case "problemText":
      return typeof value === "string" || typeof value === "object";
    case "thinking":
      return typeof value === "string" || Array.isArray(value);
    case "problemId":
    case "weakId":
    case "id":
    case "step":
      return typeof value === "string" || typeof value === "number";
    case "tokenIds":
    case "entropies":
    case "logprobs":
      return typeof value === "object";
    case "success":
      // A number there is a school grade or a count as often as a score
      return tellsSuccess(value) && !(typeof value === "number" && /^(?:grade|result|outcome)$/i.test(key));
    case "reward":
      return typeof value !== "boolean";
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field by name, or by a dotted path when no field has that whole name. Own fields only. */
export function valueAt(record: Record<string, unknown>, path: string): unknown {
  if (Object.hasOwn(record, path)) return record[path];
  let value: unknown = record;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** Whether a folded name is one of those listed above. */
export function isTraceFieldName(name: string): boolean {
  return BY_NAME.has(name);
}
