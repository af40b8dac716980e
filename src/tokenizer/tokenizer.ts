/**
 * Text to token ids and back to characters, exactly: which characters (and bytes) each token stands for. The tokenizers
 * library gives ids and pieces but no offsets; these follow from the bytes of the pieces, which must add up to the
 * text's bytes. Where they do not, encoding fails instead of guessing.
 */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InputError } from "../errors.js";
import { type Hub, modelFolder, type Wanted } from "../hub.js";
import { Tokenizer as LibraryTokenizer, memoise } from "./memo.js";
import { compose, type Places, placeTokens, replaceInvalid, toUnits, UNKNOWN } from "./places.js";

/** One text as tokens, with their places in it. */
export interface Encoding extends Places {
  ids: number[];
}

export interface Tokenizer {
  /** as the user named it */
  name: string;
  /** the last part of the name: no path of this machine */
  label: string;
  /** SHA-256 of tokenizer.json */
  sha256: string;
  /** how pieces spell bytes */
  kind: "byte-level" | "sentencepiece";
  /** bytes by id; undefined for ids that the vocabulary skips */
  bytes: readonly (Uint8Array | undefined)[];
  /** names of the tokens by id, as the vocabulary spells them */
  pieces: readonly string[];
  /** ids of the tokens added to the model's vocabulary (special ones among them) */
  added: ReadonlySet<number>;
  /** Encodes without adding special tokens. Throws InputError when the tokens' places in the text cannot be established. */
  encode(text: string): Encoding;
  /** The text of any token ids, special ones spelled out; bytes that are no character become U+001A, one each. */
  decode(ids: readonly number[]): Places & { text: string };
}

interface TokenizerJson {
  normalizer: Step | null;
  pre_tokenizer: Step | null;
  decoder: Step | null;
  model: { type?: string; vocab: Record<string, number> | [string, number][] };
  added_tokens?: { id: number; content: string; lstrip?: boolean; rstrip?: boolean }[];
}
interface Step {
  type: string;
  [key: string]: unknown;
}

/**
 * Loads a tokenizer: a tokenizer.json or a folder with one, else the name of a model, which is looked up on the hub.
 * @throws InputError when it is not to be had, or of a kind without exact offsets
 */
export async function loadTokenizer(name: string, hub?: Hub): Promise<Tokenizer> {
  const { text, config } = await findTokenizer(name, hub);
  let json: TokenizerJson;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${name}: tokenizer.json is not valid JSON: ${(error as Error).message}`);
  }
  const sha256 = createHash("sha256").update(text).digest("hex");
  try {
    checkVocabulary(json);
    return createTokenizer(json, config, name, sha256);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${name}: tokenizer.json is not one that can be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Ids number a vocabulary: far larger ones are damage, and would make lists of that length. */
const MOST_TOKENS = 2 ** 24;

/** @throws Error when a token is no text or its id no number that a vocabulary has */
function checkVocabulary({ model, added_tokens = [] }: TokenizerJson): void {
  const tokens = Array.isArray(model.vocab)
    ? model.vocab.map((row, id) => [row?.[0], id])
    : Object.entries(model.vocab);
  for (const [piece, id] of [...tokens, ...added_tokens.map(({ content, id }) => [content, id])])
    if (typeof piece !== "string" || !Number.isInteger(id) || (id as number) < 0 || (id as number) > MOST_TOKENS)
      throw new Error(`token ${JSON.stringify(piece)} has the id ${JSON.stringify(id)}`);
}

const WANTED: readonly Wanted[] = [{ names: ["tokenizer_config.json"], optional: true }, { names: ["tokenizer.json"] }];

async function findTokenizer(name: string, hub?: Hub): Promise<{ text: string; config: object }> {
  const folder = existsSync(name) ? name : await modelFolder(name, WANTED, hub);
  const file = folder.endsWith(".json") ? folder : join(folder, "tokenizer.json");
  const text = await readFile(file, "utf8").catch(() => {
    throw new InputError(`${file}: no such file; --tokenizer needs a folder with a tokenizer.json`);
  });
  const configFile = join(file, "..", "tokenizer_config.json");
  const config = await readFile(configFile, "utf8").catch(() => "{}");
  return { text, config: parsedConfig(config, configFile) };
}

function parsedConfig(text: string, file: string): object {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${file}: not valid JSON: ${(error as Error).message}`);
  }
  if (typeof config === "object" && config !== null && !Array.isArray(config)) return config;
  throw new InputError(`${file}: expected a JSON object`);
}

/** A tokenizer from the parsed tokenizer.json and tokenizer_config.json. Throws InputError for a kind without exact offsets. */
export function createTokenizer(json: TokenizerJson, config: object, name: string, sha256: string): Tokenizer {
  const kind = kindOf(json);
  if (!kind)
    throw new InputError(
      `${name}: a ${json.model?.type ?? "nameless"} tokenizer, whose tokens' places in the text cannot be established ` +
        "exactly; supported are byte-level BPE (GPT-2, Llama 3, Qwen, DeepSeek) and SentencePiece (Llama 2, Mistral, Gemma)",
    );
  const library = new LibraryTokenizer(json, config);
  memoise(library, json.pre_tokenizer);
  const addedTokens = new Map((json.added_tokens ?? []).map((token) => [token.id, token]));
  const pieces = vocabularyPieces(json, addedTokens);
  const spell = kind === "byte-level" ? byteLevelBytes : sentencePieceBytes;
  // Gemma's runs of spaces are added tokens too, spelled like those of the vocabulary; marks are written as they are.
  const marks = (id: number) => addedTokens.has(id) && !/^▁+$/.test(pieces[id]);
  const bytes = pieces.map((piece, id) => (marks(id) ? Buffer.from(piece, "utf8") : spell(piece)));
  const composes = stepsOf(json.normalizer).some((step) => step.type === "NFC");
  const doubt = (what: string): never => {
    throw new InputError(`tokenizer ${name}: ${what}, so no exact mask can be given`);
  };

  function encode(text: string): Encoding {
    const { ids } = library.encode(text, { add_special_tokens: false });
    const normal = composes ? compose(text) : { text, offsets: undefined };
    // U+2581 in the text itself looks like SentencePiece's mark of a space
    const spaced = kind === "sentencepiece" ? normal.text.replaceAll("▁", " ") : normal.text;
    const source = Buffer.from(spaced, "utf8");
    const places = placeTokens(ids, source, bytes, addedTokens);
    if (!places) doubt("its tokens do not add up to the text it was given");
    return { ids, ...toUnits(ids.length, places!, spaced, source.length, normal.offsets) };
  }

  function decode(ids: readonly number[]) {
    const parts = ids.map((id) => bytes[id] ?? UNKNOWN);
    const all = Buffer.concat(parts);
    if (!isUtf8(all)) replaceInvalid(all);
    const places = new Int32Array(ids.length * 2);
    let at = 0;
    parts.forEach((part, i) => {
      places[2 * i] = at;
      at += part.length;
      places[2 * i + 1] = at;
    });
    const text = all.toString("utf8");
    return { text, ...toUnits(ids.length, places, text, all.length, undefined) };
  }

  return {
    name,
    label: basename(resolve(name)),
    sha256,
    kind,
    bytes,
    pieces,
    added: new Set(addedTokens.keys()),
    encode,
    decode,
  };
}

function stepsOf(step: Step | null | undefined): Step[] {
  if (!step) return [];
  const inner = step.type === "Sequence" ? ((step.normalizers ?? step.pretokenizers ?? step.decoders) as Step[]) : [];
  return [step, ...inner.flatMap(stepsOf)];
}

function kindOf(json: TokenizerJson): Tokenizer["kind"] | undefined {
  const decoders = stepsOf(json.decoder);
  const model = json.model?.type ?? "BPE";
  if (model === "BPE" && decoders.some((step) => step.type === "ByteLevel")) return "byte-level";
  const marks = (step: Step) =>
    step.type === "Metaspace" || (step.type === "Replace" && JSON.stringify(step.pattern ?? "").includes("▁"));
  if ((model === "BPE" || model === "Unigram") && decoders.some(marks)) return "sentencepiece";
  return undefined;
}

/** Names of tokens by id; ids that the vocabulary skips are holes. */
function vocabularyPieces(json: TokenizerJson, added: ReadonlyMap<number, { content: string }>): string[] {
  const pieces: string[] = [];
  const vocabulary: Iterable<[string, number]> = Array.isArray(json.model.vocab)
    ? json.model.vocab.map(([piece], id): [string, number] => [piece, id])
    : Object.entries(json.model.vocab);
  for (const [piece, id] of vocabulary) pieces[id] = piece;
  for (const [id, { content }] of added) pieces[id] = content;
  return pieces;
}

/** GPT-2's alphabet (bytes_to_unicode in its encoder.py): each byte as one printable character. */
const BYTE_OF = new Map<string, number>();
const CHAR_OF: string[] = [];
for (let byte = 0, next = 256; byte < 256; byte++) {
  const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const char = String.fromCharCode(printable ? byte : next++);
  BYTE_OF.set(char, byte);
  CHAR_OF.push(char);
}

/** Bytes in GPT-2's alphabet, one character each. */
export const spellBytes = (bytes: Uint8Array): string => Array.from(bytes, (byte) => CHAR_OF[byte]).join("");

function byteLevelBytes(piece: string): Uint8Array {
  const bytes = new Uint8Array(piece.length);
  for (let i = 0; i < piece.length; i++) {
    const byte = BYTE_OF.get(piece[i]);
    // not in the alphabet: a token that was added to the vocabulary as it is
    if (byte === undefined) return Buffer.from(piece, "utf8");
    bytes[i] = byte;
  }
  return bytes;
}

function sentencePieceBytes(piece: string): Uint8Array {
  const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece);
  return byte ? Uint8Array.of(Number.parseInt(byte[1], 16)) : Buffer.from(piece.replaceAll("▁", " "), "utf8");
}
