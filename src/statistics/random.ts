/**
 * Seeded random numbers: the same seed gives the same draws on every machine. There are two generators, for what is
 * drawn by either is in files that must not change: sfc32 in dynamics, mulberry32 in clustering and the audit.
 */

/** Uniform in [0, 1). The generator is sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state. */
export type Random = () => number;

/** A generator for a seed and a purpose; different purposes give independent streams. */
export function createRandom(seed: number, purpose = ""): Random {
  let a = 0x9e3779b9;
  let b = seed >>> 0;
  let c = Math.floor(seed / 0x100000000) >>> 0;
  for (let i = 0; i < purpose.length; i++) c = Math.imul(c ^ purpose.charCodeAt(i), 0x01000193) >>> 0;
  let counter = 1;
  const next = () => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 0x100000000;
  };
  for (let i = 0; i < 20; i++) next();
  return next;
}

/**
 * Numbers in [0, 1) that follow from the seed alone: mulberry32 (Tommy Ettinger), whose 32-bit integer steps give the
 * same bits on every machine.
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number in [0, n). */
export const below = (random: Random, n: number) => Math.floor(random() * n);

/** Standard normal, by Box and Muller. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
