/** Where tokens lie: over the bytes of a text, and from there over its UTF-16 units. */
import { isPair } from "../text/characters.js";

/** Token i stands for the UTF-16 units [starts[i], ends[i]); tokens that share a character both have the whole of it. */
export interface Places {
  starts: Int32Array;
  ends: Int32Array;
}

/** An id outside the vocabulary: one byte that is no part of a word and ends a clause. */
export const UNKNOWN = Uint8Array.of(0x1a);

/**
 * Lays tokens over the bytes of the text: [start, end) per token, two by two; undefined when they do not fit. A
 * tokenizer may set a space before each stretch between added tokens, and added tokens may swallow spaces around them.
 */
export function placeTokens(
  ids: readonly number[],
  source: Buffer,
  bytes: readonly (Uint8Array | undefined)[],
  added: ReadonlyMap<number, { lstrip?: boolean; rstrip?: boolean }>,
): Int32Array | undefined {
  const places = new Int32Array(ids.length * 2);
  const skipSpace = () => {
    while (at < source.length && (source[at] === 32 || (source[at] >= 9 && source[at] <= 13))) at++;
  };
  let at = 0;
  for (let i = 0; i < ids.length; ) {
    const token = added.get(ids[i]);
    if (token) {
      if (token.lstrip) skipSpace();
      const content = bytes[ids[i]]!;
      if (
        at + content.length > source.length ||
        source.compare(content, 0, content.length, at, at + content.length) !== 0
      )
        return undefined;
      places[2 * i] = at;
      at += content.length;
      places[2 * i + 1] = at;
      if (token.rstrip) skipSpace();
      i++;
      continue;
    }
    let until = i;
    while (until < ids.length && !added.has(ids[until])) until++;
    const stretch = Buffer.concat(ids.slice(i, until).map((id) => bytes[id] ?? UNKNOWN));
    const fits = (from: number) => {
      const length = stretch.length - from;
      return at + length <= source.length && source.compare(stretch, from, stretch.length, at, at + length) === 0;
    };
    let inserted = 0;
    if (!fits(0)) {
      if (stretch[0] !== 32 || !fits(1)) return undefined;
      inserted = 1;
    }
    for (; i < until; i++) {
      const length = bytes[ids[i]]!.length - inserted;
      inserted = 0;
      places[2 * i] = at;
      at += length;
      places[2 * i + 1] = at;
    }
  }
  if (at < source.length) skipSpace();
  return at === source.length ? places : undefined;
}

/** Byte places to UTF-16 units: from the character that the first byte belongs to, to the end of the last byte's. */
export function toUnits(
  count: number,
  places: Int32Array,
  text: string,
  byteLength: number,
  offsets: Offsets | undefined,
): Places {
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  const plain = byteLength === text.length && !offsets;
  // Walks along with the tokens: unit `at` begins at byte `byte`.
  let at = 0;
  let byte = 0;
  for (let i = 0; i < count; i++) {
    let start = places[2 * i];
    let end = places[2 * i + 1];
    if (!plain) {
      const [from, to] = [start, end];
      while (at < text.length && byte + bytesAt(text, at) <= from) {
        byte += bytesAt(text, at);
        at += isPair(text, at) ? 2 : 1;
      }
      start = at;
      let last = at;
      let lastByte = byte;
      while (last < text.length && lastByte < to) {
        lastByte += bytesAt(text, last);
        last += isPair(text, last) ? 2 : 1;
      }
      end = to > from ? last : start;
      if (offsets) {
        end = end > start ? offsets.ends[end - 1] : offsets.starts[start];
        start = offsets.starts[start];
      }
    }
    starts[i] = start;
    ends[i] = end;
  }
  return { starts, ends };
}

/** UTF-8 bytes of the character at unit i; a lone surrogate becomes U+FFFD, three bytes. */
function bytesAt(text: string, i: number): number {
  const unit = text.charCodeAt(i);
  return unit < 0x80 ? 1 : unit < 0x800 ? 2 : isPair(text, i) ? 4 : 3;
}

/** Where each unit of a normalised text comes from in the text before. */
interface Offsets {
  starts: Int32Array;
  ends: Int32Array;
}

// A character with what may compose with it: marks, and the vowels and final consonants of Hangul.
const COMPOSABLE = /[\s\S][\p{M}\u1160-\u11ff\u{16d63}\u{16d67}\u{16d68}]*/gu;

/** NFC of a text. Units of a stretch that changes all stand for the whole stretch. */
export function compose(text: string): { text: string; offsets: Offsets | undefined } {
  const composed = text.normalize("NFC");
  if (composed === text) return { text, offsets: undefined };
  const starts = new Int32Array(composed.length + 1);
  const ends = new Int32Array(composed.length + 1);
  let at = 0;
  for (const { 0: stretch, index } of text.matchAll(COMPOSABLE)) {
    const normal = stretch.normalize("NFC");
    for (let i = 0; i < normal.length; i++, at++) {
      starts[at] = normal === stretch ? index + i : index;
      ends[at] = normal === stretch ? index + i + 1 : index + stretch.length;
    }
  }
  if (at !== composed.length) throw new Error("NFC by stretches differs from NFC of the whole text");
  starts[at] = text.length;
  ends[at] = text.length;
  return { text: composed, offsets: { starts, ends } };
}

/** Overwrites every byte that is no part of a well-formed UTF-8 sequence (Unicode, table 3-7) with U+001A. */
export function replaceInvalid(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length === 0) bytes[i] = 0x1a;
    i += length || 1;
  }
}

function sequenceLength(bytes: Uint8Array, i: number): number {
  const first = bytes[i];
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) === 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length === 0 || i + length > bytes.length) return 0;
  const second = bytes[i + 1];
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let k = 2; k < length; k++) if ((bytes[i + k] & 0xc0) !== 0x80) return 0;
  return length;
}
