import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PreTrainedTokenizer, Tensor } from "@xenova/transformers";
import { EncoderError } from "./errors.js";
import type { ModelFiles } from "./files.js";

/** A model ready to run. */
export interface Model {
  tokenizer: PreTrainedTokenizer;
  /** the content of tokenizer.json */
  tokenizerFile: { pre_tokenizer?: unknown; normalizer?: unknown };
  /** the most tokens a phrase may have, special tokens included */
  maxTokens: number;
  dimension: number;
  /** phrases per run */
  rows: number;
  /** At most `rows` phrases of equally many tokens in, their pooled vectors out (rows × dimension, not normalised). */
  run(ids: readonly (readonly number[])[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Every run has this many rows, the last one of a length filled up: kernels chosen by shape are then the same for
 * every phrase, and its vector does not depend on what else is embedded.
 */
const ROWS = 128;

/**
 * Loads tokenizer and session with transformers.js (only now: the rest of the tool starts without it).
 * @throws EncoderError when transformers.js or onnxruntime reject the files
 */
export async function loadModel(files: ModelFiles, threads: number): Promise<Model> {
  const { AutoModel, AutoTokenizer, env, Tensor } = await import("@xenova/transformers");
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  const unusable = (cause: unknown) =>
    new EncoderError(`${files.directory}: not a model that transformers.js can load: ${(cause as Error).message}`, {
      cause,
    });

  const tokenizer = await AutoTokenizer.from_pretrained(files.directory).catch((error) => {
    throw unusable(error);
  });
  const model = await AutoModel.from_pretrained(files.directory, {
    dtype: files.dtype,
    device: "cpu",
    session_options: {
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
      // two spinning threads now and then starve each other
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    },
  }).catch((error) => {
    throw unusable(error);
  });
  const config = model.config as { max_position_embeddings?: number };
  const pooling = await statedPooling(files.directory);
  // A graph that quantises activations takes their range from the whole batch: one phrase at a time keeps them apart.
  const rows = files.dynamic ? 1 : ROWS;

  async function run(ids: readonly (readonly number[])[]): Promise<Float32Array> {
    const length = ids[0].length;
    const shape = [rows, length];
    const tokens = new BigInt64Array(rows * length);
    const low = new Int32Array(tokens.buffer); // little-endian halves: setting them avoids a BigInt per token
    for (let row = 0; row < rows; row++) {
      const source = ids[row < ids.length ? row : 0];
      for (let at = 0; at < length; at++) low[2 * (row * length + at)] = source[at];
    }
    const output: Record<string, Tensor> = await model({
      input_ids: new Tensor("int64", tokens, shape),
      attention_mask: new Tensor("int64", new BigInt64Array(rows * length).fill(1n), shape),
    });
    return pool(output, ids.length, length, pooling);
  }

  const unknown = tokenizer.unk_token_id ?? 0;
  const probe = await run([[unknown]]).catch((error) => {
    throw unusable(error);
  });
  return {
    tokenizer,
    tokenizerFile: JSON.parse(await readFile(join(files.directory, "tokenizer.json"), "utf8")),
    maxTokens: Math.min(tokenizer.model_max_length ?? 512, config.max_position_embeddings ?? 512, 512),
    dimension: probe.length,
    rows,
    run,
    close: async () => {
      await model.dispose();
    },
  };
}

type Pooling = "mean" | "cls" | "lasttoken";

/** What 1_Pooling/config.json says, else the mean over tokens. */
async function statedPooling(directory: string): Promise<Pooling> {
  const path = join(directory, "1_Pooling", "config.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return "mean";
  const stated = JSON.parse(text) as Record<string, unknown>;
  if (stated.pooling_mode_mean_tokens === true || stated.pooling_mode === "mean") return "mean";
  if (stated.pooling_mode_cls_token === true || stated.pooling_mode === "cls") return "cls";
  if (stated.pooling_mode_lasttoken === true || stated.pooling_mode === "lasttoken") return "lasttoken";
  throw new EncoderError(`${path}: only pooling by mean, first or last token is supported; use another model`);
}

/** The vectors of the first `count` rows: the graph's own sentence vectors, or its token vectors pooled. */
function pool(output: Record<string, Tensor>, count: number, length: number, pooling: Pooling): Float32Array {
  const tokens =
    output.sentence_embedding ?? output.last_hidden_state ?? output.token_embeddings ?? Object.values(output)[0];
  if (tokens.dims.length === 2) return (tokens.data as Float32Array).slice(0, count * tokens.dims[1]);
  const width = tokens.dims[2];
  const data = tokens.data as Float32Array;
  const pooled = new Float32Array(count * width);
  const first = pooling === "lasttoken" ? length - 1 : 0;
  const last = pooling === "cls" ? 0 : length - 1;
  for (let row = 0; row < count; row++) {
    for (let at = first; at <= last; at++) {
      const from = (row * length + at) * width;
      for (let i = 0; i < width; i++) pooled[row * width + i] += data[from + i];
    }
  }
  return pooled;
}
