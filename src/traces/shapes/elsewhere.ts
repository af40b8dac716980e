import { isObject } from "../../json.js";
import type { TraceOptions } from "../trace.js";

/** Objects looked at, and places named, at most. */
const LOOKED = 500;
const NAMED = 3;

/** A path for jq; lists on the way are gone through. */
const jqPath = (path: string): string =>
  path
    .split(".")
    .map((key) => (/^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`))
    .join("")
    .replace(/^\[/, ".[");

/** Where in a record without an output texts and lists stand, so that a message can name what an option would take. */
export function whereElse(record: Record<string, unknown>, { textField }: TraceOptions): string | undefined {
  const lists: { path: string; items: number }[] = [];
  const texts = new Map<string, number>();
  let left = LOOKED;
  const look = (value: unknown, path: string): void => {
    if (left-- <= 0) return;
    if (typeof value === "string" && value.length >= 8) texts.set(path, Math.max(texts.get(path) ?? 0, value.length));
    else if (Array.isArray(value)) {
      if (isObject(value[0]) && path !== "" && !lists.some((list) => list.path === path))
        lists.push({ path, items: value.length });
      for (const item of value.slice(0, 3)) look(item, path);
    } else if (isObject(value))
      for (const key of Object.keys(value)) look(value[key], path === "" ? key : `${path}.${key}`);
  };
  look(record, "");
  const longest = [...texts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, NAMED);
  const parts = [
    ...(textField === undefined ? [] : [`no field ${JSON.stringify(textField)} here`]),
    ...(lists.length === 0
      ? []
      : [
          `lists of objects: ${lists
            .slice(0, NAMED)
            .map(({ path, items }) => `${path} (${items} items; jq -c '${jqPath(path)}[]' makes lines of them)`)
            .join(", ")}`,
        ]),
    ...(longest.length === 0 ? [] : [`texts: ${longest.map(([path]) => path).join(", ")}`]),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}
