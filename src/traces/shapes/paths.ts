import { isObject } from "../../json.js";

/** A value that a name reaches. */
export interface Reached {
  value: unknown;
  /** keys and indices from the record on */
  path: (string | number)[];
  /** the innermost object that holds it */
  owner: Record<string, unknown>;
}

/** Values that a dotted name reaches at most. */
const MOST = 100_000;

/**
 * The values that a name reaches: the field of that whole name, or a path of names. A list is passed through item by
 * item where the path has no index of its own ("steps.0.text" is one text, "steps.text" and "steps.*.text" are all of
 * them). Own fields only.
 */
export function reach(record: Record<string, unknown>, name: string): Reached[] {
  if (Object.hasOwn(record, name)) return [{ value: record[name], path: [name], owner: record }];
  const parts = name.split(".");
  const out: Reached[] = [];
  const go = (value: unknown, at: number, path: (string | number)[], owner: Record<string, unknown>): void => {
    if (out.length >= MOST) return;
    if (at === parts.length) {
      if (value !== undefined) out.push({ value, path, owner });
      return;
    }
    const part = parts[at]!;
    if (Array.isArray(value)) {
      if (/^\d+$/.test(part)) go(value[Number(part)], at + 1, [...path, Number(part)], owner);
      else
        value.forEach((item, i) => {
          go(item, part === "*" ? at + 1 : at, [...path, i], owner);
        });
    } else if (isObject(value)) {
      if (part === "*") for (const key of Object.keys(value)) go(value[key], at + 1, [...path, key], value);
      // a name with dots may stand anywhere on the way
      else
        for (let end = parts.length; end > at; end--) {
          const key = parts.slice(at, end).join(".");
          if (!Object.hasOwn(value, key)) continue;
          go(value[key], end, [...path, key], value);
          return;
        }
    }
  };
  go(record, 0, [], record);
  return out;
}

/** Of the values that a name reaches, the one that stands nearest to a place; undefined where several stand as near. */
export function nearest(found: readonly Reached[], place: readonly (string | number)[]): Reached | undefined {
  let best: Reached[] = [];
  let longest = -1;
  for (const one of found) {
    let shared = 0;
    while (shared < place.length && shared < one.path.length && place[shared] === one.path[shared]) shared++;
    if (shared > longest) best = [];
    if (shared >= longest) best.push(one);
    longest = Math.max(longest, shared);
  }
  return best.length === 1 ? best[0] : undefined;
}
