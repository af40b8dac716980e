import { CHANNELS, DIMENSION, HEADS, KERNEL, parseModel, WINDOW } from "../../src/tagger/model.js";

export interface Draws {
  seed?: number;
  dilations?: number[];
  vocabulary?: string[];
}

/** A generator of whole numbers in [low, high] (mulberry32). */
export function numbers(seed: number) {
  let state = seed;
  return (low: number, high: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return low + (((t ^ (t >>> 14)) >>> 0) % (high - low + 1));
  };
}

/** The files of a model of random weights, as large as the bounds allow, so that every clamp and sign has its turn. */
export function randomFiles({
  seed = 1,
  dilations = [1, 2, 4],
  vocabulary = ["wait", "the", "0", "\n", "让"],
}: Draws = {}) {
  const draw = numbers(seed);
  const buckets = 64;
  const header = {
    format: 1,
    name: "random",
    version: "1",
    dimension: DIMENSION,
    channels: CHANNELS,
    window: WINDOW,
    kernel: KERNEL,
    buckets,
    dilations,
    heads: HEADS,
    shifts: {
      row: 4,
      window: 6,
      depth: dilations.map((_, i) => 6 + (i % 2)),
      point: dilations.map((_, i) => 9 + (i % 2)),
    },
    tables: {
      shift: 7,
      plan: Array.from({ length: 256 }, (_, i) => Math.round((i * 10_000) / 255)),
      begin: Array.from({ length: 256 }, (_, i) => Math.round((i * 9_000) / 255)),
      end: Array.from({ length: 256 }, (_, i) => Math.round((i * 8_000) / 255)),
      exp: Array.from({ length: 256 }, (_, i) => Math.round(65536 * Math.exp(-i / 32))),
      expShift: 5,
    },
    threshold: { plan: 5_000, begin: 6_000, function: 3_000 },
    vocabulary,
  };
  const int8 = (length: number, high = 127) => Buffer.from(Int8Array.from({ length }, () => draw(-high, high)).buffer);
  const int16 = (length: number, high: number) => {
    const bytes = Buffer.alloc(length * 2);
    for (let i = 0; i < length; i++) bytes.writeInt16LE(draw(-high, high), i * 2);
    return bytes;
  };
  const int32 = (length: number, high: number) => {
    const bytes = Buffer.alloc(length * 4);
    for (let i = 0; i < length; i++) bytes.writeInt32LE(draw(-high, high), i * 4);
    return bytes;
  };
  const weights = Buffer.concat([
    ...[int8(vocabulary.length * DIMENSION), int8(buckets * DIMENSION), int8(8 * DIMENSION)],
    ...[int8(WINDOW * DIMENSION * CHANNELS, 40), int16(CHANNELS, 1000)],
    ...dilations.flatMap(() => [int8(CHANNELS * KERNEL, 50), int8(CHANNELS * CHANNELS), int32(CHANNELS, 20_000)]),
    ...[int8(HEADS.length * CHANNELS), int32(HEADS.length, 5_000)],
  ]);
  return { json: JSON.stringify(header), weights };
}

export function randomModel(draws?: Draws) {
  const { json, weights } = randomFiles(draws);
  return parseModel(json, weights);
}
