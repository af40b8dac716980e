/** What the tagger knows of a token by itself: its form, a key and a shape, as DIMENSION small integers. */
import { DIMENSION, HIGHEST, type TaggerModel } from "./model.js";

/** Writes the embedding of a form. A key outside the vocabulary is the sum of its features: it too says something. */
export function embed(model: TaggerModel, key: string, shape: number, out: Int32Array): void {
  const { vocabulary, embedding, hashed, shapes } = model;
  const known = vocabulary.get(key);
  if (known !== undefined) {
    for (let d = 0; d < DIMENSION; d++) out[d] = embedding[known * DIMENSION + d];
  } else {
    out.fill(0);
    for (const feature of featuresOf(key)) {
      const bucket = (fnv1a(feature) & (hashed.length / DIMENSION - 1)) * DIMENSION;
      for (let d = 0; d < DIMENSION; d++) out[d] += hashed[bucket + d];
    }
  }
  for (let d = 0; d < DIMENSION; d++)
    out[d] = Math.max(-HIGHEST, Math.min(HIGHEST, out[d] + shapes[shape * DIMENSION + d]));
}

/** Lengths from here on are one feature. */
const LONGEST = 15;

/** Length, script (roughly: the block of the first character), first character, first three and four, last two to four. */
export function featuresOf(key: string): string[] {
  // a character is one unit or two, and a key may be as long as a text
  const head = [...key.slice(0, 2 * LONGEST)];
  const tail = [...key.slice(-2 * 4)];
  const n = Math.min(head.length, LONGEST);
  const features = [`n${n}`, `u${key.codePointAt(0)! >> 7}`, `^${head[0]}`];
  for (const k of [3, 4]) if (n >= k) features.push(`^${head.slice(0, k).join("")}`);
  for (const k of [2, 3, 4]) if (n >= k) features.push(`${tail.slice(-k).join("")}$`);
  return features;
}

const utf8 = new TextEncoder();

/** FNV-1a, 32 bits, over UTF-8 (Fowler, Noll and Vo, 1991). */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of utf8.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
