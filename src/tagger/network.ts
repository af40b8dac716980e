/**
 * The tagger's arithmetic: forms of tokens in, logits out. Integers only, and no sum leaves the range in which every
 * machine adds alike, so that this, `simd.ts` and the Python tagger give the same numbers.
 */
import {
  CHANNELS,
  DIMENSION,
  HEADS,
  HIGHEST,
  HIGHEST_ROW,
  KERNEL,
  type Layer,
  type TaggerModel,
  WINDOW,
} from "./model.js";

/** Logits of a token, the last one unused. */
export const LOGITS = 8;

export interface Network {
  /** Works out what a form adds to the states around it, and keeps that under the number `form`; 0 is not used. */
  learn(form: number, embedding: Int32Array): void;
  /** Reads one text as the forms of its tokens, and writes LOGITS numbers for each. */
  run(forms: Int32Array, length: number, logits: Int32Array): void;
}

/** Divides by a power of two, to the nearest whole number, halves upwards. */
const round = (sum: number, shift: number) => (sum + (1 << (shift - 1))) >> shift;
const clamp = (value: number, low: number, high: number) => (value < low ? low : value > high ? high : value);

/**
 * Plain JavaScript, for machines without vectors. Each step is a function of its own, and `| 0` says that sums are 32-bit
 * integers: with both, V8 runs it twice as fast.
 */
export function createScalarNetwork(model: TaggerModel): Network {
  const { window, shifts, layers, heads, headBias } = model;
  const rows: Int16Array[] = [];
  let states = new Int16Array(0);
  let mixed = new Int16Array(0);

  return {
    learn(form, embedding) {
      rows[form] = rowOf(embedding, window, shifts.row);
    },

    run(forms, length, logits) {
      if (states.length < length * CHANNELS) {
        states = new Int16Array(length * CHANNELS);
        mixed = new Int16Array(length * CHANNELS);
      }
      for (let t = 0; t < length; t++) readWindow(model, rows, forms, length, t, states);
      for (const layer of layers) {
        for (let t = 0; t < length; t++) mixTokens(layer, states, length, t, mixed);
        for (let t = 0; t < length; t++) mixChannels(layer, mixed, t, states);
      }
      for (let t = 0; t < length; t++)
        for (let j = 0; j < HEADS.length; j++)
          logits[t * LOGITS + j] = dot(heads, j * CHANNELS, states, t * CHANNELS, headBias[j]);
    },
  };
}

/** What a form adds at each place of the window. */
function rowOf(embedding: Int32Array, window: Int8Array, shift: number): Int16Array {
  const row = new Int16Array(WINDOW * CHANNELS);
  for (let p = 0; p < WINDOW; p++)
    for (let c = 0; c < CHANNELS; c++) {
      let sum = 0;
      for (let d = 0; d < DIMENSION; d++) sum = (sum + embedding[d] * window[(p * DIMENSION + d) * CHANNELS + c]) | 0;
      row[p * CHANNELS + c] = clamp(round(sum, shift), -HIGHEST_ROW, HIGHEST_ROW);
    }
  return row;
}

/** The first state of token t: the sum of the rows of nine tokens. */
function readWindow(
  { windowBias, shifts }: TaggerModel,
  rows: readonly Int16Array[],
  forms: Int32Array,
  length: number,
  t: number,
  states: Int16Array,
): void {
  const sums = Int32Array.from(windowBias);
  for (let p = 0; p < WINDOW; p++) {
    const at = t + p - (WINDOW >> 1);
    if (at < 0 || at >= length) continue;
    const row = rows[forms[at]];
    for (let c = 0; c < CHANNELS; c++) sums[c] += row[p * CHANNELS + c];
  }
  for (let c = 0; c < CHANNELS; c++) states[t * CHANNELS + c] = clamp(round(sums[c], shifts.window), 0, HIGHEST);
}

/** Each channel of token t over five tokens, a dilation apart. */
function mixTokens(layer: Layer, states: Int16Array, length: number, t: number, mixed: Int16Array): void {
  const { dilation, depth, depthShift } = layer;
  for (let c = 0; c < CHANNELS; c++) {
    let sum = 0;
    for (let k = 0; k < KERNEL; k++) {
      const at = t + (k - (KERNEL >> 1)) * dilation;
      if (at >= 0 && at < length) sum = (sum + depth[c * KERNEL + k] * states[at * CHANNELS + c]) | 0;
    }
    mixed[t * CHANNELS + c] = clamp(round(sum, depthShift), -HIGHEST, HIGHEST);
  }
}

/** The channels of token t, added to its state. */
function mixChannels({ point, bias, pointShift }: Layer, mixed: Int16Array, t: number, states: Int16Array): void {
  for (let o = 0; o < CHANNELS; o++) {
    const at = t * CHANNELS + o;
    const sum = dot(point, o * CHANNELS, mixed, t * CHANNELS, bias[o]);
    states[at] = clamp(states[at] + round(sum, pointShift), 0, HIGHEST);
  }
}

/** `sum` and the products of CHANNELS weights with as many values. */
function dot(weights: Int8Array, first: number, values: Int16Array, from: number, sum: number): number {
  for (let c = 0; c < CHANNELS; c += 4)
    sum =
      (sum +
        weights[first + c] * values[from + c] +
        weights[first + c + 1] * values[from + c + 1] +
        weights[first + c + 2] * values[from + c + 2] +
        weights[first + c + 3] * values[from + c + 3]) |
      0;
  return sum;
}
