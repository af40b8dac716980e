/** What was passed over: the first few places as they come, the rest as counts by reason. */
import { InputError } from "../traces/errors.js";

const SHOWN = 5;

export interface Skips {
  add(place: string, why: string): void;
  summarise(): void;
}

/** With `strict` the first skip is an InputError. */
export function createSkips(strict: boolean, say: (text: string) => void): Skips {
  const counts = new Map<string, number>();
  return {
    add(place, why) {
      if (strict) throw new InputError(`${place}: ${why}; without --strict such records are skipped`);
      const count = (counts.get(why) ?? 0) + 1;
      counts.set(why, count);
      if (count <= SHOWN) say(`${place}: skipped: ${why}`);
    },
    summarise() {
      const more = [...counts].filter(([, count]) => count > SHOWN);
      if (more.length > 0) say(`skipped in all: ${more.map(([why, count]) => `${count} × ${why}`).join(", ")}`);
    },
  };
}
