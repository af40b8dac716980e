/** What was passed over: the first few places as they come, the rest as counts by reason. */
import { InputError, NothingError } from "../errors.js";
import { BAD } from "../traces/strict.js";
import { type SkipReason, type Trace, takenFrom } from "../traces/trace.js";
import { fieldLines } from "./fields.js";

/** Places named of each kind. */
export const SHOWN = 5;

/** How every command says that something was passed over. */
export const skippedLine = (what: string): string => `skipped: ${what}`;

/** A reason in words. */
const inWords = (why: string): string => (why in BAD ? BAD[why as keyof typeof BAD] : why);

/** Reasons to skip a record that can be read. */
const WHOLE = new Set<string>([
  "no-trace",
  "no-problem",
  "unknown-success",
  "unknown-scale",
  "not-model",
  "empty",
] satisfies SkipReason[]);

export interface Skips {
  /** `detail` says more than the reason does */
  add(place: string, why: string, detail?: string): void;
  /** Counts from which fields traces were taken. */
  taken(traces: readonly Trace[]): void;
  /** What `make` gives of one trace; undefined, and the trace passed over, where it throws an InputError. */
  attempt<T>(of: { place: string; traces: readonly unknown[] }, index: number, make: () => T): T | undefined;
  /** @throws NothingError where a trace's success is on a scale that nobody names */
  requireScale(of: { place: string; traces: readonly Trace[] }): void;
  /** @throws InputError when nothing was of use and all that was skipped is broken, NothingError when some could be read */
  requireSome(used: number): void;
  summarise(): void;
}

/** With `strict` the first skip is an InputError. */
export function createSkips(strict: boolean, say: (text: string) => void): Skips {
  const counts = new Map<string, number>();
  let first = "";
  const fields: Record<string, number> = {};
  function add(place: string, why: string, detail?: string) {
    const whole = detail === undefined ? inWords(why) : `${inWords(why)}: ${detail}`;
    // what others than the model said is no fault of the file's
    if (strict && why !== "not-model")
      throw new InputError(`${place}: ${whole}; without --strict such records are skipped`);
    if (counts.size === 0) first = `${place}: ${whole}`;
    const count = (counts.get(why) ?? 0) + 1;
    counts.set(why, count);
    if (count <= SHOWN) say(skippedLine(`${place}: ${whole}`));
  }
  return {
    add,
    taken(traces) {
      for (const trace of traces) {
        const taken = takenFrom(trace.fields);
        fields[taken] = (fields[taken] ?? 0) + 1;
      }
    },
    attempt({ place, traces }, index, make) {
      try {
        return make();
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        add(traces.length > 1 ? `${place}, rollout ${index}` : place, error.message);
        return undefined;
      }
    },
    requireScale({ place, traces }) {
      const why = traces.find(({ unscaled }) => unscaled !== undefined)?.unscaled;
      if (why !== undefined) throw new NothingError(`${place}: a score on a scale that nobody names: ${why}`);
    },
    requireSome(used) {
      if (used > 0 || counts.size === 0) return;
      const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
      if ([...counts.keys()].some((why) => WHOLE.has(why)))
        throw new NothingError(
          `none of the ${all} records holds a trace (${first}); --text-field and --problem-field name the fields`,
        );
      throw new InputError(`${first}; none of the ${all} records can be read`);
    },
    summarise() {
      for (const line of fieldLines(fields)) say(line);
      for (const [why, count] of counts) if (count > SHOWN) say(skippedLine(`${count - SHOWN} more: ${inWords(why)}`));
    },
  };
}
