/** Frames of zstd data (RFC 8878), found without unpacking them: decoders stop after one, or take half of one for all. */

/** Bytes of a frame as they came; the last of a frame with the check sum that the frame ends with, if it has one. */
export interface FramePiece {
  bytes: Uint8Array;
  last: boolean;
  check?: number;
}

export const isZstd = (head: Uint8Array): boolean =>
  head.length >= 4 && (littleEndian(head.subarray(0, 4)) === FRAME || isSkippable(littleEndian(head.subarray(0, 4))));

const FRAME = 0xfd2fb528;
const isSkippable = (magic: number) => (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
const littleEndian = (bytes: ArrayLike<number>): number => {
  let value = 0;
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + bytes[i];
  return value;
};

/** A block unpacks to at most 128 KB, so that a piece unpacks to at most 4 MB. */
const MOST_BLOCKS = 32;

export function zstdFrames() {
  let stage: "magic" | "skippable" | "descriptor" | "block" | "check" | "end" = "magic";
  /** Bytes of the field at hand, and how many it has; after it, bytes to pass over. */
  let head: number[] = [];
  let want = 4;
  let skip = 0;
  let data = false;
  let checked = false;
  let check: number | undefined;
  let blocks = 0;

  /** Looks at a whole field. @throws Error for what is no zstd */
  function field(): void {
    switch (stage) {
      case "magic": {
        const magic = littleEndian(head);
        data = magic === FRAME;
        if (!data && !isSkippable(magic)) throw new Error("other bytes after their end");
        [stage, want] = data ? ["descriptor", 1] : ["skippable", 4];
        break;
      }
      case "skippable":
        skip = littleEndian(head);
        stage = "end";
        break;
      case "descriptor": {
        const single = (head[0] & 32) !== 0;
        checked = (head[0] & 4) !== 0;
        check = undefined;
        const sizeBytes = [single ? 1 : 0, 2, 4, 8][head[0] >> 6];
        skip = (single ? 0 : 1) + [0, 1, 2, 4][head[0] & 3] + sizeBytes;
        [stage, want] = ["block", 3];
        break;
      }
      case "block": {
        const header = littleEndian(head);
        const kind = (header >> 1) & 3;
        if (kind === 3) throw new Error("a block of no kind");
        skip = kind === 1 ? 1 : header >> 3;
        blocks++;
        if (header & 1) [stage, want] = checked ? ["check", 4] : ["end", 0];
        break;
      }
      case "check":
        check = littleEndian(head);
        stage = "end";
        break;
    }
    head = [];
  }

  return {
    /** The pieces that end in these bytes or go on in the next. @throws Error for what is no zstd */
    *take(bytes: Uint8Array): Generator<FramePiece> {
      let from = 0;
      for (let i = 0; i < bytes.length; ) {
        if (skip > 0) {
          const passed = Math.min(skip, bytes.length - i);
          skip -= passed;
          i += passed;
        } else {
          head.push(bytes[i++]);
          if (head.length < want) continue;
          const magic = stage === "magic" ? Uint8Array.from(head) : undefined;
          field();
          if (magic) {
            from = i;
            if (data) yield { bytes: magic, last: false };
          }
        }
        if (skip > 0) continue;
        if (stage === "end") {
          if (data) yield { bytes: bytes.subarray(from, i), last: true, check };
          [stage, want, data, blocks] = ["magic", 4, false, 0];
        } else if (data && blocks >= MOST_BLOCKS) {
          yield { bytes: bytes.subarray(from, i), last: false };
          from = i;
          blocks = 0;
        }
      }
      if (data && from < bytes.length) yield { bytes: bytes.subarray(from), last: false };
    },
    /** Whether the bytes so far end with a frame. */
    whole: (): boolean => stage === "magic" && head.length === 0,
  };
}
