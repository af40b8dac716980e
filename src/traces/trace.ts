/** One attempt of a model at one problem. */
export interface Trace {
  /** Identity of the problem: its id, else "sha:" and a hash of its text. */
  problem: string;
  /** What the model wrote: thinking first, then the answer; without prompt, system text and tool results. */
  text: string;
  /** Undefined when the record does not say. */
  success: boolean | undefined;
  /** Why `success` is unknown though a score is there: it is above 1, and no threshold is given. */
  unscaled?: string;
  /** The number the trainer gave, when the record has one. */
  reward?: number;
  /** Training step or checkpoint, from the record or else the file's name. */
  step?: string | number;
  /** The record's own id, with "/KEY" for one of several rollouts in it. */
  id?: string | number;
  tokenIds?: number[];
  /** Per token, as given (nats as a rule). */
  entropies?: number[];
  /** Per token, as given (natural logarithm as a rule). */
  logprobs?: number[];
  /** Names of the fields taken, dotted when nested. */
  fields: { text: string; problem: string; success?: string /** verdicts that say otherwise */; against?: string[] };
}

/** Which fields a trace was taken from, in one line, for summaries. */
export const takenFrom = ({ problem, text, success = "-", against }: Trace["fields"]): string =>
  `problem=${problem} text=${text} success=${success}${against === undefined ? "" : ` (${against.join(", ")} says otherwise)`}`;

/** What the user names. A named field wins over detection; a dotted name reaches into objects and lists. */
export interface TraceOptions {
  textField?: string;
  problemField?: string;
  successField?: string;
  /** A number counts as success from here on; 0.5 unless given. */
  successThreshold?: number;
  stepField?: string;
  /** Field with the token ids. */
  tokenField?: string;
  /** Keep traces whose success the record does not tell (`success` stays undefined). */
  all?: boolean;
}

/**
 * Why a record, or one rollout in it, gave no trace:
 * - `malformed`: not JSON, or not an object
 * - `no-trace`: no field holds a model's output
 * - `no-problem`: neither an id nor a text of the problem
 * - `unknown-success`: nothing says whether it succeeded, and `all` is not set
 * - `unknown-scale`: a score above 1 that no threshold makes a verdict, and `all` is not set
 * - `not-model`: a message of a user, a system or a tool
 * - `empty`: the output is blank
 */
export type SkipReason =
  | "malformed"
  | "no-trace"
  | "no-problem"
  | "unknown-success"
  | "unknown-scale"
  | "not-model"
  | "empty";
