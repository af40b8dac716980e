/** A file of counts is data of unknown origin like any other: what counting and mining rely on is checked before. */

import { isObject } from "../json.js";
import type { MineOptions } from "../options.js";
import type { CountsFacts } from "./file.js";

type Check = (value: unknown) => boolean;
export const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown) => isObject(value) && Object.values(value).every(isCount);
export const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((v) => typeof v === "string");
const isShare = (value: unknown) => typeof value === "number" && value >= 0 && value <= 1;
const from1 = (most: number) => (value: unknown) =>
  isCount(value) && (value as number) >= 1 && (value as number) <= most;
const orNull = (is: (value: unknown) => boolean) => (value: unknown) => value === null || is(value);
const orAuto = (is: (value: unknown) => boolean) => (value: unknown) => value === "auto" || is(value);
const orNothing = (is: (value: unknown) => boolean) => (value: unknown) => value === undefined || is(value);
/** An object whose values are what these keys want; others may stand beside them. */
const all = (checks: Record<string, Check>) => (value: unknown) =>
  isObject(value) && Object.entries(checks).every(([key, is]) => is(value[key]));
const isText = (value: unknown) => typeof value === "string";
const isPrior: Check = (value) =>
  Array.isArray(value) &&
  value.every((pair) => Array.isArray(pair) && typeof pair[0] === "string" && pair[0] !== "" && isShare(pair[1]));

/** A trace of the sample. */
export const isSampled: Check = all({ problem: isText, text: isText });

const MINING: Record<keyof MineOptions, Check> = {
  preset: (value) => value === "default" || value === "paper",
  minN: from1(8),
  maxN: from1(8),
  clusters: orAuto(from1(Number.MAX_SAFE_INTEGER)),
  top: isShare,
  minProblems: orAuto(from1(Number.MAX_SAFE_INTEGER)),
  maxPerTrace: orNull((value) => typeof value === "number" && value > 0),
  minWeight: isShare,
  maxEntries: orNull(from1(Number.MAX_SAFE_INTEGER)),
  seed: isCount,
};
/** What may stand in options that name fields. */
const TRACES: Record<string, Check> = {
  textField: orNothing(isText),
  problemField: orNothing(isText),
  successField: orNothing(isText),
  successThreshold: orNothing(Number.isFinite),
  stepField: orNothing(isText),
  all: orNothing((value) => typeof value === "boolean"),
};
const CORPUS: Record<keyof CountsFacts["corpus"], Check> = {
  records: isCount,
  skipped: isCounts,
  fields: isCounts,
  digest: (value) => typeof value === "string" && /^(?:[\da-f]{64})?$/.test(value),
  successful: isCount,
  words: isCount,
  problems: isCount,
};

const SECTION = all({ offset: isCount, length: isCount });
const FACTS: Record<string, Check> = {
  maxN: from1(8),
  floor: isCount,
  corpus: all(CORPUS),
  lostWords: isCount,
  traces: all(TRACES),
  update: orNothing(all({ mining: all(MINING), updates: isCount, decay: isShare, prior: orNothing(isPrior) })),
  rows: all({ count: isCount, sum: isCount }),
  sections: orNothing(all({ traces: orNothing(SECTION), sample: orNothing(SECTION) })),
};

/** The first of the facts that cannot be, or undefined. */
export const wrongFact = (facts: object): string | undefined =>
  Object.keys(FACTS).find((key) => !FACTS[key]((facts as Record<string, unknown>)[key]));
