import * as crypto from "node:crypto";

/** Deeper levels are left out of the digest, so that recursion stays bounded whatever the input. */
const MAX_DEPTH = 200;

/** The 32 bytes of SHA-256. */
const sha256: (data: string | Uint8Array) => Uint8Array =
  // crypto.hash came with Node 20.12; it saves a Hash object per record
  typeof crypto.hash === "function"
    ? (data) => crypto.hash("sha256", data, "buffer")
    : (data) => crypto.createHash("sha256").update(data).digest();

/**
 * SHA-256 (32 bytes) of a record's canonical JSON: keys sorted by UTF-16 code unit, no white space (as RFC 8785).
 * @param json the UTF-8 that the record was parsed from; where it allows, texts are copied from it instead of being
 *   written anew, which gives the same digest in about half the time
 */
export function recordDigest(record: unknown, json?: Uint8Array): Uint8Array {
  return sha256((json && canonicalFromRaw(record, json)) ?? canonicalJson(record));
}

/** The first 128 bits of the SHA-256 of a text's UTF-8, in hexadecimal. */
export function textHash(text: string): string {
  return hex(sha256(text).subarray(0, 16));
}

/**
 * Adds a digest to a sum, modulo 2^256. Sums are 64 hexadecimal digits, big-endian; "" is zero. Addition commutes, so
 * the sum over many records does not depend on their order or on how they are divided among files and threads.
 */
export function addDigest(sum: string, digest: Uint8Array | string): string {
  const total = BigInt(`0x${sum || "0"}`) + BigInt(`0x${typeof digest === "string" ? digest || "0" : hex(digest)}`);
  return (total % (1n << 256n)).toString(16).padStart(64, "0");
}

/** A sum of many digests, to be had as addDigest has it. */
export function createDigestSum() {
  // eight digits of 32 bits, the lowest first; a double holds the sums of two million of them exactly
  const digits = new Float64Array(8);
  let most = 0;
  const carry = () => {
    for (let d = 0; d < 8; d++) {
      const over = Math.floor(digits[d] / 2 ** 32);
      digits[d] -= over * 2 ** 32;
      if (d < 7) digits[d + 1] += over;
    }
    most = 0;
  };
  return {
    add(digest: Uint8Array): void {
      const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
      for (let d = 0; d < 8; d++) digits[d] += view.getUint32(28 - 4 * d);
      if (++most === 1 << 20) carry();
    },
    get sum(): string {
      carry();
      return Array.from(digits, (digit) => digit.toString(16).padStart(8, "0"))
        .reverse()
        .join("");
    },
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Canonical JSON of a parsed JSON value. */
export function canonicalJson(value: unknown, depth = 0): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (depth === MAX_DEPTH) return "null";
  let out = "";
  if (Array.isArray(value)) {
    for (const item of value) out += (out && ",") + canonicalJson(item, depth + 1);
    return `[${out}]`;
  }
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object).sort()) {
    out += `${out && ","}${JSON.stringify(key)}:${canonicalJson(object[key], depth + 1)}`;
  }
  return `{${out}}`;
}

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN, CLOSE, OPEN_LIST, LETTER_U, SLASH] = [
  34, 92, 58, 44, 123, 125, 91, 117, 47,
];
let scratch = Buffer.alloc(2 ** 16);

/**
 * The UTF-8 of canonicalJson for a flat object, put together from the bytes it was parsed from; undefined where these
 * are not canonical in themselves: nested values, keys given twice, escapes that JSON.stringify would write otherwise
 * (\u…, \/). The bytes must be JSON and valid UTF-8. The result is overwritten by the next call.
 */
function canonicalFromRaw(record: unknown, json: Uint8Array): Uint8Array | undefined {
  if (typeof record !== "object" || record === null || Array.isArray(record)) return undefined;
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  if (!escapesAreCanonical(bytes)) return undefined;
  const object = record as Record<string, unknown>;
  const keys = Object.keys(object).sort();
  /** Where each key's text value stands, quotes included. */
  const spans = new Map<string, [from: number, to: number]>();
  let members = 0;
  let at = bytes.indexOf(OPEN) + 1;
  for (; ; at++) {
    at = skipSpace(bytes, at);
    if (bytes[at] === CLOSE) break;
    if (bytes[at] !== QUOTE) return undefined;
    const keyEnd = bytes.indexOf(QUOTE, at + 1);
    const key = bytes.toString("utf8", at + 1, keyEnd);
    if (key.includes("\\") || !Object.hasOwn(object, key)) return undefined;
    members++;
    at = skipSpace(bytes, keyEnd + 1);
    if (bytes[at] !== COLON) return undefined;
    at = skipSpace(bytes, at + 1);
    if (bytes[at] === QUOTE) {
      const end = stringEnd(bytes, at);
      spans.set(key, [at, end]);
      at = skipSpace(bytes, end);
    } else if (bytes[at] === OPEN || bytes[at] === OPEN_LIST) return undefined;
    else while (at < bytes.length && bytes[at] !== COMMA && bytes[at] !== CLOSE) at++;
    if (bytes[at] === CLOSE) break;
    if (bytes[at] !== COMMA) return undefined;
  }
  if (members !== keys.length) return undefined;

  if (scratch.length < 2 * bytes.length + 64 * members) scratch = Buffer.alloc(3 * bytes.length + 64 * members);
  let size = 0;
  for (const key of keys) {
    scratch[size] = size === 0 ? OPEN : COMMA;
    size += 1 + scratch.write(`${JSON.stringify(key)}:`, size + 1);
    const span = spans.get(key);
    size += span ? bytes.copy(scratch, size, span[0], span[1]) : scratch.write(JSON.stringify(object[key]), size);
  }
  if (size === 0) scratch[size++] = OPEN;
  scratch[size++] = CLOSE;
  return scratch.subarray(0, size);
}

/** No \u…, which may stand for a letter, and no \/. The other escapes have one form only. */
function escapesAreCanonical(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(BACKSLASH); at >= 0; at = bytes.indexOf(BACKSLASH, at + 2)) {
    if (bytes[at + 1] === LETTER_U || bytes[at + 1] === SLASH) return false;
  }
  return true;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at]! <= 32) at++;
  return at;
}

/** Past the closing quote of the string that opens at `from`. */
function stringEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from + 1); ; at = bytes.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (bytes[at - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
}
