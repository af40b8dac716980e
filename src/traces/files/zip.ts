import type { Readable } from "node:stream";
import { type Entry, fromFdPromise, type ZipFile } from "yauzl";
import { InputError } from "../../errors.js";
import type { Limits, Records } from "./blocks.js";
import type { OpenedBytes } from "./bytes.js";
import { FREE_BYTES, MAX_EXPANSION } from "./expansion.js";
import { whyNotJson } from "./lines.js";
import { parseJson } from "./parse.js";
import { spooled } from "./spooled.js";
import { unlessStuck } from "./stuck.js";
import { unzstd } from "./unpack.js";

/** ZIP's number for zstd, which newer logs are packed with. */
const ZSTD = 93;
/** Files of an archive at most. */
const MAX_ENTRIES = 1e6;

/**
 * The samples of an Inspect log (.eval: a ZIP archive of one JSON file a sample), one in memory at a time.
 * @throws InputError for another archive, and for a broken one
 */
export async function* zipRecords(
  file: string,
  source: OpenedBytes,
  limits: Limits,
  { maxExpansion = MAX_EXPANSION }: { maxExpansion?: number },
): AsyncGenerator<Records> {
  const own = await source.plainFile();
  const handle = own ?? (await spooled(file, source, "zip"));
  const broken = (error: unknown) =>
    new InputError(`${file}: a broken ZIP archive (${(error as Error).message}); copy or download it again`);
  try {
    const packed = (await handle.stat()).size;
    let zip: ZipFile;
    const entries: Entry[] = [];
    try {
      zip = await fromFdPromise(handle.fd, { lazyEntries: true, autoClose: false });
      for await (const entry of zip.eachEntry()) {
        entries.push(entry);
        if (entries.length > MAX_ENTRIES) throw new Error(`more than ${MAX_ENTRIES} files`);
      }
    } catch (error) {
      throw broken(error);
    }
    const names = entries.map(({ fileName }) => fileName);
    if (!names.includes("header.json") && !names.some((name) => name.startsWith("_journal/")))
      throw new InputError(`${file}: ${whatArchive(names)}`);
    // by name, so that the order in the archive does not matter
    const samples = entries.filter(({ fileName }) => /^samples\/.+\.json$/.test(fileName));
    samples.sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
    let bytes = 0;
    for (const entry of samples) {
      const out: Records = { kind: "records", file, records: [], malformed: [] };
      const place = entry.fileName;
      bytes += entry.uncompressedSize;
      if (bytes > FREE_BYTES && bytes > maxExpansion * packed)
        throw new InputError(
          `${file}: unpacks to more than ${maxExpansion} times its size, as no traces do; --max-expansion allows more`,
        );
      if (entry.uncompressedSize > limits.maxLineBytes)
        out.malformed.push({ place, why: `longer than ${limits.maxLineBytes} bytes` });
      else {
        let text: string;
        try {
          text = (await contentOf(zip, entry)).toString("utf8");
        } catch (error) {
          throw error instanceof InputError ? error : broken(error);
        }
        try {
          out.records.push({ place, value: parseJson(text) });
        } catch (error) {
          out.malformed.push({ place, why: whyNotJson(error, text.length) });
        }
      }
      yield out;
    }
    await source.unchanged();
  } finally {
    if (own === undefined) await handle.close();
  }
}

async function contentOf(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const zstd = entry.compressionMethod === ZSTD;
  const stream: Readable = await zip.openReadStreamPromise(entry, zstd ? { decodeFileData: false } : {});
  const chunks = (zstd ? unzstd(stream) : stream)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { value, done } = await unlessStuck(chunks.next());
    if (done) break;
    size += value.length;
    if (size > entry.uncompressedSize) throw new Error("a file is longer than its entry says");
    parts.push(value);
  }
  return Buffer.concat(parts);
}

/** What a ZIP archive is that is no Inspect log, and what to do. */
function whatArchive(names: readonly string[]): string {
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (has(/^xl\//)) return "an Excel workbook; save the sheet as CSV";
  if (has(/^(?:word|ppt)\//)) return "an Office document, not traces";
  if (has(/(?:^|\/)data\.pkl$/)) return "a file of torch.save, which is not read; write its records as JSON lines";
  if (has(/\.npy$/)) return "a NumPy archive, which is not read; write its records as JSON lines";
  return `a ZIP archive, and no Inspect log (.eval); unpack it and name the files in it`;
}
