/** The tagger's weights and tables, read from the files of a model directory. models/planning-tagger/README.md has its card. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../errors.js";
import { isObject } from "../json.js";

/** numbers of an embedding */
export const DIMENSION = 48;
/** numbers of a token's state */
export const CHANNELS = 64;
/** tokens that the first layer sees: itself and four on either side */
export const WINDOW = 9;
/** tokens that a further layer sees, a dilation apart */
export const KERNEL = 5;
/** what is said of a token, in the order of its logits */
export const HEADS = ["plan", ...["G", "D", "B", "R"], "begin", "end"] as const;
/** highest value of a state */
export const HIGHEST = 127;
/** highest absolute value of what one token of the window adds to a state */
export const HIGHEST_ROW = 3500;

/** One residual layer: each channel over five tokens, then the channels of each token. */
export interface Layer {
  dilation: number;
  /** CHANNELS × KERNEL */
  depth: Int8Array;
  depthShift: number;
  /** CHANNELS out × CHANNELS in */
  point: Int8Array;
  bias: Int32Array;
  pointShift: number;
}

/** Logits to probabilities by a look-up, so that no machine's exp has a say. Probabilities are in units of 1/10,000. */
export interface Tables {
  /** index = (logit >> shift) + 128, kept within 0 to 255 */
  shift: number;
  plan: Uint16Array;
  begin: Uint16Array;
  end: Uint16Array;
  /** weight of a function whose mean logit lies index << expShift below the best one's */
  exp: Int32Array;
  expShift: number;
}

export interface TaggerModel {
  name: string;
  version: string;
  /** SHA-256 over the sums of its files */
  sha256: string;
  /** row of `embedding` by key */
  vocabulary: Map<string, number>;
  /** rows of DIMENSION */
  embedding: Int8Array;
  /** rows of DIMENSION for the features of keys outside the vocabulary; a power of two of them */
  hashed: Int8Array;
  /** 8 rows of DIMENSION, by shape */
  shapes: Int8Array;
  /** WINDOW × DIMENSION × CHANNELS */
  window: Int8Array;
  windowBias: Int16Array;
  shifts: { row: number; window: number };
  layers: Layer[];
  /** HEADS × CHANNELS */
  heads: Int8Array;
  headBias: Int32Array;
  tables: Tables;
  /** from which probability on a token plans or begins a move; a function less probable than this is none */
  threshold: { plan: number; begin: number; function: number };
}

/** Tokens on either side that what is said of a token depends on. */
export const reachOf = ({ layers }: TaggerModel): number =>
  (WINDOW >> 1) + layers.reduce((sum, { dilation }) => sum + (KERNEL >> 1) * dilation, 0);

export const EMBEDDED = "planning-tagger";
/** From src/tagger and from dist/tagger alike, the package's root is two levels up. */
const EMBEDDED_DIRECTORY = fileURLToPath(new URL(`../../models/${EMBEDDED}`, import.meta.url));

/**
 * Reads the embedded model, or the one in a directory, and checks it: SHA256SUMS, and that no sum of its network can
 * leave the range in which every machine adds alike.
 * @throws InputError naming the file that is missing, damaged or of another kind
 */
export async function readModel(directory = EMBEDDED_DIRECTORY): Promise<TaggerModel> {
  const remedy = directory === EMBEDDED_DIRECTORY ? "reinstall sg-mine" : "restore the model's files";
  const read = (file: string) =>
    readFile(join(directory, file)).catch(() => {
      throw new InputError(`${join(directory, file)}: missing; ${remedy}`);
    });
  const sums = (await read("SHA256SUMS")).toString("utf8");
  const files = new Map<string, Buffer>();
  for (const file of ["tagger.json", "weights.bin"]) {
    const bytes = await read(file);
    if (!sums.includes(`${createHash("sha256").update(bytes).digest("hex")}  ${file}\n`))
      throw new InputError(`${join(directory, file)}: damaged, it is not the file that SHA256SUMS lists; ${remedy}`);
    files.set(file, bytes);
  }
  try {
    return parseModel(files.get("tagger.json")!.toString("utf8"), files.get("weights.bin")!);
  } catch (error) {
    throw new InputError(`${join(directory, "tagger.json")}: ${(error as Error).message}`);
  }
}

/** Bytes of weights.bin, whose parts follow each other in the order in which they are read. */
const bytesOf = (vocabulary: number, buckets: number, layers: number): number =>
  (vocabulary + buckets + 8) * DIMENSION +
  WINDOW * DIMENSION * CHANNELS +
  CHANNELS * 2 +
  layers * (CHANNELS * KERNEL + CHANNELS * CHANNELS + CHANNELS * 4) +
  HEADS.length * (CHANNELS + 4);

type Fits = (value: unknown) => boolean;
const isWhole = (least: number, most: number): Fits => {
  return (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
};
const isListOf = (fits: Fits, length: number): Fits => {
  return (value) => Array.isArray(value) && value.length === length && value.every(fits);
};
const isText: Fits = (value) => typeof value === "string" && value !== "";
/** A shift moves bits of a 32-bit number, and sums are rounded, so that one is never 0. */
const isShift = isWhole(1, 31);
const PROBABILITY = "a whole number from 0 to 10000";
const isProbability = isWhole(0, 10_000);
const TABLE = "256 whole numbers from 0 to 10000";
const isTable = isListOf(isProbability, 256);

const exactly = (place: string, wanted: unknown): [string, string, Fits] => [
  place,
  JSON.stringify(wanted),
  (value) => JSON.stringify(value) === JSON.stringify(wanted),
];

/** What tagger.json has, by its place in there: what is expected, and whether a value is that. */
const FIELDS: readonly [string, string, (value: unknown, layers: number) => boolean][] = [
  exactly("format", 1),
  exactly("dimension", DIMENSION),
  exactly("channels", CHANNELS),
  exactly("window", WINDOW),
  exactly("kernel", KERNEL),
  exactly("heads", HEADS),
  ["name", "a text", isText],
  ["version", "a text or a number", (value) => isText(value) || Number.isFinite(value)],
  [
    "vocabulary",
    "a list of texts",
    (value) => Array.isArray(value) && value.length > 0 && value.every((key) => typeof key === "string"),
  ],
  ["buckets", "a power of two", (value) => isWhole(1, 2 ** 24)(value) && Number.isInteger(Math.log2(value as number))],
  ["dilations", "a list of whole numbers from 1", (value) => Array.isArray(value) && value.every(isWhole(1, 2 ** 10))],
  ["shifts.row", "a whole number from 1 to 31", isShift],
  ["shifts.window", "a whole number from 1 to 31", isShift],
  [
    "shifts.depth",
    "a whole number from 1 to 31 for each dilation",
    (value, layers) => isListOf(isShift, layers)(value),
  ],
  [
    "shifts.point",
    "a whole number from 1 to 31 for each dilation",
    (value, layers) => isListOf(isShift, layers)(value),
  ],
  ["tables.shift", "a whole number from 0 to 31", isWhole(0, 31)],
  ["tables.plan", TABLE, isTable],
  ["tables.begin", TABLE, isTable],
  ["tables.end", TABLE, isTable],
  [
    "tables.exp",
    "a list of whole numbers from 0 to 65536",
    (value) => Array.isArray(value) && value.length > 0 && value.every(isWhole(0, 65_536)),
  ],
  ["tables.expShift", "a whole number from 0 to 31", isWhole(0, 31)],
  ["threshold.plan", PROBABILITY, isProbability],
  ["threshold.begin", PROBABILITY, isProbability],
  ["threshold.function", PROBABILITY, isProbability],
];

function parsed(json: string) {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new Error(`is not valid JSON: ${(error as Error).message}`);
  }
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
};

/** The same from the files' contents. Throws an Error that says what does not fit. */
export function parseModel(json: string, weights: Buffer): TaggerModel {
  const expect = (ok: boolean, what: string) => {
    if (!ok) throw new Error(`no tagger that this version runs: ${what}; have its trainer write it anew`);
  };
  const header = parsed(json);
  expect(isObject(header), `expected an object, got ${shown(header)}`);
  for (const [place, what, fits] of FIELDS) {
    const value = place.split(".").reduce((inside, key) => inside?.[key], header);
    if (value === undefined) expect(false, `${place} is missing, which is to be ${what}`);
    expect(fits(value, header.dilations?.length), `${place} is ${shown(value)}, not ${what}`);
  }
  const { vocabulary, buckets, dilations, shifts, tables, threshold } = header;

  let at = 0;
  const take = (bytes: number) => {
    at += bytes;
    return at - bytes;
  };
  expect(
    weights.length === bytesOf(vocabulary.length, buckets, dilations.length),
    `${weights.length} bytes of weights in weights.bin, not ${bytesOf(vocabulary.length, buckets, dilations.length)}`,
  );
  const int8 = (length: number) => new Int8Array(weights.buffer, weights.byteOffset + take(length), length).slice();
  const int16 = (length: number) => Int16Array.from({ length }, () => weights.readInt16LE(take(2)));
  const int32 = (length: number) => Int32Array.from({ length }, () => weights.readInt32LE(take(4)));
  const model: TaggerModel = {
    name: header.name,
    version: String(header.version),
    sha256: createHash("sha256").update(json).update(weights).digest("hex"),
    vocabulary: new Map((vocabulary as string[]).map((key, row) => [key, row])),
    embedding: int8(vocabulary.length * DIMENSION),
    hashed: int8(buckets * DIMENSION),
    shapes: int8(8 * DIMENSION),
    window: int8(WINDOW * DIMENSION * CHANNELS),
    windowBias: int16(CHANNELS),
    shifts: { row: shifts.row, window: shifts.window },
    layers: (dilations as number[]).map((dilation, i) => ({
      dilation,
      depth: int8(CHANNELS * KERNEL),
      depthShift: shifts.depth[i],
      point: int8(CHANNELS * CHANNELS),
      bias: int32(CHANNELS),
      pointShift: shifts.point[i],
    })),
    heads: int8(HEADS.length * CHANNELS),
    headBias: int32(HEADS.length),
    tables: {
      shift: tables.shift,
      plan: Uint16Array.from(tables.plan),
      begin: Uint16Array.from(tables.begin),
      end: Uint16Array.from(tables.end),
      exp: Int32Array.from(tables.exp),
      expShift: tables.expShift,
    },
    threshold,
  };

  // Bounds of every sum: 16 bits where the vectors are of 16, and 24 where a float must hold it too.
  const rows = (matrix: Int8Array, width: number) =>
    Array.from({ length: matrix.length / width }, (_, i) =>
      matrix.subarray(i * width, (i + 1) * width).reduce((sum, weight) => sum + Math.abs(weight), 0),
    );
  const bounded = (what: string, sums: number[], bias: ArrayLike<number>, shift: number, limit: number) =>
    sums.forEach((sum, i) => {
      expect(sum * HIGHEST + Math.abs(bias[i] ?? 0) + 2 ** (shift - 1) < limit, `${what} ${i} can overflow`);
    });
  model.windowBias.forEach((bias, i) => {
    expect(
      Math.abs(bias) + 2 ** (shifts.window - 1) + WINDOW * HIGHEST_ROW < 2 ** 15,
      `window channel ${i} can overflow`,
    );
  });
  for (const { depth, depthShift, point, bias, pointShift } of model.layers) {
    bounded("depthwise channel", rows(depth, KERNEL), [], depthShift, 2 ** 15);
    bounded("pointwise channel", rows(point, CHANNELS), bias, pointShift, 2 ** 24);
  }
  bounded("head", rows(model.heads, CHANNELS), model.headBias, 0, 2 ** 24);
  return model;
}
