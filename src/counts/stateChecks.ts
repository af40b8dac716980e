/** A state file is data of unknown origin like any other: what mining relies on is checked before it mines. */
import { InputError } from "../traces/errors.js";
import type { StateHeader } from "./stateFile.js";

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
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
const isText = (value: unknown) => typeof value === "string";

const MINING: Record<keyof StateHeader["mining"], (value: unknown) => boolean> = {
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
export const TRACES: Record<string, (value: unknown) => boolean> = {
  textField: orNothing(isText),
  problemField: orNothing(isText),
  successField: orNothing(isText),
  successThreshold: orNothing(Number.isFinite),
  stepField: orNothing(isText),
  all: orNothing((value) => typeof value === "boolean"),
};
/** What stands in the sums over what was read. */
export const SUMS: Record<keyof StateHeader["sums"], (value: unknown) => boolean> = {
  records: isCount,
  skipped: isCounts,
  fields: isCounts,
  digest: (value) => typeof value === "string" && /^(?:[\da-f]{64})?$/.test(value),
  lostWords: isCount,
};

/** @throws InputError that names what in the header cannot be */
export function checkStateHeader(header: StateHeader, path: string): void {
  const expect = (ok: boolean, place: string) => {
    if (!ok) throw new InputError(`${path}: a broken state: ${place} is not what it must be; mine again with --state`);
  };
  const parts = { mining: MINING, traces: TRACES, sums: SUMS } as const;
  for (const [name, checks] of Object.entries(parts)) {
    const part: unknown = header[name as keyof typeof parts];
    expect(isObject(part), name);
    for (const [key, is] of Object.entries(checks))
      expect(is((part as Record<string, unknown>)[key]), `${name}.${key}`);
  }
  expect(isCount(header.updates), "updates");
  expect(isShare(header.decay), "decay");
  expect(isTexts(header.problems) && new Set(header.problems).size === header.problems.length, "problems");
  expect(isTexts(header.spellings) && !header.spellings.includes(""), "spellings");
}
