import type { AsyncBuffer, DecodedArray, FileMetaData, PageHeader, RowGroup, SchemaTree } from "hyparquet";
import { parquetSchema } from "hyparquet";
import { assembleNested } from "hyparquet/src/assemble.js";
import { parquetHeader, readPage } from "hyparquet/src/column.js";
import { convert } from "hyparquet/src/convert.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath, isFlatColumn } from "hyparquet/src/schema.js";
import type { ColumnDecoder } from "hyparquet/src/types.js";
import { flatten } from "hyparquet/src/utils.js";
import { compressors } from "hyparquet-compressors";
import { foldName, isTraceFieldName } from "../shapes/fields.js";
import { deep, exactly, PARSERS, textIfAny } from "./parquetValues.js";
import { checkRuns } from "./runs.js";

/**
 * Rows of a group, values of a page and of a list: a damaged count must not become an allocation of gigabytes, nor an
 * array beyond what V8 can grow (about 2^27), at which it ends the process.
 */
const MAX_VALUES = 2 ** 25;
const MAX_PAGE_BYTES = 2 ** 30;

/** The columns of one row group, by the names of the fields. */
export interface Columns {
  rows: number;
  named: (readonly [name: string, values: DecodedArray])[];
}

/**
 * Decodes one row group. This is hyparquet's parquetReadObjects from its own parts, for three reasons: a damaged file
 * makes that one follow page sizes and runs round in circles, believe counts of billions, and reject promises that
 * nobody holds. Here the pages are checked before they are decoded, and every error is thrown.
 * @param only the fields wanted; all unless given
 * @param onPage called before each page with its size in bytes, unpacked
 * @throws Error saying what in the file does not add up
 */
export async function columnsOfGroup(
  buffer: AsyncBuffer,
  metadata: FileMetaData,
  group: RowGroup,
  only: readonly string[] | undefined,
  onPage: (bytes: number) => void,
): Promise<Columns> {
  const rows = Number(group.num_rows);
  if (!(rows >= 0)) throw new Error("negative number of rows");
  if (rows > MAX_VALUES) throw new Error(`${rows} rows in one row group; ${MAX_VALUES} is the limit`);
  const tree = parquetSchema(metadata);
  const fields = tree.children.filter(({ element }) => only?.includes(element.name) ?? true);
  if (rows === 0) return { rows, named: [] };
  requireDistinct(tree);
  const missing = only?.filter((name) => !fields.some(({ element }) => element.name === name)) ?? [];
  if (missing.length > 0) throw new Error(`no column ${missing.join(", ")}`);
  /** Of each field the values by dotted path; assembleNested puts children together into their parents. */
  const columns = new Map(fields.map(({ element }) => [element.name, new Map<string, DecodedArray>()]));
  for (const { meta_data } of group.columns) {
    if (meta_data === undefined) throw new Error("a column has no metadata");
    const pathInSchema = meta_data.path_in_schema;
    const name = pathInSchema.join(".");
    const field = columns.get(pathInSchema[0]);
    if (field === undefined) continue;
    const first = Number(meta_data.dictionary_page_offset || meta_data.data_page_offset);
    const size = Number(meta_data.total_compressed_size);
    if (!(first >= 4 && size >= 0 && first + size <= buffer.byteLength)) {
      throw new Error(`column ${name} lies outside the file`);
    }
    const view = new DataView(await buffer.slice(first, first + size));
    if (countValues(view, name) < rows) throw new Error(`column ${name} has too few values`);
    const schemaPath = getTreePath(tree, pathInSchema);
    const { element, converted } = exactly(schemaPath.at(-1)!.element);
    const decoder: ColumnDecoder = {
      ...meta_data,
      pathInSchema,
      schemaPath,
      element,
      parsers: PARSERS,
      compressors,
      utf8: converted === undefined,
    };
    const values = readColumn(view, rows, decoder, onPage);
    // bytes that nobody calls text are text all the same where old writers left that out
    const bytes = element.type === "BYTE_ARRAY" && !element.converted_type && !element.logical_type;
    const convert = converted ?? (bytes && !isTraceFieldName(foldName(name)) ? textIfAny : undefined);
    field.set(name, convert === undefined ? values : (deep(values, convert) as unknown[]));
  }
  for (const child of fields) {
    if (child.children.length > 0) assembleNested(columns.get(child.element.name)!, child, PARSERS);
  }
  const named = fields.map(
    ({ element, path }) => [element.name, columns.get(element.name)!.get(path.join(".")) ?? []] as const,
  );
  if (named.some(([, values]) => values.length < rows)) throw new Error("columns of unequal length");
  return { rows, named };
}

/** @throws Error where two columns, or two fields of a struct, have one name: readers would take the last for both */
function requireDistinct({ children }: SchemaTree): void {
  const names = children.map(({ element }) => element.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`two columns are named ${JSON.stringify(twice.slice(0, 80))}`);
  children.forEach(requireDistinct);
}

/** A column's values, as hyparquet's function of this name gives them. */
function readColumn(
  view: DataView<ArrayBuffer>,
  rows: number,
  decoder: ColumnDecoder,
  onPage: (bytes: number) => void,
): DecodedArray {
  const reader = { view, offset: 0 };
  const flat = isFlatColumn(decoder.schemaPath);
  const unpacked: ColumnDecoder = { ...decoder, codec: "UNCOMPRESSED" };
  const chunks: DecodedArray[] = [];
  let dictionary: DecodedArray | undefined;
  let last: DecodedArray | undefined;
  for (let row = 0; flat ? row < rows : true; ) {
    if (reader.offset >= view.byteLength - 1) break;
    const header = parquetHeader(reader);
    onPage(Number(header.uncompressed_page_size));
    const packed = new Uint8Array(view.buffer, view.byteOffset + reader.offset, header.compressed_page_size);
    reader.offset += header.compressed_page_size;
    const page = unpack(packed, header, decoder);
    checkPage(page, header, decoder);
    const had = last?.length ?? 0;
    const { data } = readPage(
      { view: page, offset: 0 },
      {
        ...header,
        compressed_page_size: page.byteLength,
        ...(header.data_page_header_v2 && {
          data_page_header_v2: { ...header.data_page_header_v2, is_compressed: false },
        }),
      },
      unpacked,
      dictionary,
      last,
      0,
    );
    if (header.type === "DICTIONARY_PAGE") dictionary = data && convert(data, decoder);
    else if (data !== undefined && data === last) row += data.length - had;
    else if (data !== undefined && data.length > 0) {
      chunks.push(data);
      row += data.length;
      last = data;
    }
    for (let list: unknown = data; Array.isArray(list); list = list.at(-1))
      if (list.length > MAX_VALUES) throw new Error(`a list of more than ${MAX_VALUES} values`);
  }
  return flatten(chunks);
}

/** A page's bytes as they are before packing. In version 2 the levels that come first are never packed. */
function unpack(packed: Uint8Array<ArrayBuffer>, header: PageHeader, decoder: ColumnDecoder): DataView<ArrayBuffer> {
  const v2 = header.data_page_header_v2;
  const size = Number(header.uncompressed_page_size);
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
  if (header.type !== "DATA_PAGE_V2" || v2 === undefined)
    return view(decompressPage(packed, size, decoder.codec, decoder.compressors));
  if (v2.is_compressed === false || decoder.codec === "UNCOMPRESSED") return view(packed);
  const levels = levelBytes(header, decoder);
  const values = decompressPage(packed.subarray(levels), size - levels, decoder.codec, decoder.compressors);
  const whole = new Uint8Array(levels + values.length);
  whole.set(packed.subarray(0, levels));
  whole.set(values, levels);
  return view(whole);
}

/** Bytes of a version 2 page's repetition and definition levels; hyparquet passes over the latter where none is due. */
function levelBytes({ data_page_header_v2: v2 }: PageHeader, { schemaPath }: ColumnDecoder): number {
  const { repetition_levels_byte_length: repetition, definition_levels_byte_length: definition } = v2!;
  const bytes = repetition + (getMaxDefinitionLevel(schemaPath) > 0 ? definition : 0);
  if (!(repetition >= 0 && bytes >= repetition)) throw new Error("levels of negative length");
  return bytes;
}

/** Checks the runs in an unpacked page: its levels, and its values where these are indexes or booleans. */
function checkPage(view: DataView, header: PageHeader, decoder: ColumnDecoder): void {
  const page = header.data_page_header_v2 ?? header.data_page_header;
  if (header.type === "DICTIONARY_PAGE" || page === undefined) return;
  const { schemaPath, type } = decoder;
  const count = Number(page.num_values);
  const size = view.byteLength;
  const widths = [getMaxRepetitionLevel(schemaPath), getMaxDefinitionLevel(schemaPath)].map((most) =>
    Math.ceil(Math.log2(most + 1)),
  );
  let at = 0;
  const checkPrefixed = (width: number) => {
    if (at + 4 > size) throw new Error("a page ends too early");
    const end = at + 4 + view.getUint32(at, true);
    checkRuns(view, at + 4, Math.min(end, size), width, count);
    at = end;
  };
  if (header.type === "DATA_PAGE_V2") {
    const { repetition_levels_byte_length: repetition } = header.data_page_header_v2!;
    const levels = levelBytes(header, decoder);
    if (levels > size) throw new Error("a page ends too early");
    if (widths[0] > 0) checkRuns(view, 0, repetition, widths[0], count);
    if (widths[1] > 0) checkRuns(view, repetition, levels, widths[1], count);
    at = levels;
  } else for (const width of widths) if (width > 0) checkPrefixed(width);
  if (type === "BOOLEAN" && page.encoding === "RLE") checkPrefixed(1);
  else if (/DICTIONARY$|^RLE$/.test(page.encoding) && at < size)
    checkRuns(view, at + 1, size, view.getUint8(at), count);
}

/** Walks the page headers of a column: how many values they announce, once their sizes are found to be possible. */
function countValues(view: DataView<ArrayBuffer>, name: string): number {
  const size = view.byteLength;
  const reader = { view, offset: 0 };
  let values = 0;
  // The decoder's own condition: a last odd byte is no page
  while (reader.offset < size - 1) {
    const header = parquetHeader(reader);
    const dictionary = header.dictionary_page_header;
    const page = header.data_page_header_v2 ?? header.data_page_header;
    const count = Number((dictionary ?? page)?.num_values);
    const packed = Number(header.compressed_page_size);
    const unpacked = Number(header.uncompressed_page_size);
    const nulls = Number(header.data_page_header_v2?.num_nulls ?? 0);
    const possible =
      packed >= 0 &&
      reader.offset + packed <= size &&
      unpacked >= 0 &&
      unpacked <= MAX_PAGE_BYTES &&
      count >= 0 &&
      count <= MAX_VALUES &&
      nulls >= 0 &&
      nulls <= count;
    if (!possible) throw new Error(`column ${name} has a damaged page`);
    if (dictionary === undefined) values += count;
    reader.offset += packed;
  }
  return values;
}
