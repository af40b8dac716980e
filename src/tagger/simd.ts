/** The arithmetic of `network.ts` in WebAssembly, eight channels at a time: written for the model as it is loaded. */
import { assemble, type Code, get, i16x8, i32, i32x4, loop, set, tee, v128 } from "./assemble.js";
import { CHANNELS, DIMENSION, HIGHEST, HIGHEST_ROW, KERNEL, reachOf, type TaggerModel, WINDOW } from "./model.js";
import { LOGITS, type Network } from "./network.js";

// What is used of it; the types of Node.js leave it out.
declare const WebAssembly: {
  validate(bytes: BufferSource): boolean;
  Module: new (bytes: BufferSource) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
  Memory: new (pages: { initial: number }) => { buffer: ArrayBuffer; grow(pages: number): number };
};
type BufferSource = ArrayBufferView | ArrayBuffer;

/** Bytes of a token's state: 16 bits a channel. */
const STATE = CHANNELS * 2;
/** Bytes of what a form adds to the states around it. */
const ROW = WINDOW * STATE;
/** Channels of a vector. */
const LANES = 8;
/** Tokens whose sums a loop has in registers at a time: of 3 to 6, the fastest on x86-64. */
const TOKENS = 4;
/**
 * Tokens read at a time, so that their states stay in the second-level cache; what lies within reach on either side is
 * read along with them and thrown away. On x86-64 1.1 million tokens a second, as with 2048; 0.96 with 256.
 */
const CHUNK = 1024;

/** The network in vectors; undefined where the machine has none. */
export function createSimdNetwork(model: TaggerModel): Network | undefined {
  const reach = reachOf(model) - (WINDOW >> 1);
  const margin = Math.max(TOKENS, (KERNEL >> 1) * Math.max(0, ...model.layers.map(({ dilation }) => dilation)));
  const longest = CHUNK + 2 * reach + TOKENS;

  // Memory: weights, then what a chunk needs, then the rows of all forms.
  let bytes = 0;
  const place = (length: number) => {
    const at = bytes;
    bytes += (length + 15) & ~15;
    return at;
  };
  const windowWeights = place(WINDOW * CHANNELS * DIMENSION * 2);
  const noBias = place(CHANNELS * 4);
  const windowBias = place(STATE);
  const layers = model.layers.map(({ dilation, depthShift, pointShift }) => ({
    ...{ dilation, depthShift, pointShift },
    depth: place(CHANNELS * KERNEL * 2),
    point: place(CHANNELS * CHANNELS * 2),
    bias: place(CHANNELS * 4),
  }));
  const heads = place(LOGITS * CHANNELS * 2);
  const headBias = place(LOGITS * 4);
  const embedded = place(DIMENSION * 2);
  const addresses = place((longest + WINDOW) * 4);
  const states = place((longest + 2 * margin) * STATE) + margin * STATE;
  const mixed = place(longest * STATE);
  const sums = place(longest * LOGITS * 4);
  const rows = place(ROW);

  // Shifts are the model's; places of weights and the distance between a token's neighbours are parameters.
  const depths = new Map(model.layers.map(({ depthShift }) => [`depth${depthShift}`, depthShift]));
  const points = new Map(model.layers.map(({ pointShift }) => [`point${pointShift}`, pointShift]));
  const binary = assemble([
    rowFunction(model.shifts.row),
    windowFunction(model.shifts.window),
    ...[...depths].map(([name, shift]) => depthFunction(name, shift)),
    ...[...points].map(([name, shift]) => pointFunction(name, shift)),
    headFunction(),
  ]);
  if (!WebAssembly.validate(binary)) return undefined;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { memory } });
  const call = exports as Record<string, (...places: number[]) => void>;

  const short = () => new Int16Array(memory.buffer);
  const long = () => new Int32Array(memory.buffer);
  for (let p = 0; p < WINDOW; p++) {
    const columns = Int8Array.from({ length: CHANNELS * DIMENSION }, (_, i) => {
      const [c, d] = [Math.floor(i / DIMENSION), i % DIMENSION];
      return model.window[(p * DIMENSION + d) * CHANNELS + c];
    });
    packPairs(columns, DIMENSION, short(), windowWeights / 2 + p * CHANNELS * DIMENSION);
  }
  short().set(model.windowBias, windowBias / 2);
  layers.forEach(({ depth, point, bias }, i) => {
    const layer = model.layers[i];
    for (let k = 0; k < KERNEL; k++)
      for (let c = 0; c < CHANNELS; c++)
        short()[depth / 2 + (Math.floor(c / LANES) * KERNEL + k) * LANES + (c % LANES)] = layer.depth[c * KERNEL + k];
    packPairs(layer.point, CHANNELS, short(), point / 2);
    long().set(layer.bias, bias / 4);
  });
  const padded = new Int8Array(LOGITS * CHANNELS);
  padded.set(model.heads);
  packPairs(padded, CHANNELS, short(), heads / 2);
  long().set(model.headBias, headBias / 4);

  return {
    learn(form, embedding) {
      const end = rows + (form + 1) * ROW;
      if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / 65536) + 64);
      short().set(embedding, embedded / 2);
      call.row(embedded, windowWeights, noBias, rows + form * ROW);
    },

    run(forms, length, logits) {
      const words = long();
      for (let from = 0; from < length; from += CHUNK) {
        const to = Math.min(length, from + CHUNK);
        const first = Math.max(0, from - reach);
        const last = Math.min(length, to + reach);
        const count = last - first;
        for (let i = 0; i < count + WINDOW - 1; i++) {
          const at = first + i - (WINDOW >> 1);
          words[addresses / 4 + i] = rows + (at >= 0 && at < length ? forms[at] : 0) * ROW;
        }
        // What lies outside is zero: before the states nothing is ever written, behind them the last loop may have.
        const end = states + count * STATE;
        const clear = () => words.fill(0, end / 4, (end + margin * STATE) / 4);
        call.window(addresses, addresses + count * 4, windowBias, states);
        clear();
        for (const { dilation, depthShift, pointShift, depth, point, bias } of layers) {
          call[`depth${depthShift}`](states, count * STATE, depth, mixed, dilation * STATE);
          call[`point${pointShift}`](mixed, mixed + count * STATE, point, bias, states);
          clear();
        }
        call.heads(states, end, heads, headBias, sums);
        const at = sums / 4 + (from - first) * LOGITS;
        logits.set(words.subarray(at, at + (to - from) * LOGITS), from * LOGITS);
      }
    },
  };
}

/** Lays out a matrix, outputs × inputs, so that the products of two neighbouring inputs with four outputs are one instruction. */
function packPairs(matrix: Int8Array, inputs: number, out: Int16Array, at: number): void {
  const outputs = matrix.length / inputs;
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++)
      out[at + ((o >> 3) * inputs + (i & ~1)) * LANES + (o & 7) * 2 + (i & 1)] = matrix[o * inputs + i];
}

const roundShort = (shift: number): Code => [
  ...[...i32.const(1 << (shift - 1)), ...i16x8.splat, ...i16x8.add],
  ...[...i32.const(shift), ...i16x8.shiftRight],
];
const roundLong = (shift: number): Code => [
  ...[...i32.const(1 << (shift - 1)), ...i32x4.splat, ...i32x4.add],
  ...[...i32.const(shift), ...i32x4.shiftRight],
];
const clampShort = (low: number, high: number): Code => [
  ...[...i32.const(low), ...i16x8.splat, ...i16x8.max],
  ...[...i32.const(high), ...i16x8.splat, ...i16x8.min],
];

/**
 * Sums of products for eight outputs of `tokens` neighbouring tokens, left in the vectors from `sums` on, two a token.
 * The loop is left rolled, for V8 moves all loads of a long stretch to its front and then runs out of registers.
 * @param input local with the address of the first token's inputs
 * @param weights local with the address of the packed weights of these outputs, moved on behind them
 * @param bias local with the address of their biases
 * @param integers two locals to use; vectors: those from `sums` on, 2 × tokens + 3
 */
function products(
  tokens: number,
  inputs: number,
  {
    input,
    weights,
    bias,
    sums,
    integers: [at, end],
  }: Record<"input" | "weights" | "bias" | "sums", number> & {
    integers: [number, number];
  },
): Code {
  const pair = sums + 2 * tokens;
  const each = [...Array(tokens).keys()];
  return [
    ...each.flatMap((t) => [0, 1].flatMap((i) => [...get(bias), ...v128.load(i * 16), ...set(sums + 2 * t + i)])),
    ...[...get(input), ...set(at)],
    ...[...get(weights), ...i32.const(inputs * LANES * 2), ...i32.add, ...set(end)],
    ...loop(weights, 32, get(end), [
      ...[...get(weights), ...v128.load(0), ...set(pair), ...get(weights), ...v128.load(16), ...set(pair + 1)],
      ...each.flatMap((t) => [
        ...[...get(at), ...v128.load32Splat(t * inputs * 2), ...tee(pair + 2)],
        ...[...get(pair), ...i32x4.dot, ...get(sums + 2 * t), ...i32x4.add, ...set(sums + 2 * t)],
        ...[...get(pair + 2), ...get(pair + 1), ...i32x4.dot, ...get(sums + 2 * t + 1), ...i32x4.add],
        ...set(sums + 2 * t + 1),
      ]),
      ...[...get(at), ...i32.const(4), ...i32.add, ...set(at)],
    ]),
  ];
}

/** row(embedding, weights, bias, out): what a form adds at each place of the window. */
function rowFunction(shift: number) {
  const [input, weights, bias, out, end, sums] = [0, 1, 2, 3, 4, 7];
  const code = [
    ...[...get(out), ...i32.const(ROW), ...i32.add, ...set(end)],
    ...loop(out, LANES * 2, get(end), [
      ...products(1, DIMENSION, { input, weights, bias, sums, integers: [5, 6] }),
      ...get(out),
      ...[...get(sums), ...roundLong(shift), ...get(sums + 1), ...roundLong(shift), ...i16x8.narrow],
      ...[...clampShort(-HIGHEST_ROW, HIGHEST_ROW), ...v128.store(0)],
    ]),
  ];
  return { name: "row", parameters: 4, integers: 3, vectors: 5, code };
}

/** window(addresses, end, bias, out): the first states, sums of the rows of nine tokens. */
function windowFunction(shift: number) {
  const [addresses, end, bias, out, row, sums] = [0, 1, 2, 3, 4, 5];
  const groups = [...Array(CHANNELS / LANES).keys()];
  const code = loop(addresses, 4, get(end), [
    ...groups.flatMap((g) => [...get(bias), ...v128.load(g * 16), ...set(sums + g)]),
    ...[...Array(WINDOW).keys()].flatMap((p) => [
      ...[...get(addresses), ...i32.load(p * 4), ...set(row)],
      ...groups.flatMap((g) => [
        ...[...get(sums + g), ...get(row), ...v128.load(p * STATE + g * 16), ...i16x8.add],
        ...set(sums + g),
      ]),
    ]),
    ...groups.flatMap((g) => [
      ...[...get(out), ...get(sums + g), ...roundShort(shift), ...clampShort(0, HIGHEST), ...v128.store(g * 16)],
    ]),
    ...[...get(out), ...i32.const(STATE), ...i32.add, ...set(out)],
  ]);
  return { name: "window", parameters: 4, integers: 1, vectors: groups.length, code };
}

/** depth(states, length in bytes, weights, out, distance in bytes): each channel over five tokens. */
function depthFunction(name: string, shift: number) {
  const [states, length, weights, out, distance] = [0, 1, 2, 3, 4];
  const [group, at, end, twice, to] = [5, 6, 7, 8, 9];
  const taps = [...Array(KERNEL).keys()].map((k) => 10 + k);
  const sum = 10 + KERNEL;
  const away = [
    [...get(twice), ...i32.subtract],
    [...get(distance), ...i32.subtract],
    [],
    [...get(distance), ...i32.add],
    [...get(twice), ...i32.add],
  ];
  const tap = (k: number): Code => [...get(at), ...away[k], ...v128.load(0), ...get(taps[k]), ...i16x8.multiply];
  const code = [
    ...[...get(distance), ...get(distance), ...i32.add, ...set(twice)],
    ...loop(group, LANES * 2, i32.const(STATE), [
      ...taps.flatMap((local, k) => [...get(weights), ...v128.load(k * 16), ...set(local)]),
      ...[...get(states), ...get(group), ...i32.add, ...tee(at), ...get(length), ...i32.add, ...set(end)],
      ...[...get(out), ...get(group), ...i32.add, ...set(to)],
      ...loop(at, STATE, get(end), [
        ...[...tap(0), ...tap(1), ...i16x8.add, ...tap(2), ...i16x8.add, ...tap(3), ...i16x8.add],
        ...[...tap(4), ...i16x8.add, ...roundShort(shift), ...clampShort(-HIGHEST, HIGHEST), ...set(sum)],
        ...[...get(to), ...get(sum), ...v128.store(0)],
        ...[...get(to), ...i32.const(STATE), ...i32.add, ...set(to)],
      ]),
      ...[...get(weights), ...i32.const(KERNEL * 16), ...i32.add, ...set(weights)],
    ]),
  ];
  return { name, parameters: 5, integers: 5, vectors: KERNEL + 1, code };
}

/** point(mixed, end, weights, bias, states): the channels of each token, added to its state; up to TOKENS - 1 tokens too many. */
function pointFunction(name: string, shift: number) {
  const [mixed, end, weights, bias, states, group, input, to, column, sums] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 11];
  const rounded = (local: number): Code => [...get(local), ...roundLong(shift)];
  const code = loop(group, LANES * 2, i32.const(STATE), [
    ...[...get(mixed), ...set(input)],
    ...[...get(states), ...get(group), ...i32.add, ...set(to)],
    ...loop(input, TOKENS * STATE, get(end), [
      ...[...get(weights), ...set(column)],
      ...products(TOKENS, CHANNELS, { input, weights: column, bias, sums, integers: [9, 10] }),
      ...[...Array(TOKENS).keys()].flatMap((t) => [
        ...[...get(to), ...get(to), ...v128.load(t * STATE)],
        ...[...rounded(sums + 2 * t), ...rounded(sums + 2 * t + 1), ...i16x8.narrow, ...i16x8.addSaturating],
        ...[...clampShort(0, HIGHEST), ...v128.store(t * STATE)],
      ]),
      ...[...get(to), ...i32.const(TOKENS * STATE), ...i32.add, ...set(to)],
    ]),
    ...[...get(column), ...set(weights)],
    ...[...get(bias), ...i32.const(LANES * 4), ...i32.add, ...set(bias)],
  ]);
  return { name, parameters: 5, integers: 6, vectors: 2 * TOKENS + 3, code };
}

/** heads(states, end, weights, bias, out): LOGITS numbers a token; up to TOKENS - 1 tokens too many. */
function headFunction() {
  const [input, end, weights, bias, out, column, sums] = [0, 1, 2, 3, 4, 5, 8];
  const code = loop(input, TOKENS * STATE, get(end), [
    ...[...get(weights), ...set(column)],
    ...products(TOKENS, CHANNELS, { input, weights: column, bias, sums, integers: [6, 7] }),
    ...[...Array(2 * TOKENS).keys()].flatMap((i) => [...get(out), ...get(sums + i), ...v128.store(i * 16)]),
    ...[...get(out), ...i32.const(TOKENS * LOGITS * 4), ...i32.add, ...set(out)],
  ]);
  return { name: "heads", parameters: 5, integers: 3, vectors: 2 * TOKENS + 3, code };
}
