import * as crypto from "node:crypto";

/** Deeper levels are left out of the digest, so that recursion stays bounded whatever the input. */
const MAX_DEPTH = 200;

/** The 32 bytes of SHA-256. */
const sha256: (data: string) => Uint8Array =
  // crypto.hash came with Node 20.12; it saves a Hash object per record
  typeof crypto.hash === "function"
    ? (data) => crypto.hash("sha256", data, "buffer")
    : (data) => crypto.createHash("sha256").update(data).digest();

/** SHA-256 (32 bytes) of a record's canonical JSON: keys sorted by UTF-16 code unit, no white space (as RFC 8785). */
export function recordDigest(record: unknown): Uint8Array {
  return sha256(canonicalJson(record));
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
