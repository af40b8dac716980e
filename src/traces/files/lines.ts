import { isAscii, isUtf8 } from "node:buffer";
import type { Block } from "./blocks.js";
import { parseJson } from "./parse.js";

/** One line of a block: the parsed value, or why there is none. */
export interface Line {
  /** Counted from 1 in the file. */
  line: number;
  value?: unknown;
  /** what the value was parsed from, in UTF-8; lasts as long as the block */
  json?: Uint8Array;
  error?: string;
}

const NEWLINE = 10;

/**
 * The records of a block of JSONL, one per line. Blank lines are passed over; a byte order mark and CR before LF do
 * no harm; a line that is not UTF-8 or not JSON comes with an error instead of a value.
 */
export function* linesOf(block: Block): Generator<Line> {
  const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength);
  // Checked once for the block: both run at gigabytes per second and decide how lines are decoded
  const ascii = isAscii(bytes);
  const valid = ascii || isUtf8(bytes);
  let line = block.firstLine;
  for (let start = 0; start < bytes.length; line++) {
    let end = bytes.indexOf(NEWLINE, start);
    if (end < 0) end = bytes.length;
    const from = start;
    start = end + 1;
    if (!valid && !isUtf8(bytes.subarray(from, end))) {
      yield { line, error: "invalid UTF-8" };
      continue;
    }
    let text: string;
    try {
      text = ascii ? bytes.toString("latin1", from, end) : bytes.toString("utf8", from, end);
    } catch {
      yield { line, error: "line too long for a string" };
      continue;
    }
    if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    if (isBlank(text)) continue;
    let value: unknown;
    try {
      value = parseJson(text);
    } catch (error) {
      yield { line, error: whyNotJson(error, text.trimEnd().length) };
      continue;
    }
    yield { line, value, json: bytes.subarray(from, end) };
  }
}

function isBlank(text: string): boolean {
  return !(text.charCodeAt(0) > 32) && text.trim() === "";
}

/** JSON.parse's message without the piece of input that newer versions quote: it can be long or hold escape codes. */
export function whyNotJson(error: unknown, length: number): string {
  const message = error instanceof Error ? error.message : "";
  const position = /at position (\d+)/.exec(message)?.[1];
  if (/Unexpected end|Unterminated/.test(message) || Number(position) >= length) return "not JSON: it ends too early";
  return position === undefined ? "not JSON" : `not JSON at character ${Number(position) + 1}`;
}
