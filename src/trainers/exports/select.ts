import { InputError } from "../../errors.js";
import type { StrategicFunction } from "../../lexicon/lexicon.js";
import type { GramEntry } from "../../lexicon/match.js";

export interface Selection {
  maxEntries?: number;
  minWeight?: number;
  functions?: readonly StrategicFunction[];
}

/** The best entries that meet the conditions. Throws InputError where the lexicon does not say what is asked, or none is left. */
export function selectEntries(entries: readonly GramEntry[], selection: Selection, path: string): GramEntry[] {
  const { maxEntries, minWeight, functions } = selection;
  const needs = (option: string, key: "weight" | "function") => {
    if (entries.some((entry) => entry[key] === undefined))
      throw new InputError(`${path}: a list of grams, which says nothing of their ${key}; leave ${option} out`);
  };
  if (minWeight !== undefined) needs("--min-weight", "weight");
  if (functions !== undefined) needs("--function", "function");
  const chosen = entries
    .filter((entry) => minWeight === undefined || entry.weight! >= minWeight)
    .filter((entry) => functions === undefined || functions.includes(entry.function!))
    .slice(0, maxEntries);
  if (chosen.length === 0) throw new InputError(`${path}: no entry is left; lower --min-weight or drop --function`);
  return chosen;
}
