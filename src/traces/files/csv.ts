import { isUtf8 } from "node:buffer";
import { parseString } from "fast-csv";
import { InputError } from "../errors.js";
import { joined, type Limits, type Records } from "./blocks.js";

const [QUOTE, NEWLINE, RETURN] = [34, 10, 13];
/** After an open quote there is no telling where the next row begins, so that a longer row ends the reading. */
const MAX_ROW_BYTES = 64 * 2 ** 20;

/**
 * Rows of CSV or TSV as records by the header's names, all values text. Row 1 is the first after the header. Rows with
 * more or fewer cells than the header, and rows with text after a closing quote, are reported and passed over.
 * @throws InputError when a quote is never closed
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
    const valid = isUtf8(bytes);
    for (const cells of await parseRows(bytes, delimiter)) {
      if (header === undefined) {
        if (cells === undefined) throw new InputError(`${file}: the header is not CSV; check its quotes`);
        header = cells.map((cell) => cell.trim());
        continue;
      }
      row++;
      const place = `row ${row}`;
      if (cells === undefined) {
        out.malformed.push({ place, why: "text after a closing quote" });
      } else if (cells.length !== header.length) {
        out.malformed.push({ place, why: `${cells.length} cells where the header has ${header.length}` });
      } else if (!valid && cells.some((cell) => cell.includes("\ufffd"))) {
        out.malformed.push({ place, why: "invalid UTF-8" });
      } else {
        out.records.push({ place, value: Object.fromEntries(header.map((name, i) => [name, cells[i]])) });
      }
    }
    if (out.records.length > 0 || out.malformed.length > 0) yield out;
  }
}

/** The cells of every row; undefined for a row that fast-csv cannot parse, which is then found by parsing each alone. */
async function parseRows(bytes: Uint8Array, delimiter: "," | "\t"): Promise<(string[] | undefined)[]> {
  const rows = await parse(bytes, delimiter);
  if (rows !== undefined) return rows;
  const out: (string[] | undefined)[] = [];
  let start = 0;
  for (const end of [...rowEnds(bytes, delimiter, newRow()), bytes.length]) {
    if (end === start) continue;
    const [cells, none] = (await parse(bytes.subarray(start, end), delimiter)) ?? [undefined, undefined];
    if (cells !== undefined || none === undefined) out.push(cells);
    start = end;
  }
  return out;
}

function parse(bytes: Uint8Array, delimiter: "," | "\t"): Promise<string[][] | undefined> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  return new Promise((resolve) => {
    const rows: string[][] = [];
    parseString<string[], string[]>(text, { headers: false, delimiter, ignoreEmpty: true })
      .on("data", (cells: string[]) => rows.push(cells))
      .on("error", () => resolve(undefined))
      .on("end", () => resolve(rows));
  });
}

interface RowState {
  quoted: boolean;
  cellStart: boolean;
}

function newRow(): RowState {
  return { quoted: false, cellStart: true };
}

/** Where rows end in these bytes: at line ends outside quotes. The state goes on from chunk to chunk. */
function rowEnds(bytes: Uint8Array, delimiter: "," | "\t", state: RowState): number[] {
  const separator = delimiter.charCodeAt(0);
  const ends: number[] = [];
  let { quoted, cellStart } = state;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i];
    if (quoted) {
      if (c !== QUOTE) continue;
      quoted = false;
      // Should another quote follow, the two stand for one and the cell goes on
      cellStart = true;
    } else if (c === QUOTE && cellStart) quoted = true;
    else {
      // A quote inside a bare cell is a letter like any other
      if (c === NEWLINE) ends.push(i + 1);
      cellStart = c === separator || c === NEWLINE || c === RETURN;
    }
  }
  state.quoted = quoted;
  state.cellStart = cellStart;
  return ends;
}

/**
 * Cuts at the ends of rows, so that the parser never looks at a row twice and one open quote cannot swallow the memory.
 */
async function* wholeRows(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  delimiter: "," | "\t",
  limits: Limits,
): AsyncGenerator<Uint8Array> {
  const longest = Math.min(limits.maxLineBytes, MAX_ROW_BYTES);
  const state = newRow();
  let whole: Uint8Array[] = [];
  let wholeSize = 0;
  let open: Uint8Array[] = [];
  let openSize = 0;
  let failure: unknown;
  try {
    for await (const chunk of chunks) {
      const end = rowEnds(chunk, delimiter, state).at(-1) ?? 0;
      if (end > 0) {
        whole.push(...open, chunk.subarray(0, end));
        wholeSize += openSize + end;
        open = [];
        openSize = 0;
      }
      open.push(chunk.subarray(end));
      openSize += chunk.length - end;
      if (openSize > longest) {
        throw new InputError(`${file}: a row is longer than ${longest} bytes; is a quote left open?`);
      }
      if (wholeSize >= limits.blockBytes) {
        yield joined(whole, wholeSize);
        whole = [];
        wholeSize = 0;
      }
    }
  } catch (error) {
    failure = error;
  }
  if (failure === undefined && state.quoted) {
    failure = new InputError(`${file}: a quote is never closed; check the last rows that were read`);
  } else if (failure === undefined) {
    whole.push(...open);
    wholeSize += openSize;
  }
  if (wholeSize > 0) yield joined(whole, wholeSize);
  if (failure !== undefined) throw failure;
}
