/**
 * Dot products of a row with centroids: where clustering spends its time. JavaScript has no vector instructions, so the
 * loop is a WebAssembly function of four-number steps, assembled here; it is about eight times as fast.
 */
export interface Products {
  /** numbers per row and centroid: the dimension rounded up to whole steps, the rest zeros */
  readonly stride: number;
  /** capacity × stride */
  readonly rows: Float32Array;
  readonly centroids: Float32Array;
  /** Returns the products of a row with `count` centroids from `first` on; the next call overwrites them. */
  products(row: number, first: number, count: number): Float32Array;
}

// TypeScript knows WebAssembly only together with a browser's document.
declare const WebAssembly: {
  Memory: new (size: { initial: number }) => { buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
};

/** Numbers per step of the loop: four sums of four, so that none waits for itself. */
const STEP = 16;
const PAGE = 65536;

/** Room for so many rows and centroids. */
export function createProducts(rowCapacity: number, centroidCapacity: number, dimension: number): Products {
  const stride = Math.ceil(dimension / STEP) * STEP;
  const bytes = stride * 4;
  const centroidsAt = rowCapacity * bytes;
  const outAt = centroidsAt + centroidCapacity * bytes;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((outAt + centroidCapacity * 4) / PAGE) });
  const { exports } = new WebAssembly.Instance(compiled(), { "": { memory } });
  const run = exports.products as (row: number, centroid: number, count: number, bytes: number, out: number) => void;
  const out = new Float32Array(memory.buffer, outAt, centroidCapacity);
  return {
    stride,
    rows: new Float32Array(memory.buffer, 0, rowCapacity * stride),
    centroids: new Float32Array(memory.buffer, centroidsAt, centroidCapacity * stride),
    products(row, first, count) {
      if (count > 0) run(row * bytes, centroidsAt + first * bytes, count, bytes, outAt);
      return out;
    },
  };
}

// The WebAssembly binary format, https://webassembly.github.io/spec/core/binary/: only what the loop needs.
const I32 = 0x7f;
const V128 = 0x7b;
const END = 0x0b;
const LOOP = [0x03, 0x40];
const BRANCH_IF = (depth: number) => [0x0d, depth];
const GET = (local: number) => [0x20, local];
const SET = (local: number) => [0x21, local];
const TEE = (local: number) => [0x22, local];
const NUMBER = (value: number) => [0x41, value]; // one signed byte: -64 to 63
const ADD = 0x6a;
const LESS = 0x49;
const STORE_F32 = [0x38, 2, 0];
const ADD_F32 = 0x92;
const LOAD4 = (offset: number) => [0xfd, 0x00, 4, offset];
const ZERO4 = [0xfd, 0x0c, ...new Array(16).fill(0)];
const ADD4 = [0xfd, 0xe4, 0x01];
const MULTIPLY4 = [0xfd, 0xe6, 0x01];
const LANE = (lane: number) => [0xfd, 0x1f, lane];

const text = (string: string) => [string.length, ...Buffer.from(string)];
/** A section's or function's length in two bytes of LEB128. */
const sized = (bytes: number[]) => [(bytes.length & 0x7f) | 0x80, bytes.length >> 7, ...bytes];

/** The module: function products(row, centroid, count, bytes, out), addresses and lengths in bytes. */
function assembled(): Uint8Array {
  const [ROW, CENTROID, COUNT, BYTES, OUT, AT, STOP, SUM] = [0, 1, 2, 3, 4, 5, 6, 7];
  const sums = [0, 1, 2, 3];
  const body = [
    ...[2, 2, I32, sums.length, V128], // locals: two numbers, four sums
    ...LOOP,
    ...sums.flatMap((sum) => [...ZERO4, ...SET(SUM + sum)]),
    ...[...GET(ROW), ...TEE(AT), ...GET(BYTES), ADD, ...SET(STOP)],
    ...LOOP,
    ...sums.flatMap((sum) => [
      ...GET(SUM + sum),
      ...[...GET(AT), ...LOAD4(16 * sum)],
      ...[...GET(CENTROID), ...LOAD4(16 * sum)],
      ...MULTIPLY4,
      ...ADD4,
      ...SET(SUM + sum),
    ]),
    // 64 bytes are one step: twice 32, since 64 is no signed byte
    ...[...GET(CENTROID), ...NUMBER(32), ADD, ...NUMBER(32), ADD, ...SET(CENTROID)],
    ...[...GET(AT), ...NUMBER(32), ADD, ...NUMBER(32), ADD, ...TEE(AT)],
    ...[...GET(STOP), LESS, ...BRANCH_IF(0)],
    END,
    ...GET(OUT),
    ...[...GET(SUM), ...GET(SUM + 1), ...ADD4, ...GET(SUM + 2), ...GET(SUM + 3), ...ADD4, ...ADD4, ...SET(SUM)],
    ...[...GET(SUM), ...LANE(0), ...GET(SUM), ...LANE(1), ADD_F32],
    ...[...GET(SUM), ...LANE(2), ...GET(SUM), ...LANE(3), ADD_F32],
    ...[ADD_F32, ...STORE_F32],
    ...[...GET(OUT), ...NUMBER(4), ADD, ...SET(OUT)],
    ...[...GET(COUNT), ...NUMBER(0x7f), ADD, ...TEE(COUNT), ...BRANCH_IF(0)], // 0x7f is -1
    END,
    END,
  ];
  return new Uint8Array([
    ...[0, ...Buffer.from("asm"), 1, 0, 0, 0],
    ...[1, ...sized([1, 0x60, 5, I32, I32, I32, I32, I32, 0])], // types: five numbers to nothing
    ...[2, ...sized([1, ...text(""), ...text("memory"), 2, 0, 0])], // imports: the memory
    ...[3, ...sized([1, 0])], // functions: one, of that type
    ...[7, ...sized([1, ...text("products"), 0, 0])], // exports
    ...[10, ...sized([1, ...sized(body)])], // code
  ]);
}

let module: object | undefined;
function compiled(): object {
  module ??= new WebAssembly.Module(assembled());
  return module;
}
