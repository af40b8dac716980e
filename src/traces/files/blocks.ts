const NEWLINE = 10;

/** Whole lines of JSONL. */
export interface Block {
  kind: "lines";
  file: string;
  /** Number of the first line, from 1. */
  firstLine: number;
  /** About 4 MB (more for a longer line) in a buffer of its own, so that it can be transferred to a thread. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** Records of any other kind of file, and what in it was not one. */
export interface Records {
  kind: "records";
  file: string;
  /** `place` as in messages: "row 3", "item 12", 'key "x"'. */
  records: { place: string; value: unknown }[];
  malformed: { place: string; why: string }[];
}

/** What readers hand on: records that have been parsed where that takes the whole file, lines where it does not. */
export type Batch = Block | Records;

export interface Limits {
  /** Bytes beyond which a line, JSON value or CSV row is passed over. */
  maxLineBytes: number;
  /** Bytes to gather before handing on. */
  blockBytes: number;
}

/** Cuts JSONL at line ends into blocks, each in a buffer of its own. Lines over the limit are passed over, reported. */
export async function* jsonlBlocks(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: Limits,
): AsyncGenerator<Batch> {
  let line = 1;
  /** Whole lines not yet handed on. */
  let whole: Uint8Array[] = [];
  let wholeSize = 0;
  /** The line that goes on in the next chunk. */
  let open: Uint8Array[] = [];
  let openSize = 0;
  /** In the rest of a line that is too long. */
  let skipping = false;

  const flush = (): Block => {
    const block: Block = { kind: "lines", file, firstLine: line, bytes: joined(whole, wholeSize) };
    line += countNewlines(block.bytes);
    whole = [];
    wholeSize = 0;
    return block;
  };
  const tooLong = (): Records => {
    const why = `longer than ${limits.maxLineBytes} bytes`;
    return { kind: "records", file, records: [], malformed: [{ place: `line ${line}`, why }] };
  };

  try {
    for await (const chunk of atMost(limits.maxLineBytes, chunks)) {
      let from = 0;
      const first = chunk.indexOf(NEWLINE);
      if (skipping) {
        if (first < 0) continue;
        skipping = false;
        from = first + 1;
        line++;
      } else if (openSize + (first < 0 ? chunk.length : first) > limits.maxLineBytes) {
        if (wholeSize > 0) yield flush();
        yield tooLong();
        open = [];
        openSize = 0;
        if (first < 0) {
          skipping = true;
          continue;
        }
        from = first + 1;
        line++;
      }
      const last = chunk.lastIndexOf(NEWLINE) + 1;
      if (last > from) {
        whole.push(...open, chunk.subarray(from, last));
        wholeSize += openSize + last - from;
        open = [];
        openSize = 0;
        from = last;
      }
      if (from < chunk.length) {
        open.push(chunk.subarray(from));
        openSize += chunk.length - from;
      }
      if (wholeSize >= limits.blockBytes) yield flush();
    }
  } catch (error) {
    // The lines before the break are good; the one it cut is not
    if (wholeSize > 0) yield flush();
    throw error;
  }
  whole.push(...open);
  wholeSize += openSize;
  if (wholeSize > 0) yield flush();
}

/** Cuts chunks to a size, so that no line inside one is over the limit and only lines that go on need measuring. */
async function* atMost(size: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += size) yield chunk.subarray(at, at + size);
  }
}

/** One array with a buffer of its own. */
export function joined(pieces: Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
