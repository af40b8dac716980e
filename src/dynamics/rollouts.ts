import { FUNCTIONS } from "../lexicon/lexicon.js";
import type { Tally } from "./tally.js";

/** Flat numbers by name, with what they are of. */
export type Row = Record<string, string | number | null>;

/**
 * A row per rollout, by steps and within a step in the order of the input: what a dashboard shows beside its reward.
 * @param problems the run's problems, by the tallies' indices
 * @param named whether it is known what moves do
 */
export function* rolloutRows(
  run: string,
  tallies: readonly Tally[],
  problems: readonly string[],
  named: boolean,
): Generator<Row> {
  for (const tally of tallies)
    for (let trace = 0; trace < tally.key.length; trace++) {
      const from = trace === 0 ? 0 : tally.end.data[trace - 1];
      const to = tally.end.data[trace];
      const purposes = tally.purpose.data.subarray(from, to);
      const [words, planningWords] = [tally.words.data[trace], tally.planningWords.data[trace]];
      const [tokens, success] = [tally.tokens.data[trace], tally.success.data[trace]];
      yield {
        run,
        step: tally.step,
        problem: problems[tally.problem.data[trace]],
        success: success < 0 ? null : success,
        words,
        tokens: tokens < 0 ? null : tokens,
        planningWords,
        planningRatio: words > 0 ? Number((planningWords / words).toPrecision(6)) : null,
        moves: to - from,
        kinds: new Set(tally.entry.data.subarray(from, to).filter((entry) => entry >= 0)).size,
        ...(named &&
          Object.fromEntries(
            FUNCTIONS.map((name, f) => [name, purposes.reduce((sum, purpose) => sum + Number(purpose === f), 0)]),
          )),
      };
    }
}
