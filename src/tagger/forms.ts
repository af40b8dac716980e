/** The forms of a text's tokens as small numbers. A form that was met before is found without making a string. */

import { embed } from "./embedding.js";
import { DIMENSION, type TaggerModel } from "./model.js";
import type { Network } from "./network.js";
import { BREAK, keyOf, NUMBER, type Stream } from "./stream.js";

export interface Forms {
  /** Numbers of the forms of tokens [from, to), known to the network until the next call. */
  numbersOf(text: string, stream: Stream, from: number, to: number): Int32Array;
}

/** More forms than this are forgotten before the next call; with their rows in the network that is some 40 MB. */
const KEPT = 1 << 15;
/** Slots of the table of words: a power of two. */
const SLOTS = 1 << 18;
/** A word that takes more steps to find, or more units to write, is looked up as a string or worked out again. */
const STEPS = 32;
const LONGEST = 48;

export function createForms(model: TaggerModel, network: Network): Forms {
  const embedding = new Int32Array(DIMENSION);
  let count = 0;
  // Words by their letters as written: number of the form by slot (0: free), and by number its letters and glue.
  const slots = new Int32Array(SLOTS);
  let letters = new Uint16Array(1 << 18);
  let lettersUsed = 0;
  const lettersAt = new Int32Array(1 << 20);
  const lengths = new Uint8Array(1 << 20);
  const crowded = new Map<string, number>();
  // Other tokens: by their only unit and glue; numbers and breaks by glue and lines.
  const singles = new Int32Array(0x20000);
  const numbers = new Int32Array(2);
  const breaks = new Int32Array(3);
  let out = new Int32Array(4096);

  const learn = (text: string, stream: Stream, token: number): number => {
    embed(model, keyOf(text, stream, token), stream.shape[token], embedding);
    network.learn(++count, embedding);
    return count;
  };

  const wordNumber = (text: string, stream: Stream, token: number): number => {
    const start = stream.start[token];
    const length = stream.end[token] - start;
    if (length > LONGEST) return learn(text, stream, token);
    const glue = stream.shape[token] & 1;
    let hash = glue;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ text.charCodeAt(start + i), 0x01000193);
    hash ^= hash >>> 15;
    for (let step = 0, slot = hash & (SLOTS - 1); step < STEPS; step++, slot = (slot + 1) & (SLOTS - 1)) {
      const known = slots[slot];
      if (known === 0) {
        const number = learn(text, stream, token);
        slots[slot] = number;
        if (lettersUsed + length > letters.length) {
          const larger = new Uint16Array(letters.length * 2);
          larger.set(letters);
          letters = larger;
        }
        lettersAt[number] = lettersUsed;
        lengths[number] = length * 2 + glue;
        for (let i = 0; i < length; i++) letters[lettersUsed++] = text.charCodeAt(start + i);
        return number;
      }
      if (lengths[known] !== length * 2 + glue) continue;
      const at = lettersAt[known];
      let same = 0;
      while (same < length && letters[at + same] === text.charCodeAt(start + same)) same++;
      if (same === length) return known;
    }
    const key = `${glue}${text.slice(start, start + length)}`;
    let number = crowded.get(key);
    if (number === undefined) {
      number = learn(text, stream, token);
      crowded.set(key, number);
    }
    return number;
  };

  return {
    numbersOf(text, stream, from, to) {
      if (count > KEPT) {
        count = 0;
        lettersUsed = 0;
        for (const table of [slots, singles, numbers, breaks]) table.fill(0);
        crowded.clear();
      }
      if (out.length < to - from) out = new Int32Array(to - from);
      const { start, end, kind, shape, lines } = stream;
      const memo = (table: Int32Array, at: number, token: number): number => {
        if (table[at] === 0) table[at] = learn(text, stream, token);
        return table[at];
      };
      for (let token = from; token < to; token++) {
        const glue = shape[token] & 1;
        let number: number;
        if (kind[token] === NUMBER) number = memo(numbers, glue, token);
        else if (kind[token] === BREAK) number = memo(breaks, lines[token], token);
        else if (end[token] - start[token] === 1)
          number = memo(singles, text.charCodeAt(start[token]) * 2 + glue, token);
        else number = wordNumber(text, stream, token);
        out[token - from] = number;
      }
      return out;
    },
  };
}
