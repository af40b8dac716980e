import { readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import * as zlib from "node:zlib";
import { decodeIPC } from "@uwdata/flechette/src/decode/decode-ipc.js";
import { createTable } from "@uwdata/flechette/src/decode/table-from-ipc.js";
import { CompressionType, setCompressionCodec } from "@uwdata/flechette/src/index.js";
import { decompress as unzstd } from "fzstd";
import lz4 from "lz4js";
import { serve } from "../../threads.js";
import { decodingOf } from "./arrowValues.js";
import { answersOf, type ColumnFile, type Rows, rowMaker, stepsOf, TooMuchText } from "./rows.js";

if (parentPort) serve(answersOf(rowsOf));

/** Bytes read at a time. */
const CHUNK = 2 ** 26;
/** A record batch without any text or number may have this many rows. */
const MOST_EMPTY = 2 ** 20;

/** The rows of a file or stream in batches. All of it is in memory, for its texts are decoded where they lie. */
async function* rowsOf({ fd, byteLength, columns, maxText, progress }: ColumnFile): AsyncGenerator<Rows> {
  const step = stepsOf(progress);
  const bytes = new Uint8Array(byteLength);
  for (let got = 0; got < byteLength; ) {
    const read = readSync(fd, bytes, got, Math.min(CHUNK, byteLength - got), got);
    if (read === 0) throw new Error("it ends too early");
    got += read;
    step(read);
  }
  allow(maxText, step);
  const { schema, records, dictionaries, dictsBeforeRecord, metadata } = decodeIPC(bytes);
  if (!schema) throw new Error("it names no columns");
  if (!records || !dictionaries) throw new Error("it names no rows");
  const { fields } = schema;
  const names = fields.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`two columns are named ${JSON.stringify(twice)}`);
  const missing = columns?.filter((name) => !names.includes(name)) ?? [];
  if (missing.length > 0) throw new Error(`no column ${missing.join(", ")}`);
  const decodings = fields.map(({ type }) => decodingOf(type));
  const decoded = fields.map((field, i) => ({ ...field, type: decodings[i]!.type }));
  let rows = 0;
  for (const { length = 0, nodes } of records) {
    rows += length;
    if (!(length >= 0) || rows > 8 * byteLength + MOST_EMPTY || nodes.some((node) => !(node.length >= 0)))
      throw new Error(`${length} rows in a batch of a file of ${byteLength} bytes`);
  }
  const make = rowMaker(maxText, step);
  const wanted = names.map((name, i) => [name, i] as const).filter(([name]) => columns?.includes(name) ?? true);
  // batch by batch, so that only one is unpacked at a time
  for (let i = 0; i < records.length; i++) {
    step(byteLength / records.length);
    const before = dictsBeforeRecord?.[i] ?? dictionaries.length;
    const table = createTable(
      {
        schema: { ...schema, fields: decoded },
        metadata,
        dictionaries: dictionaries.slice(0, before),
        records: [records[i]!],
        dictsBeforeRecord: [before],
      },
      { useBigInt: true },
    );
    const at = wanted.map(([name, c]) => {
      const column = table.getChildAt(c);
      const { plain } = decodings[c]!;
      return [name, (row: number) => plain(column.at(row))] as const;
    });
    yield* make(table.numRows, at);
  }
}

/** Lets packed buffers unpack to so many bytes in all. */
function allow(most: number, step: (bytes: number) => void): void {
  let left = most;
  const counted = (unpack: (bytes: Uint8Array, size: number) => Uint8Array) => ({
    encode: (bytes: Uint8Array) => bytes,
    decode: (bytes: Uint8Array, size?: number) => {
      if (!(size !== undefined && size >= 0)) throw new Error("a packed buffer of no size");
      left -= size;
      if (left < 0) throw new TooMuchText();
      step(size);
      const out = unpack(bytes, size);
      if (out.length !== size) throw new Error(`a packed buffer of ${out.length} bytes in place of ${size}`);
      return out;
    },
  });
  setCompressionCodec(
    CompressionType.LZ4_FRAME,
    counted((bytes, size) => lz4.decompress(bytes, size)),
  );
  const native = (zlib as { zstdDecompressSync?: (bytes: Uint8Array, options: object) => Buffer }).zstdDecompressSync;
  setCompressionCodec(
    CompressionType.ZSTD,
    counted((bytes, size) =>
      native
        ? new Uint8Array(native(bytes, { maxOutputLength: Math.max(1, size) }))
        : unzstd(bytes, new Uint8Array(size)),
    ),
  );
}
