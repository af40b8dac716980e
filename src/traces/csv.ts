import { isUtf8 } from "node:buffer";
import { parseString } from "fast-csv";
import { joined, type Limits } from "./blocks.js";
import { InputError } from "./errors.js";
import type { Records } from "./source.js";

const [QUOTE, NEWLINE, RETURN] = [34, 10, 13];
/** After an open quote there is no telling where the next row begins, so that a longer row ends the reading. */
const MAX_ROW_BYTES = 64 * 2 ** 20;

/**
 * Rows of CSV or TSV as records by the header's names, all values text. Row 1 is the first after the header. Rows with
 * more or fewer cells than the header are reported and passed over.
 * @throws InputError when the quotes of a row never close
 */
export async function* csvRecords(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  delimiter: "," | "\t",
  limits: Limits,
): AsyncGenerator<Records> {
  let header: string[] | undefined;
  let row = 0;
  for await (const bytes of wholeRows(file, chunks, delimiter, limits)) {
    const out: Records = { kind: "records", file, records: [], malformed: [] };
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
    const valid = isUtf8(bytes);
    const { rows, failure } = await parseRows(header === undefined ? text.replace(/^\ufeff/, "") : text, delimiter);
    for (const cells of rows) {
      if (header === undefined) {
        header = cells.map((cell) => cell.trim());
        continue;
      }
      row++;
      const place = `row ${row}`;
      if (cells.length !== header.length) {
        out.malformed.push({ place, why: `${cells.length} cells where the header has ${header.length}` });
      } else if (!valid && cells.some((cell) => cell.includes("\ufffd"))) {
        out.malformed.push({ place, why: "invalid UTF-8" });
      } else {
        out.records.push({ place, value: Object.fromEntries(header.map((name, i) => [name, cells[i]])) });
      }
    }
    if (out.records.length > 0 || out.malformed.length > 0) yield out;
    // Not the parser's own words: they quote the input
    if (failure) throw new InputError(`${file}: after row ${row}: not CSV; check the quotes`, { cause: failure });
  }
}

/** The rows up to the first that fast-csv cannot parse. */
function parseRows(text: string, delimiter: string): Promise<{ rows: string[][]; failure?: Error }> {
  return new Promise((resolve) => {
    const rows: string[][] = [];
    parseString<string[], string[]>(text, { headers: false, delimiter, ignoreEmpty: true })
      .on("data", (cells: string[]) => rows.push(cells))
      .on("error", (failure: Error) => resolve({ rows, failure }))
      .on("end", () => resolve({ rows }));
  });
}

/**
 * Cuts at the ends of rows (line ends outside quotes), so that the parser never looks at a row twice and one open
 * quote cannot swallow the memory.
 */
async function* wholeRows(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  delimiter: "," | "\t",
  limits: Limits,
): AsyncGenerator<Uint8Array> {
  const separator = delimiter.charCodeAt(0);
  const longest = limits.blockBytes + Math.min(limits.maxLineBytes, MAX_ROW_BYTES);
  let held: Uint8Array[] = [];
  let size = 0;
  let quoted = false;
  let cellStart = true;
  for await (const chunk of chunks) {
    let end = 0;
    for (let i = 0; i < chunk.length; i++) {
      const c = chunk[i];
      if (quoted) {
        if (c === QUOTE) quoted = false;
      } else if (c === QUOTE) {
        // A quote right after a closing one is a doubled quote; one inside a bare cell is a letter like any other
        quoted = cellStart;
      } else if (c === NEWLINE) end = i + 1;
      cellStart = quoted || c === separator || c === NEWLINE || c === RETURN || c === QUOTE;
    }
    held.push(chunk.subarray(0, end));
    size += end;
    if (end > 0 && size >= limits.blockBytes) {
      yield joined(held, size);
      held = [];
      size = 0;
    }
    held.push(chunk.subarray(end));
    size += chunk.length - end;
    if (size > longest) {
      throw new InputError(`${file}: a row is longer than ${longest} bytes; is a quote left open?`);
    }
  }
  if (size > 0) yield joined(held, size);
}
