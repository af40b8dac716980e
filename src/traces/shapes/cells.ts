import { pruned } from "../../json.js";

/**
 * Cells of tables hold lists and objects as text: JSON, or what Python's str() makes of them (single quotes, True, None,
 * and numpy's lists without commas).
 */

const MAX_CELL = 64 * 2 ** 20;

/** The list or object that a text spells as a whole; undefined for any other text. */
export function spelled(text: string): unknown[] | Record<string, unknown> | undefined {
  const trimmed = text.trim();
  const last = trimmed.at(-1);
  if (trimmed.length > MAX_CELL || !((trimmed[0] === "[" && last === "]") || (trimmed[0] === "{" && last === "}")))
    return undefined;
  try {
    return pruned(JSON.parse(trimmed)) ?? undefined;
  } catch {
    return python(trimmed);
  }
}

const ESCAPES: Record<string, string> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
};
const WORDS: Record<string, unknown> = { True: true, False: false, None: null, nan: null, NaN: null, null: null };

class NoLiteral extends Error {}

function python(text: string): unknown[] | Record<string, unknown> | undefined {
  let at = 0;
  const fail = (): never => {
    throw new NoLiteral();
  };
  const space = () => {
    while (at < text.length && text.charCodeAt(at) <= 32) at++;
  };
  const string = (): string => {
    const quote = text[at++];
    let out = "";
    for (;;) {
      let end = at;
      while (end < text.length && text[end] !== quote && text[end] !== "\\") end++;
      out += text.slice(at, end);
      if (end >= text.length) fail();
      at = end + 1;
      if (text[end] === quote) return out;
      const letter = text[at++];
      const width = letter === "x" ? 2 : letter === "u" ? 4 : letter === "U" ? 8 : 0;
      if (width > 0) {
        const code = Number.parseInt(text.slice(at, at + width), 16);
        if (!(code <= 0x10ffff)) fail();
        out += String.fromCodePoint(code);
        at += width;
      } else out += ESCAPES[letter ?? ""] ?? `\\${letter}`;
    }
  };
  const list = (close: string, depth: number): unknown[] => {
    const out: unknown[] = [];
    at++;
    for (;;) {
      space();
      if (text[at] === close) break;
      out.push(value(depth + 1));
      space();
      if (text[at] === ",") at++;
    }
    at++;
    return out;
  };
  const value = (depth: number): unknown => {
    if (depth > 50) fail();
    space();
    const c = text[at];
    if (c === "'" || c === '"') return string();
    if (c === "[") return list("]", depth);
    if (c === "(") return list(")", depth);
    if (c === "{") {
      const out: Record<string, unknown> = {};
      at++;
      for (;;) {
        space();
        if (text[at] === "}") break;
        const key = value(depth + 1);
        space();
        if (text[at++] !== ":" || (typeof key !== "string" && typeof key !== "number")) fail();
        const member = value(depth + 1);
        Object.defineProperty(out, String(key), {
          value: member,
          enumerable: true,
          configurable: true,
          writable: true,
        });
        space();
        if (text[at] === ",") at++;
        else if (text[at] !== "}") fail();
      }
      at++;
      return out;
    }
    const word = /[\w.+-]+/y;
    word.lastIndex = at;
    const found = word.exec(text)?.[0] ?? fail();
    at += found.length;
    // numpy's array([...], dtype=object)
    if (found === "array" && text[at] === "(") {
      at++;
      const inner = value(depth + 1);
      const end = text.indexOf(")", at);
      if (end < 0) fail();
      at = end + 1;
      return inner;
    }
    if (Object.hasOwn(WORDS, found)) return WORDS[found];
    return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(found) ? Number(found) : fail();
  };
  try {
    const out = value(0);
    space();
    return at === text.length ? (out as unknown[]) : undefined;
  } catch (error) {
    if (error instanceof NoLiteral) return undefined;
    throw error;
  }
}
