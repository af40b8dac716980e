import { isUtf8 } from "node:buffer";
import { InputError } from "../../errors.js";
import { isObject } from "../../json.js";
import { CONTAINERS, quoted, recordsOfDocument } from "../shapes/document.js";
import { survey } from "../shapes/fields.js";
import { isEventLine } from "../shapes/session.js";
import type { TraceOptions } from "../trace.js";
import type { Limits, Records } from "./blocks.js";
import { createSessions } from "./events.js";
import { whyNotJson } from "./lines.js";
import { parseJson } from "./parse.js";
import { type JsonScanner, jsonScanner } from "./scanner.js";

/** A document up to this size is looked at as a whole; of a larger one the known lists are read item by item. */
const WHOLE_BYTES = 64 * 2 ** 20;
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
  named: Pick<TraceOptions, "textField" | "problemField"> = {},
): AsyncGenerator<Records> {
  const scanner = jsonScanner(chunks, limits.maxLineBytes);
  let out: Records = { kind: "records", file, records: [], malformed: [] };
  let bytes = 0;
  try {
    for await (const { place, value, why } of documents(file, scanner, named)) {
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

async function* documents(
  file: string,
  scanner: JsonScanner,
  named: Pick<TraceOptions, "textField" | "problemField">,
): AsyncGenerator<Found> {
  for (let item = 1; ; item++) {
    const byte = await scanner.peek();
    if (byte < 0) return;
    if (byte === OPEN_ARRAY) {
      scanner.skip();
      yield* conversationOrItems(items(file, scanner), named);
    } else if (byte === OPEN_OBJECT) {
      const place = `item ${item}`;
      const whole = await scanner.within(WHOLE_BYTES);
      const found = whole && parsed(file, scanner, place, whole);
      if (isObject(found?.value)) yield* recordsOfDocument(found.value, place, named);
      else {
        // too large, or broken: member by member, as far as it goes
        const rest = whole === undefined ? scanner : jsonScanner(once(whole), scanner.limit);
        rest.skip();
        yield* members(file, rest, place);
      }
    } else {
      throw new InputError(`${file}: not a JSON array or object at item ${item}; check the file with a JSON parser`);
    }
    if ((await scanner.peek()) === COMMA) scanner.skip();
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The items of a list; one record where the list is a conversation, or a session where it is a log of them. */
async function* conversationOrItems(
  list: AsyncGenerator<Found>,
  named: Pick<TraceOptions, "textField" | "problemField">,
): AsyncGenerator<Found> {
  const sessions = createSessions();
  const held: Found[] = [];
  let events = named.textField === undefined && named.problemField === undefined;
  for await (const found of list) {
    events &&= isEventLine(found.value);
    if (events) held.push(found);
    else {
      yield* held.splice(0);
      yield found;
    }
  }
  if (held.length < 2) return yield* held;
  for (const { value } of held) sessions.add(value as Record<string, unknown>);
  yield* sessions.records();
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
  return parsed(file, scanner, place, await scanner.value());
}

function parsed(file: string, scanner: JsonScanner, place: string, bytes: Uint8Array | "long" | "cut"): Found {
  if (bytes === "cut")
    throw new InputError(`${file}: ${place}: the file ends in the middle; copy or download it again`);
  if (bytes === "long") return { place, why: `longer than ${scanner.limit} bytes` };
  if (!isUtf8(bytes)) return { place, why: "invalid UTF-8" };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  try {
    return { place, value: parseJson(text) };
  } catch (error) {
    return { place, why: whyNotJson(error, text.length) };
  }
}

function broken(file: string, place: string, byte: number): InputError {
  const what = byte < 0 ? "the file ends too early" : "not JSON from here on";
  return new InputError(`${file}: after ${place}: ${what}; check the file with a JSON parser`);
}
