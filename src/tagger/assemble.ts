/**
 * Just enough of an assembler for WebAssembly (core specification 2.0, chapter 5: binary format) to write loops over
 * 128-bit vectors. Instructions are arrays of bytes; functions take and use 32-bit integers, and vectors as locals.
 */

export type Code = number[];

const unsigned = (n: number): Code => {
  const bytes = [];
  for (; n >= 0x80; n >>>= 7) bytes.push((n & 0x7f) | 0x80);
  return [...bytes, n];
};
const signed = (n: number): Code => {
  const bytes = [];
  for (; n < -64 || n > 63; n >>= 7) bytes.push((n & 0x7f) | 0x80);
  return [...bytes, n & 0x7f];
};
const vector = (opcode: number) => [0xfd, ...unsigned(opcode)];
const memory = (opcode: number, align: number) => (offset: number) => [...vector(opcode), align, ...unsigned(offset)];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
export const tee = (local: number): Code => [0x22, ...unsigned(local)];

export const i32 = {
  const: (n: number): Code => [0x41, ...signed(n)],
  add: [0x6a],
  subtract: [0x6b],
  ltU: [0x49],
  load: (offset: number): Code => [0x28, 2, ...unsigned(offset)],
};
export const v128 = {
  load: memory(0x00, 4),
  store: memory(0x0b, 4),
  /** one 32-bit number in all four lanes */
  load32Splat: memory(0x09, 2),
};
export const i16x8 = {
  splat: vector(0x10),
  /** of two vectors of 32-bit lanes, saturating */
  narrow: vector(0x85),
  shiftRight: vector(0x8c),
  add: vector(0x8e),
  addSaturating: vector(0x8f),
  multiply: vector(0x95),
  min: vector(0x96),
  max: vector(0x98),
};
export const i32x4 = {
  splat: vector(0x11),
  shiftRight: vector(0xac),
  add: vector(0xae),
  /** products of 16-bit lanes, neighbours added */
  dot: vector(0xba),
};

/** Repeats the body while the local, raised by `step` after each time, is below the limit. The body runs at least once. */
export const loop = (local: number, step: number, limit: Code, body: Code): Code => [
  ...[0x03, 0x40],
  ...body,
  ...[...get(local), ...i32.const(step), ...i32.add, ...tee(local)],
  ...[...limit, ...i32.ltU],
  ...[0x0d, 0x00, 0x0b],
];

/** A function without result. Locals are numbered on: parameters, then integers, then vectors. */
export interface Function {
  name: string;
  parameters: number;
  integers: number;
  vectors: number;
  code: Code;
}

/** The binary of a module that imports its memory as `env.memory` and exports every function. */
export function assemble(functions: readonly Function[]): Uint8Array<ArrayBuffer> {
  const list = (items: Code[]): Code => [...unsigned(items.length), ...items.flat()];
  const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
  const text = (string: string): Code => list([...string].map((char) => [char.charCodeAt(0)]));
  const types = functions.map(({ parameters }) => [0x60, ...list(Array(parameters).fill([0x7f])), 0]);
  const bodies = functions.map(({ integers, vectors, code }) => {
    const body = [
      ...list([
        [...unsigned(integers), 0x7f],
        [...unsigned(vectors), 0x7b],
      ]),
      ...code,
      0x0b,
    ];
    return [...unsigned(body.length), ...body];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list(types)),
    ...section(2, list([[...text("env"), ...text("memory"), 0x02, 0x00, ...unsigned(1)]])),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(7, list(functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]))),
    ...section(10, list(bodies)),
  ]);
}
