/** The measurements as flat rows, for tables and dashboards: a number a column, named by its path in the JSON. */
import { isObject } from "../json.js";
import type { Dynamics } from "./dynamics.js";
import type { Row } from "./rollouts.js";

/** A row per run and step: `run`, `step`, then every number of the step, such as `semanticEntropy.grams.value`. */
export const stepRows = ({ runs }: Dynamics): Row[] =>
  runs.flatMap(({ name, steps }) => steps.map((step) => ({ run: name, ...flat(step) })));

function flat(value: object, path = ""): Row {
  const row: Row = {};
  for (const [key, inner] of Object.entries(value)) {
    const name = path ? `${path}.${key}` : key;
    if (isObject(inner)) Object.assign(row, flat(inner, name));
    else if (inner === null || typeof inner === "number") row[name] = inner;
  }
  return row;
}

/**
 * The rows' columns, in the order in which they first appear. A measure that some steps lack is null there as a whole:
 * its own column goes where the parts of it have theirs.
 */
export function columnsOf(rows: readonly Row[]): string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return names.filter(
    (name) => !names.some((other) => other.startsWith(`${name}.`)) && rows.some((row) => row[name] != null),
  );
}
