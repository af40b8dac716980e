/** A lexicon file in: format 1, a JSON array of grams, an object with `grams`, or text with one gram per line. */
import { InputError } from "../errors.js";
import { isObject } from "../json.js";
import { FORMAT, FUNCTIONS, type Lexicon } from "./lexicon.js";
import type { GramEntry } from "./match.js";
import { FIRST, lexiconText, requireGrams } from "./text.js";

export interface LexiconFile {
  /** as given, for messages */
  path: string;
  /** best first; only `gram` and `spellings` are sure to be there */
  entries: GramEntry[];
  /** the whole of it, undefined when the file was only a list of grams */
  lexicon?: Lexicon;
}

/** Reads a lexicon. Throws InputError, with the file and the place in it, for anything that is none. */
export async function readLexicon(path: string): Promise<LexiconFile> {
  return parseLexicon(await lexiconText(path), path);
}

/** Reads a lexicon that must be a whole one, with entries and clusters. */
export async function readFullLexicon(path: string): Promise<Lexicon> {
  const { lexicon } = await readLexicon(path);
  if (!lexicon)
    throw new InputError(`${path}: a list of grams; needed is a lexicon as \`sg-mine\` writes it (format "${FORMAT}")`);
  return lexicon;
}

/** The same from the file's text; `path` only names it in messages. */
export function parseLexicon(text: string, path: string): LexiconFile {
  const fail = (what: string): never => {
    throw new InputError(`${path}: ${what}`);
  };
  const body = text.replace(/^\uFEFF/, "").trim();
  if (body === "") fail("is empty; expected a lexicon or a list of grams");
  if (body[0] !== "{" && body[0] !== "[") {
    const lines = body
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter(Boolean);
    const entries = listed(lines, fail);
    requireGrams(entries, path, true);
    return { path, entries };
  }
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    if (isJson(body.split(/\r?\n/, 1)[0])) fail(`JSON lines, no lexicon; ${FIRST}`);
    fail(`is not valid JSON: ${(error as Error).message}`);
  }
  if (Array.isArray(json)) {
    if (json.length > 0 && json.every((item) => typeof item === "object" && item !== null))
      fail(`an array of records, no lexicon; ${FIRST}`);
    const entries = listed(json, fail);
    requireGrams(entries, path, false);
    return { path, entries };
  }
  const object = json as Record<string, unknown>;
  if (object.format === undefined && Array.isArray(object.grams) && object.entries === undefined) {
    const entries = listed(object.grams, fail, "grams");
    requireGrams(entries, path, false);
    return { path, entries };
  }
  checkLexicon(object, fail);
  const lexicon = object as unknown as Lexicon;
  return { path, entries: lexicon.entries, lexicon };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

type Fail = (what: string) => never;

function listed(list: unknown[], fail: Fail, name = ""): GramEntry[] {
  if (list.length === 0) fail(`${name || "the list"} has no gram in it`);
  const seen = new Set<string>();
  const entries: GramEntry[] = [];
  for (const [i, gram] of list.entries()) {
    if (typeof gram !== "string" || gram.trim() === "")
      fail(`${name}[${i}]: expected a gram (a string that is not empty), got ${show(gram)}`);
    else if (!seen.has(gram)) {
      seen.add(gram);
      entries.push({ gram, spellings: [gram] });
    }
  }
  return entries;
}

/** The checks of schema/lexicon.schema.json on which the commands rely, with a place for each complaint. */
function checkLexicon(object: Record<string, unknown>, fail: Fail): void {
  if (object.format !== FORMAT)
    fail(
      typeof object.format === "string" && object.format.startsWith("sg-lexicon/")
        ? `format "${object.format}" is not one that this version reads ("${FORMAT}")`
        : `expected a lexicon ("format": "${FORMAT}"), a JSON array of grams, or an object with "grams"; ${FIRST}`,
    );
  const expect = (ok: boolean, place: string, what: string, value: unknown) => {
    if (!ok) fail(`${place}: expected ${what}, got ${show(value)}`);
  };
  const isList = Array.isArray;
  const isString = (value: unknown) => typeof value === "string" && value !== "";
  const isShare = (value: unknown) => typeof value === "number" && value >= 0 && value <= 1;
  const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
  const isPositive = (value: unknown) => typeof value === "number" && value >= 0;
  const isFunction = (value: unknown) => value === null || (FUNCTIONS as readonly unknown[]).includes(value);

  expect(isList(object.entries), "entries", "an array", object.entries);
  expect(isList(object.clusters), "clusters", "an array", object.clusters);
  expect(isObject(object.provenance), "provenance", "an object", object.provenance);
  const { corpus } = object.provenance as Record<string, unknown>;
  const problems = isObject(corpus) ? corpus.problems : undefined;
  expect(isCount(problems), "provenance.corpus.problems", "a whole number", problems);
  const clusters = new Set<unknown>();
  (object.clusters as Record<string, unknown>[]).forEach((cluster, i) => {
    const place = `clusters[${i}]`;
    expect(isObject(cluster), place, "an object", cluster);
    expect(isCount(cluster.id), `${place}.id`, "a whole number", cluster.id);
    expect(isString(cluster.label), `${place}.label`, "a string", cluster.label);
    expect(
      isFunction(cluster.function),
      `${place}.function`,
      `one of ${FUNCTIONS.join(", ")}, or null`,
      cluster.function,
    );
    expect(isCount(cluster.size), `${place}.size`, "a whole number", cluster.size);
    expect(isShare(cluster.documentFrequency), `${place}.documentFrequency`, "0 to 1", cluster.documentFrequency);
    expect(isPositive(cluster.perTrace), `${place}.perTrace`, "a number", cluster.perTrace);
    expect(isList(cluster.grams), `${place}.grams`, "an array", cluster.grams);
    clusters.add(cluster.id);
  });
  const entries = object.entries as Record<string, unknown>[];
  entries.forEach((entry, i) => {
    const place = `entries[${i}]`;
    expect(isObject(entry), place, "an object", entry);
    expect(isString(entry.gram), `${place}.gram`, "a string that is not empty", entry.gram);
    const spellings = entry.spellings as unknown[];
    expect(
      isList(spellings) && spellings.length > 0 && spellings.every(isString),
      `${place}.spellings`,
      "an array with at least one string",
      spellings,
    );
    expect(isFunction(entry.function), `${place}.function`, `one of ${FUNCTIONS.join(", ")}, or null`, entry.function);
    expect(isShare(entry.weight), `${place}.weight`, "a number from 0 to 1", entry.weight);
    expect(clusters.has(entry.cluster), `${place}.cluster`, "the id of a cluster in clusters", entry.cluster);
    expect(
      entry.position === undefined || entry.position === "clause-start",
      `${place}.position`,
      '"clause-start" or nothing',
      entry.position,
    );
    for (const key of ["problems", "traces", "occurrences"])
      expect(isCount(entry[key]), `${place}.${key}`, "a whole number", entry[key]);
    expect(isPositive(entry.perTrace), `${place}.perTrace`, "a number", entry.perTrace);
    expect(isShare(entry.clauseInitial), `${place}.clauseInitial`, "a number from 0 to 1", entry.clauseInitial);
  });
  const grams = object.grams as unknown[];
  expect(
    isList(grams) && grams.length === entries.length && grams.every((gram, i) => gram === entries[i].gram),
    "grams",
    "every entry's gram, in the order of entries",
    grams,
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
