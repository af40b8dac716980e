import { randomUUID } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { EncoderError } from "./errors.js";

const HUB = "https://huggingface.co";
/** In this order: the ONNX file last, so that a folder that has it is complete. */
const FILES = [
  { file: "config.json", optional: false },
  { file: "tokenizer.json", optional: false },
  { file: "tokenizer_config.json", optional: false },
  { file: "1_Pooling/config.json", optional: true },
];
const ONNX = ["onnx/model.onnx", "onnx/model_quantized.onnx"];

/**
 * The folder of a hub model, downloaded unless it is there already. Called only for a model the user named.
 * @throws EncoderError when the hub cannot be reached or has no such model in ONNX
 */
export async function download(
  name: string,
  options: { cache?: string; endpoint?: string; onDownload?: (message: string) => void },
): Promise<string> {
  const folder = join(options.cache ?? join(homedir(), ".cache", "sg-mine"), "models", name);
  if (ONNX.some((file) => existsSync(join(folder, file)))) return folder;
  if (process.env.HF_HUB_OFFLINE === "1") {
    throw new EncoderError(`${name}: not downloaded yet, and HF_HUB_OFFLINE=1 forbids it; name a local directory`);
  }
  const base = `${options.endpoint ?? process.env.HF_ENDPOINT ?? HUB}/${name}/resolve/main`;
  for (const { file, optional } of FILES) {
    if (!(await fetchFile(`${base}/${file}`, join(folder, file), name, options.onDownload)) && !optional) {
      throw new EncoderError(`${name}: the hub has no ${file} for this model; check the name (${base})`);
    }
  }
  for (const file of ONNX) {
    if (await fetchFile(`${base}/${file}`, join(folder, file), name, options.onDownload)) return folder;
  }
  throw new EncoderError(
    `${name}: the hub has no onnx/model.onnx for this model; name one that transformers.js can load`,
  );
}

/** Fetches one file, whole or not at all; false when the hub does not have it. */
async function fetchFile(
  url: string,
  path: string,
  name: string,
  onDownload?: (message: string) => void,
): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}.part`;
  const failed = (why: string, cause?: unknown) =>
    new EncoderError(
      `${name}: cannot download ${url} (${why}); leave out --model to use the embedded encoder, which needs no network, or name a local directory`,
      { cause },
    );
  try {
    const response = await fetch(url);
    if (response.status === 404 || response.status === 401) return false; // the hub says 401 for models that do not exist
    if (!response.ok || !response.body) throw failed(`HTTP ${response.status}`);
    const size = Number(response.headers.get("content-length"));
    onDownload?.(`downloading ${url}${size ? ` (${(size / 1e6).toFixed(1)} MB)` : ""}`);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(Readable.fromWeb(response.body as never), createWriteStream(temporary));
    await rename(temporary, path);
    return true;
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof EncoderError) throw error;
    const { cause, message } = error as Error & { cause?: Error };
    throw failed(cause?.message || message, error);
  }
}
