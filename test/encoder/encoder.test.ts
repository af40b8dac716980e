import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Encoder, openEncoder } from "../../src/encoder/encoder.js";

const EMBEDDED = fileURLToPath(new URL("../../models/phrase-encoder", import.meta.url));
const PHRASES = [
  "wait",
  "let me try",
  "maybe i can attempt",
  "the number of apples",
  "how many oranges are there",
  "let me double-check the answer",
  "i don't think that's right",
  "so the first thing we need to do is",
  "the hypotenuse",
  "让 我 想 想",
  "café naïve",
  "",
];
// enough phrases for several batches of one length
const MANY = Array.from({ length: 300 }, (_, i) => `let me try ${"abcdefghij"[i % 10]} ${"klmnopqrst"[i % 9]} again`);

let folder: string;
let encoder: Encoder;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sg-mine-encoder-"));
  encoder = await openEncoder({ threads: 2 });
});
afterAll(async () => {
  await encoder.close();
  await rm(folder, { recursive: true, force: true });
});

/** The row of a phrase. */
const row = (vectors: Float32Array, at: number) =>
  vectors.subarray(at * encoder.dimension, (at + 1) * encoder.dimension);
const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);

describe("the embedded encoder", () => {
  test("says what it is", async () => {
    const sums = await readFile(join(EMBEDDED, "SHA256SUMS"), "utf8");
    expect(encoder.name).toBe("phrase-encoder");
    expect(sums).toContain(`${encoder.sha256}  onnx/model_quantized.onnx`);
  });

  test("gives rows of length 1 for every phrase, other scripts and nothing at all included", async () => {
    const vectors = await encoder.embed(PHRASES);
    expect(vectors).toHaveLength(PHRASES.length * encoder.dimension);
    PHRASES.forEach((_, i) => {
      expect(Math.hypot(...row(vectors, i))).toBeCloseTo(1, 3);
    });
  });

  test("gives no vectors for no phrases", async () => {
    expect(await encoder.embed([])).toHaveLength(0);
  });

  test("puts moves of one meaning nearer than a topic", async () => {
    const vectors = await encoder.embed(["let me try", "maybe i can attempt", "the number of apples"]);
    const near = cosine(row(vectors, 0), row(vectors, 1));
    expect(near).toBeGreaterThan(cosine(row(vectors, 0), row(vectors, 2)) + 0.2);
  });

  test("gives a phrase one vector, alone, in any batch and order, with any number of threads", async () => {
    const together = await encoder.embed([...MANY, ...PHRASES]);
    const single = await openEncoder({ threads: 1 });
    const reversed = await single.embed([...MANY, ...PHRASES].reverse());
    await single.close();
    const all = [...MANY, ...PHRASES];
    for (const [i, phrase] of all.entries()) {
      expect(row(reversed, all.length - 1 - i), phrase).toEqual(row(together, i));
    }
    for (const i of [0, 7, 150, 299, 300, 307, 311]) {
      expect(await encoder.embed([all[i]]), all[i]).toEqual(Float32Array.from(row(together, i)));
    }
  });

  test("reports progress up to the total", async () => {
    const seen: [number, number][] = [];
    await encoder.embed(MANY, (done, total) => seen.push([done, total]));
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)).toEqual([MANY.length, MANY.length]);
  });
});

describe("a model directory", () => {
  test("works like the embedded model and goes by its base name", async () => {
    const copy = join(folder, "my-encoder");
    await cp(EMBEDDED, copy, { recursive: true });
    const other = await openEncoder({ model: copy });
    expect([other.name, other.sha256, other.dimension]).toEqual(["my-encoder", encoder.sha256, encoder.dimension]);
    expect(await other.embed(PHRASES)).toEqual(await encoder.embed(PHRASES));
    await other.close();
  });

  test("is refused when a file is damaged", async () => {
    const copy = join(folder, "damaged");
    await cp(EMBEDDED, copy, { recursive: true });
    const onnx = join(copy, "onnx", "model_quantized.onnx");
    const bytes = await readFile(onnx);
    bytes[bytes.length >> 1] ^= 1;
    await writeFile(onnx, bytes);
    await expect(openEncoder({ model: copy })).rejects.toThrow(/model_quantized\.onnx: damaged.*SHA256SUMS/);
  });

  test("is refused when its checksums name what lies outside", async () => {
    for (const name of ["../config.json", "/etc/hostname", "onnx/../../x", "..\\x"]) {
      const copy = join(folder, "reaching");
      await cp(EMBEDDED, copy, { recursive: true });
      await writeFile(join(copy, "SHA256SUMS"), `${"0".repeat(64)}  ${name}\n`);
      await expect(openEncoder({ model: copy })).rejects.toThrow(/SHA256SUMS: lists a file outside the model's folder/);
    }
  });

  test("is refused when a file is missing", async () => {
    const copy = join(folder, "incomplete");
    await cp(EMBEDDED, copy, { recursive: true });
    await rm(join(copy, "tokenizer.json"));
    await expect(openEncoder({ model: copy })).rejects.toThrow(/tokenizer\.json: missing/);
    await rm(join(copy, "onnx", "model_quantized.onnx"));
    await expect(openEncoder({ model: copy })).rejects.toThrow(/model_quantized\.onnx: missing/);
  });

  test("is refused when it is no model", async () => {
    const copy = join(folder, "nonsense");
    await cp(EMBEDDED, copy, { recursive: true });
    await rm(join(copy, "SHA256SUMS"));
    await writeFile(join(copy, "onnx", "model_quantized.onnx"), "not a graph");
    await expect(openEncoder({ model: copy })).rejects.toThrow(/not a model that transformers\.js can load/);
  });

  test("is pooled as it says, and by nothing unknown", async () => {
    const copy = join(folder, "first-token");
    await cp(EMBEDDED, copy, { recursive: true });
    await rm(join(copy, "SHA256SUMS"));
    const stated = join(copy, "1_Pooling", "config.json");
    await writeFile(stated, JSON.stringify({ pooling_mode_cls_token: true }));
    const first = await openEncoder({ model: copy });
    const vectors = await first.embed(["wait", "let me try"]);
    const means = await encoder.embed(["wait", "let me try"]);
    expect(row(vectors, 0)).toEqual(row(means, 0)); // one token
    expect(row(vectors, 1)).not.toEqual(row(means, 1));
    await first.close();
    await writeFile(stated, JSON.stringify({ pooling_mode_max_tokens: true }));
    await expect(openEncoder({ model: copy })).rejects.toThrow(/only pooling by mean, first or last token/);
  });

  test("that does not exist is named in the error", async () => {
    await expect(openEncoder({ model: "./no/such/model" })).rejects.toThrow(
      "./no/such/model: no such folder; name one, or a model of the Hugging Face hub as OWNER/NAME",
    );
  });
});
