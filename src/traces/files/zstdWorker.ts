import { parentPort } from "node:worker_threads";
import { Decompress } from "fzstd";
import xxhash, { type XXHash } from "xxhash-wasm";
import { serve } from "../../threads.js";
import type { FramePiece } from "./zstdFrames.js";

/** A piece of a frame, to be unpacked in the order of pieces. */
export type UnzstdRequest = { do: "unpack" } & FramePiece;
export interface UnzstdReplies {
  unpack: Uint8Array[];
}

if (parentPort) {
  const hashes = xxhash();
  let frame: ReturnType<typeof createFrame> | undefined;
  serve(async ({ bytes, last, check }: UnzstdRequest): Promise<Uint8Array[]> => {
    frame ??= createFrame((await hashes).create64());
    const out = frame.unpack(bytes, last);
    if (last) {
      if (check !== undefined && frame.check() !== check) throw new Error("the check sum is another");
      frame = undefined;
    }
    return out;
  });
}

/** A decoder of one frame; fzstd does not look at check sums. */
function createFrame(hash: XXHash<bigint>) {
  let out: Uint8Array[] = [];
  const decoder = new Decompress((data) => {
    if (data.length === 0) return;
    out.push(data);
    hash.update(data);
  });
  return {
    unpack(bytes: Uint8Array, last: boolean): Uint8Array[] {
      decoder.push(bytes, last);
      const unpacked = out;
      out = [];
      return unpacked;
    },
    check: () => Number(hash.digest() & 0xffffffffn),
  };
}
