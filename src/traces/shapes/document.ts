import { isObject } from "../../json.js";
import type { TraceOptions } from "../trace.js";
import { isNameOfSteps, isStep } from "./episode.js";
import { foldName, isOthersAlone, isWeakText, survey } from "./fields.js";
import { reach } from "./paths.js";
import { tracesOf } from "./record.js";
import { isEventLine } from "./session.js";
import { toldBy } from "./success.js";

/** Names under which a document keeps its records, also such as cannot be read. */
export const CONTAINERS = new Set(
  "simulations results records data samples examples items rows traces trajectories instances details test_results test_cases eval evaluation".split(
    " ",
  ),
);

/** Names of what is not the model's in a record, and of lists of records in a document. */
const PLURAL = new Set("tasks problems questions queries prompts evaluations evals logs contexts".split(" "));

export interface PlacedValue {
  place: string;
  value: unknown;
}

type Named = Pick<TraceOptions, "textField" | "problemField">;

/**
 * The records of a JSON document: the members of an object of records (each with its key in `key`), the rows of a
 * table, the items of every list in it that hold traces by themselves; else the document itself.
 */
export function recordsOfDocument(document: Record<string, unknown>, place: string, named: Named): PlacedValue[] {
  const whole = [{ place, value: document }];
  // a path that reaches from the document's root means it as a whole
  if (named.textField?.includes(".") && reach(document, named.textField).length > 0) return whole;
  const table = rowsOf(document);
  if (table !== undefined) return table;
  const keyed = members(document, named);
  if (keyed !== undefined) return keyed;
  const { problemId, problemText } = survey(document);
  if (problemId !== undefined || problemText !== undefined) return whole;
  const found: PlacedValue[] = [];
  lists(document, "", named, found, 0);
  if (found.length > 0) return found;
  if (tracesOf(document, { ...named, all: true }, { file: "" }).traces.length > 0) return whole;
  for (const key of Object.keys(document)) {
    const list = document[key];
    if (CONTAINERS.has(key) && Array.isArray(list) && list.some(isObject)) return placed(list, key);
  }
  return whole;
}

const placed = (list: readonly unknown[], path: string): PlacedValue[] =>
  list.map((value, i) => ({ place: path === "" ? `item ${i + 1}` : `${path} item ${i + 1}`, value }));

/** {columns, data: [[…], …]}, as pandas and wandb write a table; {name: {row: cell}}, as pandas does by default. */
function rowsOf(document: Record<string, unknown>): PlacedValue[] | undefined {
  const { columns, data } = document;
  if (Array.isArray(columns) && columns.every((c) => typeof c === "string") && Array.isArray(data)) {
    return placed(
      data.map((cells) =>
        Array.isArray(cells) ? Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? null])) : cells,
      ),
      "",
    );
  }
  const names = Object.keys(document);
  const first = document[names[0] ?? ""];
  if (names.length < 2 || !isObject(first) || !("0" in first)) return undefined;
  const rows = Object.keys(first);
  const same = names.every((name) => {
    const column = document[name];
    return (
      isObject(column) && Object.keys(column).length === rows.length && rows.every((row) => Object.hasOwn(column, row))
    );
  });
  if (!same || !rows.every((row) => /^\d+$/.test(row))) return undefined;
  return placed(
    rows.map((row) =>
      Object.fromEntries(names.map((name) => [name, (document[name] as Record<string, unknown>)[row]])),
    ),
    "",
  );
}

/** Records looked at to tell what the others of their list or object are. */
const LOOKED = 5;

/** An object of records: all members are objects, and the first few hold traces by themselves. */
function members(document: Record<string, unknown>, named: Named): PlacedValue[] | undefined {
  const keys = Object.keys(document);
  if (keys.length === 0 || !keys.every((key) => isObject(document[key]))) return undefined;
  const values = keys.map((key) => document[key] as Record<string, unknown>);
  if (!values.slice(0, LOOKED).every((value) => holdsTraces(withKey("0", value), named, true) || looksLikeOne(value)))
    return undefined;
  return keys.map((key, i) => ({ place: `key ${quoted(key)}`, value: withKey(key, values[i]!) }));
}

/** Whether an object has the names of a record, though its output may be blank. */
function looksLikeOne(value: Record<string, unknown>): boolean {
  const { texts, problemId, problemText, verdicts } = survey(value);
  const [text] = texts;
  const told = verdicts.some((name) => toldBy(name, value[name], value) !== undefined);
  return text !== undefined && !isWeakText(text) && (problemId !== undefined || problemText !== undefined || told);
}

function withKey(key: string, value: Record<string, unknown>): Record<string, unknown> {
  return Object.hasOwn(value, "key") ? value : { key, ...value };
}

/** A key for a message: short, and without control characters. */
export function quoted(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
}

/** Gathers the items of every list of records, at any depth. */
function lists(value: unknown, path: string, named: Named, found: PlacedValue[], depth: number): void {
  if (depth > 8) return;
  if (Array.isArray(value)) {
    const objects = value.filter(isObject);
    if (objects.length === 0 || isEventLine(objects[0])) return;
    // an agent's steps may each hold what it was asked
    if (isNameOfSteps(foldName(path.slice(path.lastIndexOf(".") + 1))) && objects.some(isStep)) return;
    if (objects.slice(0, LOOKED).some((item) => holdsTraces(item, named, false))) {
      // not one by one as arguments: there may be more than a call takes
      for (const one of placed(value, path)) found.push(one);
      return;
    }
    value.forEach((item, i) => {
      if (isObject(item)) lists(item, `${path}[${i}]`, named, found, depth + 1);
    });
  } else if (isObject(value))
    for (const key of Object.keys(value))
      if (!isOthersAlone(key) || CONTAINERS.has(key) || PLURAL.has(key))
        lists(value[key], path === "" ? key : `${path}.${key}`, named, found, depth + 1);
}

/** Whether an object is a record: it holds traces, and what names their problem. */
function holdsTraces(value: Record<string, unknown>, named: Named, keyed: boolean): boolean {
  const { traces } = tracesOf(value, { ...named, all: true }, { file: "" });
  const [first] = traces;
  if (first === undefined) return false;
  if (named.textField !== undefined) return true;
  const { text, problem, success } = first.fields;
  const weak = isWeakText(text.slice(text.lastIndexOf(".") + 1));
  // a key is a problem of last resort, and so is a number of a record
  const sure = first.problem.startsWith("sha:") || !/^(?:key|id|idx|index|uuid)$/.test(problem);
  return sure || (!weak && (success !== undefined || (!keyed && problem !== "key")));
}
