/**
 * The names that records use for the same thing, by role, first to last choice. This is the whole priority: it looks at
 * one record alone, so what is taken never depends on the other lines. Names are compared in lower snake case. To read
 * another producer's records, add its names here.
 */
const NAMES = {
  /** What the model wrote, in full or as far as anybody kept it. */
  text: [
    ..."intermediate_steps trace reasoning_trace completion completions response responses output outputs output_list".split(
      " ",
    ),
    ..."generation generations generated_text generated_solution generated_output model_output model_outputs".split(
      " ",
    ),
    ..."predicted_text model_response model_completion model_answer model_solution llm_output llm_response predictions resps".split(
      " ",
    ),
    ..."gen gens generated_answer actual_output output_response response_message generated_code candidates".split(" "),
    ..."rollout rollouts trajectory trajectories traj attempt attempts choices messages_and_choices".split(" "),
    ..."chat_completions message messages all_messages conversation conversations chat dialogue history".split(" "),
    ..."interact_messages steps iterations events turns content assistant text".split(" "),
    ..."reasoning_content reasoning thinking thought thoughts think chain_of_thought cot long_cot rationale".split(" "),
  ],
  /**
   * These name what was cut out of an output, or a reference solution, as often as the output itself. They count only
   * when nothing else does and nothing speaks against it; "gold", "ground_truth", "target" and the like never count.
   */
  weakText: "code_list codes code prediction predict solutions solution answer".split(" "),
  /** What the model thought before it answered, when kept apart. */
  thinking:
    "reasoning_content thinking thinking_content reasoning reasoning_text thinking_trajectories thought thoughts think".split(
      " ",
    ),
  /** Names the problem whatever else is there, unless it is a number beside the problem's text. */
  problemId: "problem_id question_id task_id qid instance_id problem_idx question_idx".split(" "),
  /** The problem in words, or an object that holds it. */
  problemText: [
    ..."problem question vars query problem_statement question_content prompt instruction input prompts".split(" "),
    ..."question_text user_prompt user_input full_prompt prompt_text input_prompt origin_prompt inputs chat_history doc".split(
      " ",
    ),
    ..."instance generic_request request contents task initial_query goal".split(" "),
  ],
  /** Names the record or the run as often as the problem, hence after the problem's text. */
  weakId: [
    ..."prompt_id reference_example_id example_id custom_id session_id conversation_id thread_id chat_id id idx index".split(
      " ",
    ),
    ..."test_idx uid doc_id key sample_id uuid task goal issue title".split(" "),
  ],
  /** Whether the output is right: see success.ts for what each kind of name may hold. */
  success: [
    ..."correct is_correct iscorrect success is_success successful succeeded passed pass is_passed".split(" "),
    ..."solved resolved is_solved is_resolved is_right final_answer_correct graded graded_list".split(" "),
    ..."correctness correctness_math_verify deepseek_grade plus_status base_status".split(" "),
    ..."verdict grade outcome acc accuracy exact_match em pass@1 pass_at_1 pass1".split(" "),
    ..."scores grading_result eval_result evaluation_result test_result report metric metrics eval evaluation".split(
      " ",
    ),
    ..."judge judgement judgment verification verifier_result feedback_stats stats".split(" "),
    ..."score reward rewards final_reward total_reward reward_info reward_score result".split(" "),
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

/**
 * Words that names are made of, for names that nobody listed: "full_model_response" and "raw_completion" are outputs
 * in full; "assistant_reply" is an output; "judge_output" and "expected_response" are none of the model's.
 */
const words = (list: string) => new Set(list.split(" "));
const FULL = words("full raw complete origin original whole unparsed unfiltered verbatim untruncated");
const OUTPUT = words(
  "output outputs response responses completion completions generation generations generated gen gens reply replies continuation continuations rollout rollouts trajectory trajectories traj trace",
);
const MODEL = words("model llm lm assistant ai agent policy actor student bot candidate actual chatbot");
const THINKING = words("reasoning thinking thought thoughts think cot rationale rationales scratchpad monologue");
const PLAIN = words("answer answers solution solutions code text texts content message messages str string list final");
/** Of others than the model, or about the output: never its text, and nothing below such a name is. */
const NOT_THE_MODELS = words(
  [
    "gold golden reference references ref refs refr truth gt target targets expected label labels canonical ideal human",
    "correct true official oracle groundtruth prompt prompts question questions query input inputs instruction",
    "instructions system user context problem problems template task tasks few shot fewshot demo demos example",
    "examples hint hints option options judge judges judgement judgment judgments grader grading grade critic critique",
    "verifier verification verdict evaluator evaluation eval feedback review reviewer rubric annotator annotation",
    "explanation simulator simulated environment env tool tools observation observations error errors log logs status",
    "metric metrics score scores reward rewards extracted parsed pred predicted filtered boxed rejected invalid",
  ].join(" "),
);
/** About the run: nothing below such a name is an output. */
const ABOUT = words(
  "metadata meta info config params parameters args kwargs usage extra extras doc instance adapter spec stats settings",
);

export type Role = keyof typeof NAMES;

const ROLES = Object.keys(NAMES) as Role[];
const BY_NAME = new Map<string, { role: Role; rank: number }[]>();
for (const role of ROLES) {
  NAMES[role].forEach((name: string, rank: number) => {
    const roles = BY_NAME.get(name) ?? [];
    if (roles.length === 0) BY_NAME.set(name, roles);
    if (!roles.some((r) => r.role === role)) roles.push({ role, rank });
  });
}

/** Below the ranks of listed names: an output in full comes before all of them. */
const IN_FULL = -1;
/** Above the ranks of listed names. */
const UNLISTED = 500;

/** What a name's words tell, where it is not listed. */
function rolesByWords(name: string): { role: Role; rank: number }[] {
  const parts = name.split("_").filter((part) => part !== "" && !/^\d+$/.test(part));
  if (parts.length === 0 || parts.length > 6) return [];
  // what a prediction was before anything was taken out of it
  if (
    parts.length > 1 &&
    parts.every((p) => FULL.has(p) || /^pred(?:iction)?s?$/.test(p)) &&
    parts.some((p) => FULL.has(p))
  )
    return [{ role: "text", rank: IN_FULL }];
  const has = (set: Set<string>) => parts.some((part) => set.has(part));
  if (!parts.every((p) => FULL.has(p) || OUTPUT.has(p) || MODEL.has(p) || THINKING.has(p) || PLAIN.has(p))) return [];
  if (has(THINKING))
    return [
      { role: "thinking", rank: UNLISTED },
      { role: "text", rank: UNLISTED + 1 },
    ];
  if (has(FULL) && (has(OUTPUT) || parts.some((p) => /^(?:answer|solution)s?$/.test(p))))
    return [{ role: "text", rank: IN_FULL }];
  return has(OUTPUT) || (has(MODEL) && parts.some((p) => PLAIN.has(p) && p !== "final"))
    ? [{ role: "text", rank: UNLISTED }]
    : [];
}

/** Roles met so far by folded name; bounded, for records can have a million keys. */
const known = new Map<string, readonly { role: Role; rank: number }[]>();

function rolesOf(key: string): readonly { role: Role; rank: number }[] {
  const listed = BY_NAME.get(key);
  if (listed !== undefined) return listed;
  let roles = known.get(key);
  if (roles === undefined) {
    const name = foldName(key);
    roles = BY_NAME.get(name) ?? BY_NAME.get(name.replace(/^_+/, "")) ?? rolesByWords(name);
    if (known.size < 10_000) known.set(key, roles);
  }
  return roles;
}

/** The field of each role; undefined where the record has none. */
export type Survey = { [R in Role]?: string } & {
  /** Fields that may hold the output, first to last choice; the weak names come last. */
  texts: string[];
  /** Fields that may tell the success, first to last choice. */
  verdicts: string[];
  /** Fields of no role that hold texts. */
  unclaimed: string[];
};

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

/** Finds the fields of each role in one pass over the record's keys. Null, "" and empty lists count as absent. */
export function survey(record: Record<string, unknown>): Survey {
  const found: { role: Role; rank: number; key: string }[] = [];
  const unclaimed: string[] = [];
  for (const key of Object.keys(record)) {
    const value = record[key];
    if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) continue;
    const roles = rolesOf(key);
    if (roles.length === 0 && holdsText(value) && !hasWord(key, NOT_THE_MODELS) && !hasWord(key, ABOUT))
      unclaimed.push(key);
    for (const { role, rank } of roles) if (fits(role, value)) found.push({ role, rank, key });
  }
  // Two spellings of one name: the smaller first, so that the order of keys does not matter
  found.sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1));
  const taken: Survey = { texts: [], verdicts: [], unclaimed };
  for (const { role, key } of found) {
    taken[role] ??= key;
    if (role === "text") taken.texts.push(key);
    if (role === "success") taken.verdicts.push(key);
  }
  for (const { role, key } of found) if (role === "weakText") taken.texts.push(key);
  return taken;
}

/** Whether a field's name may well stand for what was extracted, or for a reference. */
export function isWeakText(key: string): boolean {
  const roles = rolesOf(key);
  return roles.some(({ role }) => role === "weakText") && !roles.some(({ role }) => role === "text");
}

/** Whether a name stands for an output. */
export const isTextName = (key: string): boolean => rolesOf(key).some(({ role }) => role === "text");

/** Whether a field's name says that it holds the output in full. */
export function isInFull(key: string): boolean {
  return rolesOf(key).some(({ role, rank }) => role === "text" && rank === IN_FULL);
}

/** Whether nothing below a field of this name is the model's output. */
export function isOfOthers(key: string): boolean {
  if (/^task_(?:result|run|output)s?$/.test(foldName(key))) return false;
  return hasWord(key, NOT_THE_MODELS) || hasWord(key, ABOUT) || /^(?:generic_)?request$/.test(key);
}

/** Whether a name is made of such words alone: "judge", but not "175b_verification". */
export function isOthersAlone(key: string): boolean {
  return foldName(key)
    .split("_")
    .every((part) => NOT_THE_MODELS.has(part) || ABOUT.has(part));
}

function hasWord(key: string, set: Set<string>): boolean {
  return foldName(key)
    .split("_")
    .some((part) => set.has(part));
}

const holdsText = (value: unknown): boolean =>
  typeof value === "string" || (Array.isArray(value) && typeof value[0] === "string");

/** Whether a value's type can fill the role at all. */
function fits(role: Role, value: unknown): boolean {
  switch (role) {
    case "text":
    case "weakText":
    case "problemText":
      return typeof value === "string" || typeof value === "object";
    case "thinking":
      return typeof value === "string" || typeof value === "object";
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
      return true;
    case "reward":
      return typeof value !== "boolean";
  }
}

/** Whether a folded name is one of those listed above. */
export function isTraceFieldName(name: string): boolean {
  return BY_NAME.has(name);
}
