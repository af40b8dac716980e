import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../replace.js";
import { EncoderError } from "./errors.js";
import type { ModelFiles } from "./files.js";

/** Vectors kept between runs. */
export interface VectorCache {
  has(phrase: string): boolean;
  /** Keeps the vectors (phrases.length × dimension, multiples of the grid) and writes them to disk. */
  add(phrases: readonly string[], vectors: Float32Array): Promise<void>;
  /** The vectors of phrases that are all there: phrases.length × dimension. */
  read(phrases: readonly string[]): Float32Array;
}

/**
 * Opens the model's file in the folder. The file: one line of JSON (format, fingerprint, dimension, phrases, bytes of
 * text, SHA-256 of all that follows), the phrases one per line, then one little-endian int16 per number, in steps of
 * the grid. A file of another model or one that is damaged is not used, and replaced by the next write.
 * @throws EncoderError when the folder cannot be written
 */
export async function openVectorCache(
  folder: string,
  files: ModelFiles,
  dimension: number,
  grid: number,
): Promise<VectorCache> {
  const path = join(folder, `${files.fingerprint.slice(0, 32)}.vectors`);
  const rows = new Map<string, Int16Array>();
  const stored = await readFile(path).catch(() => undefined);
  if (stored) read(stored);

  function read(bytes: Buffer): void {
    const end = bytes.indexOf(10);
    let header: { format?: string; fingerprint?: string; text?: number; sha256?: string };
    try {
      header = JSON.parse(bytes.subarray(0, end).toString());
    } catch {
      return;
    }
    const body = bytes.subarray(end + 1);
    const { text = 0 } = header;
    if (header.format !== FORMAT || header.fingerprint !== files.fingerprint || header.sha256 !== sum(body)) return;
    const phrases = body.subarray(0, text).toString().split("\n").slice(0, -1);
    const steps = new Int16Array(new Uint8Array(body.subarray(text)).buffer);
    phrases.forEach((phrase, row) => {
      rows.set(phrase, steps.subarray(row * dimension, (row + 1) * dimension));
    });
  }

  async function write(): Promise<void> {
    const phrases = [...rows.keys()].sort();
    const text = Buffer.from(phrases.map((phrase) => `${phrase}\n`).join(""));
    const steps = new Int16Array(phrases.length * dimension);
    phrases.forEach((phrase, row) => {
      steps.set(rows.get(phrase)!, row * dimension);
    });
    const body = Buffer.concat([text, Buffer.from(steps.buffer)]);
    const header = {
      format: FORMAT,
      model: files.name,
      fingerprint: files.fingerprint,
      dimension,
      phrases: phrases.length,
      text: text.length,
      sha256: sum(body),
    };
    try {
      const bytes = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body]);
      await replaceFile(path, (temporary) => writeFile(temporary, bytes));
    } catch (cause) {
      throw new EncoderError(`${folder}: cannot keep vectors here: ${(cause as Error).message}`, { cause });
    }
  }

  return {
    has: (phrase) => rows.has(phrase),
    async add(phrases, vectors) {
      if (phrases.length === 0) return;
      phrases.forEach((phrase, row) => {
        const steps = Int16Array.from(
          vectors.subarray(row * dimension, (row + 1) * dimension),
          (value) => value / grid,
        );
        rows.set(phrase, steps);
      });
      await write();
    },
    read(phrases) {
      const vectors = new Float32Array(phrases.length * dimension);
      phrases.forEach((phrase, row) => {
        const steps = rows.get(phrase)!;
        for (let i = 0; i < dimension; i++) vectors[row * dimension + i] = steps[i] * grid;
      });
      return vectors;
    },
  };
}

const FORMAT = "sg-vectors/1";

function sum(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
