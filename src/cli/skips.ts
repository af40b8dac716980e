/** What was passed over: the first few places as they come, the rest as counts by reason. */
import { InputError } from "../errors.js";
import type { SkipReason } from "../traces/trace.js";

const SHOWN = 5;
/** Reasons to skip a record that can be read. */
const WHOLE = new Set<string>(["no-trace", "no-problem", "unknown-success", "empty"] satisfies SkipReason[]);

export interface Skips {
  add(place: string, why: string): void;
  /** What `make` gives of one trace; undefined, and the trace passed over, where it throws an InputError. */
  attempt<T>(of: { place: string; traces: readonly unknown[] }, index: number, make: () => T): T | undefined;
  /** @throws InputError when nothing was of use and all that was skipped is broken */
  requireSome(used: number): void;
  summarise(): void;
}

/** With `strict` the first skip is an InputError. */
export function createSkips(strict: boolean, say: (text: string) => void): Skips {
  const counts = new Map<string, number>();
  let first = "";
  function add(place: string, why: string) {
    if (strict) throw new InputError(`${place}: ${why}; without --strict such records are skipped`);
    if (counts.size === 0) first = `${place}: ${why}`;
    const count = (counts.get(why) ?? 0) + 1;
    counts.set(why, count);
    if (count <= SHOWN) say(`${place}: skipped: ${why}`);
  }
  return {
    add,
    attempt({ place, traces }, index, make) {
      try {
        return make();
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        add(traces.length > 1 ? `${place}, rollout ${index}` : place, error.message);
        return undefined;
      }
    },
    requireSome(used) {
      if (used > 0 || counts.size === 0 || [...counts.keys()].some((why) => WHOLE.has(why))) return;
      const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
      throw new InputError(`${first}; none of the ${all} records can be read`);
    },
    summarise() {
      const more = [...counts].filter(([, count]) => count > SHOWN);
      if (more.length > 0) say(`skipped in all: ${more.map(([why, count]) => `${count} × ${why}`).join(", ")}`);
    },
  };
}
