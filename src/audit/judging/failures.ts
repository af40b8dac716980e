/** Which failed attempts are judged: the same ones whatever the order of the input, as many of each step as there can be. */
import { textHash } from "../../traces/digest.js";
import { numericStep } from "../../traces/shapes/step.js";
import type { Trace } from "../../traces/trace.js";

/** An attempt as it comes. */
export interface PlacedAttempt {
  run: string;
  trace: Trace;
  /** of its problem, where the record has it */
  problemText: string | undefined;
  place: string;
}

/** Names an attempt in requests and answers: the same for the same run, problem, step and text. */
export const attemptId = ({ run, trace }: Pick<PlacedAttempt, "run" | "trace">): string =>
  textHash(JSON.stringify([run, trace.problem, trace.step ?? null, trace.text]));

/** Attempts of one run at one step; of a step that is no number, or none, `step` is null. */
export interface StepCounts {
  run: string;
  step: number | null;
  attempts: number;
  failed: number;
}

/** Attempts and failures of one run, step and problem. */
export interface Cell extends StepCounts {
  problem: string;
}

export interface Survey {
  cells: Cell[];
  /** ids of the failed attempts to be judged, in the order of their steps and ids */
  chosen: Map<string, { run: string; step: number | null; problem: string }>;
  /** ids of all failed attempts */
  failed: Map<string, { run: string; step: number | null; problem: string }>;
  ungraded: number;
}

/** Reads all attempts once; keeps of each failed one its id, and no text. */
export async function surveyFailures(
  attempts: AsyncIterable<PlacedAttempt>,
  most: number,
  seed: number,
): Promise<Survey> {
  const cells = new Map<string, Cell>();
  const failed: Survey["failed"] = new Map();
  let ungraded = 0;
  for await (const attempt of attempts) {
    const { run, trace } = attempt;
    if (trace.success === undefined) {
      ungraded++;
      continue;
    }
    const step = numericStep(trace.step) ?? null;
    const key = JSON.stringify([run, step, trace.problem]);
    const cell = cells.get(key) ?? { run, step, problem: trace.problem, attempts: 0, failed: 0 };
    cells.set(key, cell);
    cell.attempts++;
    if (trace.success) continue;
    cell.failed++;
    // the same words at the same problem and step are judged once
    failed.set(attemptId(attempt), { run, step, problem: trace.problem });
  }
  const ordered = [...failed].sort(([a, of], [b, other]) => byPlace(of, other) || (a < b ? -1 : 1));
  return {
    cells: [...cells.values()].sort((a, b) => byPlace(a, b) || (a.problem < b.problem ? -1 : 1)),
    chosen: new Map(drawn(ordered, most, seed)),
    failed: new Map(ordered),
    ungraded,
  };
}

const byPlace = (a: { run: string; step: number | null }, b: { run: string; step: number | null }): number =>
  a.run !== b.run ? (a.run < b.run ? -1 : 1) : (a.step ?? -1) - (b.step ?? -1);

/** Of each run and step the lowest ranks, in turn, until there are `most`. */
function drawn<T extends { run: string; step: number | null }>(
  failed: readonly [string, T][],
  most: number,
  seed: number,
): [string, T][] {
  if (failed.length <= most) return [...failed];
  const places = new Map<string, { rank: string; entry: [string, T] }[]>();
  for (const entry of failed) {
    const key = JSON.stringify([entry[1].run, entry[1].step]);
    const of = places.get(key) ?? [];
    places.set(key, of);
    of.push({ rank: textHash(`${seed} ${entry[0]}`), entry });
  }
  const queues = [...places.values()].map((of) => of.sort((a, b) => (a.rank < b.rank ? -1 : 1)));
  const chosen = new Set<string>();
  for (let turn = 0; chosen.size < most; turn++)
    for (const queue of queues) if (queue[turn] && chosen.size < most) chosen.add(queue[turn].entry[0]);
  return failed.filter(([id]) => chosen.has(id));
}

/** A failed attempt with what a judge needs. */
export interface Failure {
  id: string;
  run: string;
  step: number | null;
  problem: string;
  problemText: string | undefined;
  text: string;
  /** a right attempt at the same problem, of the same step where there is one */
  right: string | undefined;
  place: string;
}

/** Reads all attempts again and keeps the chosen failed ones, with a right attempt each; in the order of `chosen`. */
export async function collectFailures(
  attempts: AsyncIterable<PlacedAttempt>,
  chosen: Survey["chosen"],
): Promise<Failure[]> {
  const wanted = new Map<string, Map<number | null, { rank: string; text: string }>>();
  for (const { problem } of chosen.values()) wanted.set(problem, new Map());
  const found = new Map<string, Omit<Failure, "right">>();
  for await (const attempt of attempts) {
    const { run, trace, problemText, place } = attempt;
    const { problem, text, success } = trace;
    const step = numericStep(trace.step) ?? null;
    const rights = wanted.get(problem);
    if (!rights || success === undefined) continue;
    if (success) {
      const rank = textHash(text);
      const known = rights.get(step);
      if (!known || rank < known.rank) rights.set(step, { rank, text: ownMemory(text) });
      continue;
    }
    const id = attemptId(attempt);
    if (chosen.has(id) && !found.has(id))
      found.set(id, { id, run, step, problem, problemText, text: ownMemory(text), place });
  }
  return [...chosen.keys()].flatMap((id) => {
    const failure = found.get(id);
    if (!failure) return [];
    const rights = wanted.get(failure.problem)!;
    const [least] = [...rights.values()].sort((a, b) => (a.rank < b.rank ? -1 : 1));
    return [{ ...failure, right: (rights.get(failure.step) ?? least)?.text }];
  });
}

/** A slice would keep its whole record in memory. */
const ownMemory = (text: string): string => Buffer.from(text, "utf16le").toString("utf16le");
