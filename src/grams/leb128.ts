/** Whole numbers from 0 to 2³² − 1 as bytes, seven bits each, the lowest first (little-endian base 128). */

/** Bytes of the longest. */
export const LONGEST_LEB = 5;

/** Writes a number at `at`; returns where the next one goes. */
export function putLeb(bytes: Uint8Array, at: number, value: number): number {
  let next = at;
  let v = value;
  while (v > 127) {
    bytes[next++] = (v & 127) | 128;
    v >>>= 7;
  }
  bytes[next++] = v;
  return next;
}

/**
 * Decodes the numbers in bytes[from, to) into `values`, which must have room for as many as there are bytes.
 * @returns how many there are
 * @throws when the bytes end inside a number, or one is longer than any
 */
export function getLebs(bytes: Uint8Array, from: number, to: number, values: Uint32Array): number {
  let length = 0;
  for (let at = from; at < to; ) {
    let byte = bytes[at++];
    if (byte < 128) {
      values[length++] = byte;
      continue;
    }
    let v = byte & 127;
    let shift = 7;
    do {
      if (at >= to || shift > 28) throw new Error("a number that does not end");
      byte = bytes[at++];
      v |= (byte & 127) << shift;
      shift += 7;
    } while (byte > 127);
    values[length++] = v >>> 0;
  }
  return length;
}

/** Where the number at `at` ends, or undefined when the bytes end inside it. @throws when it is longer than any */
export function endOfLeb(bytes: Uint8Array, at: number): number | undefined {
  for (let end = at; end < bytes.length; ) {
    if (end - at === LONGEST_LEB) throw new Error("a number that does not end");
    if (bytes[end++] < 128) return end;
  }
  return undefined;
}
