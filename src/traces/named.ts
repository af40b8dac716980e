import { NothingError, printable } from "../errors.js";
import { isObject } from "../json.js";
import { type Batch, recordsOf } from "./batch.js";
import { reach } from "./shapes/paths.js";
import type { TraceOptions } from "./trace.js";

/** The options that name fields, by their flags. */
const FLAGS = {
  textField: "--text-field",
  problemField: "--problem-field",
  successField: "--success-field",
  stepField: "--step-field",
  tokenField: "--token-field",
} as const;
type Naming = keyof typeof FLAGS;

/** Names gathered from the first records, for the message. */
const LOOKED = 200;
const MOST = 500;
const SHOWN = 12;

/**
 * Passes batches on and looks for the fields that options name, until each has been seen: as a rule in the first record.
 * @throws NothingError after the last batch when a named field is in none of the records
 */
export async function* requireNamed(
  batches: AsyncIterable<Batch>,
  options: Pick<TraceOptions, Naming>,
): AsyncGenerator<Batch> {
  const missing = new Set((Object.keys(FLAGS) as Naming[]).filter((key) => options[key] !== undefined));
  const names = new Set<string>();
  let records = 0;
  for await (const batch of batches) {
    if (missing.size > 0)
      for (const { value } of recordsOf(batch)) {
        if (!isObject(value) && !Array.isArray(value)) continue;
        if (records++ < LOOKED) gather(value, "", names);
        for (const key of missing) if (occurs(value, options[key]!)) missing.delete(key);
        if (missing.size === 0) break;
      }
    yield batch;
  }
  const [key] = missing;
  if (key === undefined || records === 0) return;
  const name = options[key]!;
  const near = nearestName(name, names);
  const shown = [...names].sort().slice(0, SHOWN);
  throw new NothingError(
    printable(
      `${FLAGS[key]} ${name}: in none of the ${records} records${near === undefined ? "" : `; the nearest is ${near}`}; ` +
        `fields there are: ${shown.join(", ")}${names.size > SHOWN ? ", …" : ""}`,
    ),
  );
}

/** Whether a name reaches something in a record, or in any object below it. */
function occurs(value: unknown, name: string, depth = 0): boolean {
  if (typeof value !== "object" || value === null || depth > 8) return false;
  if (Array.isArray(value)) return value.slice(0, 100).some((item) => occurs(item, name, depth + 1));
  const object = value as Record<string, unknown>;
  return reach(object, name).length > 0 || Object.values(object).some((inner) => occurs(inner, name, depth + 1));
}

function gather(value: unknown, path: string, names: Set<string>, depth = 0): void {
  if (depth > 5 || names.size >= MOST) return;
  if (Array.isArray(value)) for (const item of value.slice(0, 3)) gather(item, path, names, depth + 1);
  else if (isObject(value))
    for (const key of Object.keys(value)) {
      const name = path === "" ? key : `${path}.${key}`;
      if (name.length <= 80) names.add(name);
      gather(value[key], name, names, depth + 1);
    }
}

/** The name with the fewest letters changed, if these are few; its last part may be meant. */
function nearestName(name: string, names: ReadonlySet<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, name.length / 3);
  for (const one of [...names].sort()) {
    const changes = Math.min(
      changesBetween(name, one),
      changesBetween(name, one.slice(one.lastIndexOf(".") + 1)) + (one.includes(".") ? 0.5 : 0),
    );
    if (changes <= least && (best === undefined || changes < least)) {
      best = one;
      least = changes;
    }
  }
  return best;
}

/** Levenshtein's distance. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
