import { isUtf8 } from "node:buffer";
import { InputError } from "../errors.js";
import { isObject, survey } from "../shapes/fields.js";
import type { Limits, Records } from "./blocks.js";
import { whyNotJson } from "./lines.js";
import { type JsonScanner, jsonScanner } from "./scanner.js";

/** Names under which a document keeps its records, in an array. */
const CONTAINERS = new Set(
  "simulations results records data samples examples items rows traces trajectories instances details".split(" "),
);
/** Records handed on at a time, if their size allows. */
const BATCH = 256;

const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT, COMMA, COLON, QUOTE] = [91, 93, 123, 125, 44, 58, 34];

interface Found {
  place: string;
  value?: unknown;
  why?: string;
}

/**
 * Records of a JSON file, in one pass with one record in memory: the items of an array; the members of an object of
 * records (each with its key in `key`); the items of a document's `simulations`, `results`, `data` or the like; else
 * the document itself is the record. Several values one after the other are read as items.
 * @throws InputError where the text stops being JSON outside a record
 */
export async function* jsonRecords(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: Limits,
): AsyncGenerator<Records> {
  const scanner = jsonScanner(chunks, limits.maxLineBytes);
  let out: Records = { kind: "records", file, records: [], malformed: [] };
  let bytes = 0;
  try {
    for await (const { place, value, why } of documents(file, scanner)) {
      if (why === undefined) out.records.push({ place, value });
      else out.malformed.push({ place, why });
      bytes = scanner.taken();
      if (out.records.length + out.malformed.length >= BATCH || bytes >= limits.blockBytes) {
        yield out;
        scanner.resetTaken();
        out = { kind: "records", file, records: [], malformed: [] };
      }
    }
  } catch (error) {
    if (out.records.length + out.malformed.length > 0) yield out;
    throw error;
  }
  if (out.records.length + out.malformed.length > 0) yield out;
}

async function* documents(file: string, scanner: JsonScanner): AsyncGenerator<Found> {
  for (let item = 1; ; item++) {
    const byte = await scanner.peek();
    if (byte < 0) return;
    if (byte === OPEN_ARRAY) {
      scanner.skip();
      yield* items(file, scanner);
    } else if (byte === OPEN_OBJECT) {
      scanner.skip();
      yield* members(file, scanner, `item ${item}`);
    } else {
      throw new InputError(`${file}: not a JSON array or object at item ${item}; check the file with a JSON parser`);
    }
    if ((await scanner.peek()) === COMMA) scanner.skip();
  }
}

/** The items of an array whose "[" is behind us. */
async function* items(file: string, scanner: JsonScanner, columns?: string[]): AsyncGenerator<Found> {
  if ((await scanner.peek()) === CLOSE_ARRAY) return scanner.skip();
  for (let item = 1; ; item++) {
    const place = `item ${item}`;
    const found = await readValue(file, scanner, place);
    if (columns && Array.isArray(found.value)) {
      const cells: unknown[] = found.value;
      found.value = Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? null]));
    }
    yield found;
    const byte = await scanner.peek();
    scanner.skip();
    if (byte === CLOSE_ARRAY) return;
    if (byte !== COMMA) throw broken(file, place, byte);
  }
}

/** The members of an object whose "{" is behind us. */
async function* members(file: string, scanner: JsonScanner, place: string): AsyncGenerator<Found> {
  const document: Record<string, unknown> = {};
  let keyed: boolean | undefined;
  let contained = false;
  let member = place;
  if ((await scanner.peek()) === CLOSE_OBJECT) scanner.skip();
  else {
    for (;;) {
      if ((await scanner.peek()) !== QUOTE) throw broken(file, member, await scanner.peek());
      const key = (await readValue(file, scanner, place)).value;
      if (typeof key !== "string") throw broken(file, member, await scanner.peek());
      member = `key ${quoted(key)}`;
      if ((await scanner.peek()) !== COLON) throw broken(file, member, await scanner.peek());
      scanner.skip();
      const byte = await scanner.peek();
      if (keyed !== true && byte === OPEN_ARRAY && CONTAINERS.has(key) && !hasProblem(document)) {
        scanner.skip();
        contained = true;
        const { columns } = document;
        const names = Array.isArray(columns) && columns.every((c) => typeof c === "string") ? columns : undefined;
        yield* items(file, scanner, names);
      } else {
        const found = await readValue(file, scanner, member);
        keyed ??= isRecord(found.value);
        if (found.why !== undefined) yield found;
        else if (keyed) yield { place: member, value: withKey(key, found.value) };
        else define(document, key, found.value);
      }
      const next = await scanner.peek();
      scanner.skip();
      if (next === CLOSE_OBJECT) break;
      if (next !== COMMA) throw broken(file, member, next);
    }
  }
  if (!keyed && !contained) yield { place, value: document };
}

function hasProblem(document: Record<string, unknown>): boolean {
  const { problemId, problemText } = survey(document);
  return problemId !== undefined || problemText !== undefined;
}

/** Whether an object's first member is a record of its own, which makes the others records too. */
function isRecord(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { text, problemId, problemText, success } = survey(value);
  return text !== undefined && (problemId !== undefined || problemText !== undefined || success !== undefined);
}

function withKey(key: string, value: unknown): unknown {
  return isObject(value) && !Object.hasOwn(value, "key") ? { key, ...value } : value;
}

/** Sets an own property even for "__proto__", as JSON.parse does. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

async function readValue(file: string, scanner: JsonScanner, place: string): Promise<Found> {
  const bytes = await scanner.value();
  if (bytes === "cut")
    throw new InputError(`${file}: ${place}: the file ends in the middle; copy or download it again`);
  if (bytes === "long") return { place, why: `longer than ${scanner.limit} bytes` };
  if (!isUtf8(bytes)) return { place, why: "invalid UTF-8" };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  try {
    return { place, value: JSON.parse(text) };
  } catch (error) {
    return { place, why: whyNotJson(error, text.length) };
  }
}

function broken(file: string, place: string, byte: number): InputError {
  const what = byte < 0 ? "the file ends too early" : "not JSON from here on";
  return new InputError(`${file}: after ${place}: ${what}; check the file with a JSON parser`);
}

/** A key for a message: short, and without control characters. */
function quoted(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
}
