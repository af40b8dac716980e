import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Hub, modelFolder, type Wanted } from "../hub.js";
import { EncoderError } from "./errors.js";

/** A model on disk in transformers.js layout. */
export interface ModelFiles {
  name: string;
  directory: string;
  /** which of the ONNX files is run: the float one if there is one */
  dtype: "fp32" | "q8";
  /** SHA-256 of the ONNX file */
  sha256: string;
  /** SHA-256 over all files that decide a vector; the key of the vector cache */
  fingerprint: string;
  /** whether the graph quantises activations as it runs, by the range of everything in the batch */
  dynamic: boolean;
}

const EMBEDDED = "phrase-encoder";
/** From src/encoder and from dist/encoder alike, the package's root is two levels up. */
const EMBEDDED_DIRECTORY = fileURLToPath(new URL(`../../models/${EMBEDDED}`, import.meta.url));
const ONNX: Record<ModelFiles["dtype"], string> = { fp32: "onnx/model.onnx", q8: "onnx/model_quantized.onnx" };
const WANTED: readonly Wanted[] = [
  { names: ["config.json"] },
  { names: ["tokenizer.json"] },
  { names: ["tokenizer_config.json"] },
  { names: ["1_Pooling/config.json"], optional: true },
  { names: [ONNX.fp32, ONNX.q8] },
];

/**
 * The files of the embedded model, of a directory, or of a name on the hub.
 * @throws EncoderError when a file is missing or is not what SHA256SUMS says
 * @throws InputError when a named model is not to be had
 */
export async function findModel(model: string | undefined, hub?: Hub): Promise<ModelFiles> {
  if (model === undefined) return readModel(EMBEDDED, EMBEDDED_DIRECTORY, "reinstall sg-mine");
  if ((await stat(model).catch(() => undefined))?.isDirectory()) {
    return readModel(basename(resolve(model)), resolve(model), "restore the model's files");
  }
  return readModel(model, await modelFolder(model, WANTED, hub), "remove its folder to download it again");
}

async function readModel(name: string, directory: string, remedy: string): Promise<ModelFiles> {
  const missing = (file: string) => new EncoderError(`${join(directory, file)}: missing; ${remedy}`);
  const dtype = (["fp32", "q8"] as const).find((type) => existsSync(join(directory, ONNX[type])));
  if (!dtype) throw missing(existsSync(join(directory, "onnx")) ? `${ONNX.fp32} or ${basename(ONNX.q8)}` : "onnx");

  const sums = await readFile(join(directory, "SHA256SUMS"), "utf8").catch(() => undefined);
  if (sums === undefined && directory === EMBEDDED_DIRECTORY) throw missing("SHA256SUMS");
  const expected = new Map(
    sums
      ?.split("\n")
      .filter(Boolean)
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );

  for (const file of expected.keys())
    if (isAbsolute(file) || file.split(/[\\/]/).includes(".."))
      throw new EncoderError(`${join(directory, "SHA256SUMS")}: lists a file outside the model's folder; ${remedy}`);

  const fingerprint = createHash("sha256");
  let sha256 = "";
  let dynamic = false;
  for (const file of new Set([
    ONNX[dtype],
    "config.json",
    "tokenizer.json",
    "1_Pooling/config.json",
    ...expected.keys(),
  ])) {
    const bytes = await readFile(join(directory, file)).catch(() => undefined);
    if (!bytes) {
      if (file === "1_Pooling/config.json" && !expected.has(file)) continue;
      throw missing(file);
    }
    const sum = createHash("sha256").update(bytes).digest("hex");
    if (expected.has(file) && expected.get(file) !== sum) {
      throw new EncoderError(`${join(directory, file)}: damaged, it is not the file that SHA256SUMS lists; ${remedy}`);
    }
    fingerprint.update(`${sum}  ${file}\n`);
    if (file === ONNX[dtype]) {
      sha256 = sum;
      dynamic = bytes.includes("DynamicQuantizeLinear");
    }
  }
  return { name, directory, dtype, sha256, fingerprint: fingerprint.digest("hex"), dynamic };
}
