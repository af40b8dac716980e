import { joined } from "./blocks.js";

/** Finds where JSON values begin and end in a stream of bytes, without parsing them. */
export interface JsonScanner {
  limit: number;
  /** The next byte that is not white space; -1 at the end. */
  peek(): Promise<number>;
  /** Steps over the byte that peek gave. */
  skip(): void;
  /** Takes one value's bytes; "long" when over the limit (it is stepped over), "cut" when the input ends inside it. */
  value(): Promise<Uint8Array | "long" | "cut">;
  /** Takes one value's bytes if it is whole and no longer than `most`; else undefined, and it is still to come. */
  within(most: number): Promise<Uint8Array | undefined>;
  /** Bytes taken by value() since the last reset. */
  taken(): number;
  resetTaken(): void;
}

const [QUOTE, BACKSLASH] = [34, 92];

export function jsonScanner(chunks: AsyncIterable<Uint8Array>, limit: number): JsonScanner {
  const source = chunks[Symbol.asyncIterator]();
  /** chunks given back */
  const again: Uint8Array[] = [];
  let chunk: Uint8Array = new Uint8Array(0);
  let at = 0;
  let taken = 0;

  async function more(): Promise<boolean> {
    do {
      const given = again.shift();
      if (given !== undefined) chunk = given;
      else {
        const { value, done } = await source.next();
        if (done) return false;
        chunk = value;
      }
      at = 0;
    } while (chunk.length === 0);
    return true;
  }

  async function peek(): Promise<number> {
    for (;;) {
      for (; at < chunk.length; at++) {
        const byte = chunk[at]!;
        if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) {
          return byte;
        }
      }
      if (!(await more())) return -1;
    }
  }

  function takeBack(pieces: Uint8Array[]): void {
    again.unshift(...pieces);
    chunk = again.shift() ?? new Uint8Array(0);
    at = 0;
  }

  async function value(most = limit, giveBack = false): Promise<Uint8Array | "long" | "cut"> {
    const opening = await peek();
    if (opening < 0) return "cut";
    const pieces: Uint8Array[] = [];
    let size = 0;
    let start = at;
    let depth = 0;
    let inString = false;
    let escaped = false;
    for (;;) {
      let i = at;
      let end = -1;
      for (; i < chunk.length; i++) {
        const byte = chunk[i]!;
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) {
            inString = false;
            if (depth === 0) {
              end = i + 1;
              break;
            }
          }
          continue;
        }
        if (byte === QUOTE) inString = true;
        else if (byte === 123 || byte === 91) depth++;
        else if (byte === 125 || byte === 93) {
          if (depth === 0) {
            end = i;
            break;
          }
          if (--depth === 0) {
            end = i + 1;
            break;
          }
        } else if (depth === 0 && (byte === 44 || byte === 58 || byte <= 32)) {
          end = i;
          break;
        }
      }
      const piece = chunk.subarray(start, end < 0 ? i : end);
      size += piece.length;
      if (size <= most) pieces.push(piece);
      else if (giveBack) {
        // what of this chunk was not looked at goes back with the piece
        takeBack([...pieces, chunk.subarray(piece.byteOffset - chunk.byteOffset)]);
        return "long";
      } else pieces.length = 0;
      at = end < 0 ? i : end;
      if (end >= 0) break;
      if (!(await more())) {
        // A bare number or word may end with the input
        if (depth > 0 || inString) {
          if (giveBack) takeBack(pieces);
          return "cut";
        }
        break;
      }
      start = 0;
    }
    taken += size;
    return size > most ? "long" : pieces.length === 1 ? pieces[0]! : joined(pieces, size);
  }

  return {
    limit,
    peek,
    skip: () => {
      at++;
    },
    value: () => value(),
    async within(most) {
      const found = await value(Math.min(most, limit), true);
      return typeof found === "string" ? undefined : found;
    },
    taken: () => taken,
    resetTaken: () => {
      taken = 0;
    },
  };
}
