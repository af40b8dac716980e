import { availableParallelism } from "node:os";
import type { Hub } from "../hub.js";
import { openVectorCache } from "./cache.js";
import { findModel } from "./files.js";
import { loadModel } from "./model.js";
import { tokenIds } from "./tokens.js";

/** Phrases in, vectors out: a sentence transformer that runs where the tool runs. */
export interface Encoder {
  /** "phrase-encoder" for the embedded model, the directory's base name, or the name on the hub; never a path */
  readonly name: string;
  /** numbers per vector */
  readonly dimension: number;
  /** SHA-256 of the ONNX file, in hexadecimal */
  readonly sha256: string;
  /**
   * The vectors of phrases (lower-case words joined by single spaces): phrases.length × dimension, row-major, each
   * row of length 1. A phrase has one vector, bit for bit, whatever the other phrases, their order or the threads.
   */
  embed(phrases: readonly string[], onProgress?: (done: number, total: number) => void): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface EncoderOptions {
  /** a directory in transformers.js layout, or a model's name on the hub; absent: the embedded model */
  model?: string;
  /** threads of the matrix products (default: the processor's, at most 8) */
  threads?: number;
  /** where vectors are kept between runs */
  cache?: string;
  /** where a name in `model` is looked up; only such a name ever causes a download */
  hub?: Hub;
}

/**
 * Vectors are rounded to multiples of this, so that processors whose last bits differ agree. It moves a cosine by
 * about 1e-6.
 */
const GRID = 1 / 4096;

/**
 * Opens the embedded encoder, or the one that `model` names.
 * @throws EncoderError when the model is missing or damaged
 * @throws InputError when it cannot be downloaded
 */
export async function openEncoder(options: EncoderOptions = {}): Promise<Encoder> {
  const files = await findModel(options.model, options.hub);
  const model = await loadModel(files, options.threads ?? Math.min(availableParallelism(), 8));
  const toIds = tokenIds(model);

  async function embedAll(phrases: readonly string[], onProgress?: (done: number) => void): Promise<Float32Array> {
    const vectors = new Float32Array(phrases.length * model.dimension);
    const byLength = new Map<number, { row: number; ids: readonly number[] }[]>();
    for (let row = 0; row < phrases.length; row++) {
      const ids = toIds(phrases[row]);
      const group = byLength.get(ids.length);
      if (group) group.push({ row, ids });
      else byLength.set(ids.length, [{ row, ids }]);
    }
    let done = 0;
    for (const group of byLength.values()) {
      for (let start = 0; start < group.length; start += model.rows) {
        const batch = group.slice(start, start + model.rows);
        const pooled = await model.run(batch.map((phrase) => phrase.ids));
        batch.forEach(({ row }, index) => {
          const vector = pooled.subarray(index * model.dimension, (index + 1) * model.dimension);
          vectors.set(normalised(vector), row * model.dimension);
        });
        done += batch.length;
        onProgress?.(done);
      }
    }
    return vectors;
  }

  const cache =
    options.cache === undefined ? undefined : await openVectorCache(options.cache, files, model.dimension, GRID);

  return {
    name: files.name,
    dimension: model.dimension,
    sha256: files.sha256,
    async embed(phrases, onProgress) {
      const total = phrases.length;
      if (!cache) return embedAll(phrases, (done) => onProgress?.(done, total));
      const missing = [...new Set(phrases)].filter((phrase) => !cache.has(phrase));
      const known = total - missing.length;
      await cache.add(missing, await embedAll(missing, (done) => onProgress?.(known + done, total)));
      return cache.read(phrases);
    },
    close: () => model.close(),
  };
}

/** The vector scaled to length 1 and rounded to the grid, in place. */
function normalised(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const scale = squares > 0 ? 1 / (Math.sqrt(squares) * GRID) : 0;
  // adding 0 turns -0 into 0
  for (let i = 0; i < vector.length; i++) vector[i] = Math.round(vector[i] * scale) * GRID + 0;
  return vector;
}
