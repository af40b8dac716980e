/**
 * Pass 1: for every n-gram an upper bound of the number of problems that have it, in a fixed budget.
 *
 * One row of counters indexed by the gram's hash. A counter grows once for each run of traces of one problem in which
 * any of its grams stands, so it is never below the document frequency of any of them: dropping the grams whose counter
 * is below the floor loses none above it. Rows of several threads are added up.
 */

/** Hash of a gram extended by one word to the right. Start with EMPTY. */
export const EMPTY = 0x9e3779b9 | 0;
export const extend = (hash: number, word: number) => {
  const h = Math.imul(hash ^ word, 0x85ebca6b) + 0x27d4eb2f;
  return (h ^ (h >>> 13)) | 0;
};
const slotOf = (hash: number, mask: number) => {
  const h = Math.imul(hash, 0xc2b2ae35);
  return (h ^ (h >>> 16)) & mask;
};

/** 8 bytes a slot, a power of two of slots. */
export const SLOT_BYTES = 8;

export interface Sketch {
  /** counter and last problem (plus one) of each slot, side by side */
  readonly cells: Uint32Array;
}

export function createSketch(slots: number): Sketch {
  return { cells: new Uint32Array(new SharedArrayBuffer(slots * SLOT_BYTES)) };
}

/** Notes that the gram with this hash stands in a trace of this problem (a number that the thread gave it). */
export function note({ cells }: Sketch, hash: number, problem: number): void {
  const at = slotOf(hash, cells.length / 2 - 1) * 2;
  if (cells[at + 1] !== problem + 1) {
    cells[at + 1] = problem + 1;
    cells[at]++;
  }
}

/** The grams that may reach the floor, one bit a slot. */
export interface Survivors {
  readonly bits: Uint32Array;
}

export function survivorsOf(sketches: readonly Sketch[], floor: number): Survivors {
  const slots = sketches[0].cells.length / 2;
  const bits = new Uint32Array(new SharedArrayBuffer(Math.max(4, slots / 8)));
  for (let slot = 0; slot < slots; slot++) {
    let sum = 0;
    for (const { cells } of sketches) sum += cells[slot * 2];
    if (sum >= floor) bits[slot >> 5] |= 1 << (slot & 31);
  }
  return { bits };
}

/** Only these grams, given by the hashes of their words, with all that begins them and each of their words. */
export const survivorsAmong = (grams: Iterable<readonly number[]>): Survivors => survivorsOfHashes(hashesWithin(grams));

/** The hashes of these grams, likewise given, of all that begins them and of each of their words. */
export function hashesWithin(grams: Iterable<readonly number[]>): number[] {
  const hashes: number[] = [];
  for (const words of grams) {
    let hash = EMPTY;
    for (const word of words) {
      hash = extend(hash, word);
      hashes.push(extend(EMPTY, word), hash);
    }
  }
  return hashes;
}

/** Only the grams with these hashes: of what begins them and of their words there must be hashes too. */
export const survivorsOfHashes = (hashes: Iterable<number>): Survivors =>
  keepAlso({ bits: new Uint32Array(new SharedArrayBuffer(WANTED_SLOTS / 8)) }, hashes);

/** Lets the grams with these hashes survive as well. @returns the same survivors */
export function keepAlso(survivors: Survivors, hashes: Iterable<number>): Survivors {
  const { bits } = survivors;
  for (const hash of hashes) {
    const slot = slotOf(hash, bits.length * 32 - 1);
    bits[slot >> 5] |= 1 << (slot & 31);
  }
  return survivors;
}
const WANTED_SLOTS = 1 << 24;

export function survives({ bits }: Survivors, hash: number): boolean {
  const slot = slotOf(hash, bits.length * 32 - 1);
  return (bits[slot >> 5] & (1 << (slot & 31))) !== 0;
}
