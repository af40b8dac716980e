/** What was passed over: the first few places as they come, the rest as counts by reason. */
import { InputError } from "../traces/errors.js";
import type { SkipReason } from "../traces/trace.js";

const SHOWN = 5;
/** Reasons to skip a record that can be read. */
const WHOLE = new Set<string>(["no-trace", "no-problem", "unknown-success", "empty"] satisfies SkipReason[]);

export interface Skips {
  add(place: string, why: string): void;
  /** @throws InputError when nothing was of use and all that was skipped is broken */
  requireSome(used: number): void;
  summarise(): void;
}

/** With `strict` the first skip is an InputError. */
export function createSkips(strict: boolean, say: (text: string) => void): Skips {
  const counts = new Map<string, number>();
  let first = "";
  return {
    add(place, why) {
      if (strict) throw new InputError(`${place}: ${why}; without --strict such records are skipped`);
      if (counts.size === 0) first = `${place}: ${why}`;
      const count = (counts.get(why) ?? 0) + 1;
      counts.set(why, count);
      if (count <= SHOWN) say(`${place}: skipped: ${why}`);
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
