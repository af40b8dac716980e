/**
 * What a character is, by tables that are part of the program and not of the runtime: the same text is cut the same way
 * whatever the Unicode version of Node or Python.
 */
import { CLASS_RUNS, LOWER_RUNS } from "./characterRuns.js";

export const OTHER = 0;
export const LETTER = 1;
export const JOINER = 2; // apostrophes and hyphens
export const DIGIT = 3;
export const SPACE = 4;
export const NEWLINE = 5;
export const COMMAS = 6;
export const SENTENCE = 7;
export const OPERATOR = 8;
export const BACKSLASH = 9;
export const DOLLAR = 10;
export const BACKTICK = 11;
export const LESS = 12;
export const UNDERSCORE = 13;
export const SEGMENTED = 14; // letters of scripts written without spaces
export const SURROGATE = 15;
export const OPENER = 16;
export const DASH = 17;

/** The class of each code point; a half of a pair is a SURROGATE, beyond the BMP only letters and marks have a class. */
export const CLASS = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(0x110000);
  let at = 0;
  for (const [, length, name] of CLASS_RUNS.matchAll(/([0-9a-z]*)([A-R])/g)) {
    const end = at + (length === "" ? 1 : Number.parseInt(length, 36));
    table.fill(name.charCodeAt(0) - 65, at, end);
    at = end;
  }
  return table;
}

/** How far the lower case of each code point of the BMP lies from it: letters only, one character for one. */
const LOWER_DISTANCE = new Int32Array(0x10000);
const lowerBeyond = new Map<number, number>();

let at = 0;
for (const run of LOWER_RUNS.split(",")) {
  const [gap, count, step, distance] = run.split(" ").map((digits) => Number.parseInt(digits, 36));
  at += gap;
  for (let i = 0; i < count; i++, at += step)
    if (at < 0x10000) LOWER_DISTANCE[at] = distance;
    else lowerBeyond.set(at, distance);
  at -= step;
}

/** The lower case of a letter, one character for one whatever stands beside it; any other character as it is. */
export const lowerOf = (codePoint: number): number =>
  codePoint + (codePoint < 0x10000 ? LOWER_DISTANCE[codePoint] : (lowerBeyond.get(codePoint) ?? 0));

/** Whether the units at i and i + 1 are one character. */
export const isPair = (text: string, i: number): boolean =>
  (text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
