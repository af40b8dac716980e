/**
 * The tagger's arithmetic: forms of tokens in, logits out. Integers only, and no sum leaves the range in which every
 * machine adds alike, so that this, `simd.ts` and the Python tagger give the same numbers.
 */
import { CHANNELS, DIMENSION, HEADS, HIGHEST, HIGHEST_ROW, KERNEL, type TaggerModel, WINDOW } from "./model.js";

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

/** Plain JavaScript, for machines without vectors. */
export function createScalarNetwork(model: TaggerModel): Network {
  const { window, windowBias, shifts, layers, heads, headBias } = model;
  const rows: Int16Array[] = [];

  return {
    learn(form, embedding) {
      const row = new Int16Array(WINDOW * CHANNELS);
      for (let p = 0; p < WINDOW; p++)
        for (let c = 0; c < CHANNELS; c++) {
          let sum = 0;
          for (let d = 0; d < DIMENSION; d++) sum += embedding[d] * window[(p * DIMENSION + d) * CHANNELS + c];
          row[p * CHANNELS + c] = clamp(round(sum, shifts.row), -HIGHEST_ROW, HIGHEST_ROW);
        }
      rows[form] = row;
    },

    run(forms, length, logits) {
      const states = new Int16Array(length * CHANNELS);
      const mixed = new Int16Array(length * CHANNELS);
      for (let t = 0; t < length; t++)
        for (let c = 0; c < CHANNELS; c++) {
          let sum = windowBias[c];
          for (let p = 0; p < WINDOW; p++) {
            const at = t + p - (WINDOW >> 1);
            if (at >= 0 && at < length) sum += rows[forms[at]][p * CHANNELS + c];
          }
          states[t * CHANNELS + c] = clamp(round(sum, shifts.window), 0, HIGHEST);
        }
      for (const { dilation, depth, depthShift, point, bias, pointShift } of layers) {
        for (let t = 0; t < length; t++)
          for (let c = 0; c < CHANNELS; c++) {
            let sum = 0;
            for (let k = 0; k < KERNEL; k++) {
              const at = t + (k - (KERNEL >> 1)) * dilation;
              if (at >= 0 && at < length) sum += depth[c * KERNEL + k] * states[at * CHANNELS + c];
            }
            mixed[t * CHANNELS + c] = clamp(round(sum, depthShift), -HIGHEST, HIGHEST);
          }
        for (let t = 0; t < length; t++)
          for (let o = 0; o < CHANNELS; o++) {
            let sum = bias[o];
            for (let c = 0; c < CHANNELS; c++) sum += point[o * CHANNELS + c] * mixed[t * CHANNELS + c];
            const at = t * CHANNELS + o;
            states[at] = clamp(states[at] + round(sum, pointShift), 0, HIGHEST);
          }
      }
      for (let t = 0; t < length; t++)
        for (let j = 0; j < HEADS.length; j++) {
          let sum = headBias[j];
          for (let c = 0; c < CHANNELS; c++) sum += heads[j * CHANNELS + c] * states[t * CHANNELS + c];
          logits[t * LOGITS + j] = sum;
        }
    },
  };
}
