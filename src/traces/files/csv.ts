import { isUtf8 } from "node:buffer";
import { InputError } from "../../errors.js";
import { joined, type Limits, type Records } from "./blocks.js";

const [QUOTE, NEWLINE, RETURN, SPACE, TAB] = [34, 10, 13, 32, 9];
/** After an open quote there is no telling where the next row begins, so that a longer row ends the reading. */
const MAX_ROW_BYTES = 64 * 2 ** 20;
/** Rows handed on at a time, if their size allows. */
const BATCH = 4096;

/**
 * Rows of CSV or TSV as records by the header's names, all values text. Row 1 is the first after the header; a line of
 * white space alone is no row. Rows with more or fewer cells than the header, with text after a closing quote, or that
 * are not UTF-8, are reported and passed over.
 * @throws InputError when a quote is never closed, or two columns have one name
 */
export async function* csvRecords(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  delimiter: "," | "\t",
  limits: Limits,
): AsyncGenerator<Records> {
  let header: string[] | undefined;
  let row = 0;
  let bytes = 0;
  let out: Records = { kind: "records", file, records: [], malformed: [] };
  const rows = csvRows(chunks, delimiter, Math.min(limits.maxLineBytes, MAX_ROW_BYTES));
  try {
    for await (const batch of rows)
      for (const { cells, why, size } of batch) {
        if (header === undefined) {
          if (cells === undefined) throw new InputError(`${file}: the header is not CSV (${why}); check its quotes`);
          header = headerOf(file, cells);
          continue;
        }
        const place = `row ${++row}`;
        if (cells === undefined) out.malformed.push({ place, why: why! });
        else if (cells.length !== header.length)
          out.malformed.push({ place, why: `${cells.length} cells where the header has ${header.length}` });
        else out.records.push({ place, value: Object.fromEntries(header.map((name, i) => [name, cells[i]])) });
        bytes += size;
        if (bytes < limits.blockBytes && out.records.length + out.malformed.length < BATCH) continue;
        yield out;
        out = { kind: "records", file, records: [], malformed: [] };
        bytes = 0;
      }
  } catch (error) {
    if (out.records.length + out.malformed.length > 0) yield out;
    throw error instanceof CsvError ? new InputError(`${file}: ${error.message}`) : error;
  }
  if (out.records.length + out.malformed.length > 0) yield out;
}

function headerOf(file: string, cells: readonly string[]): string[] {
  const other = cells.length === 1 ? /[;|\t]/.exec(cells[0]!)?.[0] : undefined;
  if (other !== undefined)
    throw new InputError(
      `${file}: its cells stand apart by ${JSON.stringify(other)}; write them with commas, or tabs as .tsv`,
    );
  const names = cells.map((cell) => cell.trim());
  const twice = names.find((name, i) => name !== "" && names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new InputError(`${file}: two columns are named ${JSON.stringify(twice.slice(0, 80))}; rename one of them`);
  return names;
}

/** A row as it was read: its cells, or why there are none. */
interface Row {
  cells?: string[];
  why?: string;
  /** bytes */
  size: number;
}

class CsvError extends Error {}

// Where in a cell the reading is.
const BEFORE = 0; // nothing yet but white space
const BARE = 1;
const QUOTED = 2;
const CLOSED = 3; // right after a quote that closes the cell, unless another follows
const AFTER = 4; // white space after a closing quote
const WRONG = 5; // other text after a closing quote

/**
 * The rows of RFC 4180, of its dialects, and of neither: one automaton over the bytes, so that nothing depends on where
 * chunks end. A row ends at CR, LF or CR LF outside of quotes. A cell is quoted when its first character that is no
 * white space is a quote; `""` is a quote within; white space may follow the closing one. A quote inside a bare cell is a
 * letter like any other.
 * @throws CsvError when a quote is never closed, after all whole rows
 */
async function* csvRows(
  chunks: AsyncIterable<Uint8Array>,
  delimiter: "," | "\t",
  longest: number,
): AsyncGenerator<Row[]> {
  const separator = delimiter.charCodeAt(0);
  let where = BEFORE;
  /** Pieces of the row at hand from earlier chunks, and their size. */
  let open: Uint8Array[] = [];
  let openSize = 0;
  /** Of each cell: start and end in the row's bytes, and 1 where quotes in it are doubled. */
  let cells: number[] = [];
  let [start, end, doubled] = [0, 0, 0];
  let wrong = false;
  let afterReturn = false;

  const endCell = (at: number) => {
    cells.push(start, where === CLOSED || where === AFTER ? end : at, doubled);
    wrong ||= where === WRONG;
    where = BEFORE;
    start = at + 1;
    doubled = 0;
  };
  /** The row that ends before the byte at `to` in the chunk, which begins at `from`; undefined for a blank line. */
  const endRow = (chunk: Uint8Array, from: number, to: number): Row | undefined => {
    const size = openSize + to - from;
    if (size > longest) throw new CsvError(`a row is longer than ${longest} bytes; is a quote left open?`);
    const blank = cells.length === 0 && where === BEFORE;
    endCell(size);
    const row = blank ? undefined : rowOf(joined([...open, chunk.subarray(from, to)], size), cells, wrong);
    open = [];
    openSize = 0;
    cells = [];
    start = 0;
    wrong = false;
    return row;
  };

  for await (const chunk of chunks) {
    const rows: Row[] = [];
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (afterReturn) {
        afterReturn = false;
        if (byte === NEWLINE) {
          from = i + 1;
          continue;
        }
      }
      if (where === QUOTED) {
        if (byte === QUOTE) {
          where = CLOSED;
          end = openSize + i - from;
        } else {
          // long texts are mostly this
          const next = chunk.indexOf(QUOTE, i + 1);
          i = (next < 0 ? chunk.length : next) - 1;
        }
      } else if (byte === separator) endCell(openSize + i - from);
      else if (byte === NEWLINE || byte === RETURN) {
        const row = endRow(chunk, from, i);
        if (row) rows.push(row);
        from = i + 1;
        afterReturn = byte === RETURN;
      } else if (byte === QUOTE && where === CLOSED) {
        where = QUOTED;
        doubled = 1;
      } else if (byte === QUOTE && where === BEFORE) {
        where = QUOTED;
        start = openSize + i - from + 1;
      } else if (where === BEFORE) {
        if (byte !== SPACE && byte !== TAB) where = BARE;
      } else if (where === CLOSED || where === AFTER) where = byte === SPACE || byte === TAB ? AFTER : WRONG;
    }
    if (rows.length > 0) yield rows;
    open.push(chunk.subarray(from));
    openSize += chunk.length - from;
    if (openSize > longest) throw new CsvError(`a row is longer than ${longest} bytes; is a quote left open?`);
  }
  if (where === QUOTED) throw new CsvError("a quote is never closed; check the last rows that were read");
  const last = endRow(new Uint8Array(0), 0, 0);
  if (last) yield [last];
}

function rowOf(bytes: Uint8Array<ArrayBuffer>, cells: readonly number[], wrong: boolean): Row {
  const size = bytes.length;
  if (wrong) return { why: "text after a closing quote", size };
  if (!isUtf8(bytes)) return { why: "invalid UTF-8", size };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, size);
  const texts: string[] = [];
  for (let c = 0; c < cells.length; c += 3) {
    const text = buffer.toString("utf8", cells[c], cells[c + 1]);
    texts.push(cells[c + 2] === 1 ? text.replaceAll('""', '"') : text);
  }
  return { cells: texts, size };
}
