import type { AsyncBuffer, DecodedArray, FileMetaData, RowGroup } from "hyparquet";
import { parquetSchema } from "hyparquet";
import { assembleNested } from "hyparquet/src/assemble.js";
import { parquetHeader, readColumn } from "hyparquet/src/column.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getTreePath } from "hyparquet/src/schema.js";
import { flatten } from "hyparquet/src/utils.js";
import { compressors } from "hyparquet-compressors";

/** Values that a page may hold: a damaged count must not become an allocation of gigabytes. */
const MAX_PAGE_VALUES = 2 ** 26;
const MAX_PAGE_BYTES = 2 ** 30;

/**
 * The rows of one row group. This is hyparquet's parquetReadObjects from its own parts, for three reasons: a damaged
 * file makes that one follow page sizes round in circles, believe counts of billions, and reject promises that nobody
 * holds. Here the pages are checked before they are decoded, and every error is thrown.
 * @throws Error saying what in the file does not add up
 */
export async function rowsOfGroup(
  buffer: AsyncBuffer,
  metadata: FileMetaData,
  group: RowGroup,
): Promise<Record<string, unknown>[]> {
  const rows = Number(group.num_rows);
  if (!(rows >= 0)) throw new Error("negative number of rows");
  const tree = parquetSchema(metadata);
  /** Values by dotted path; assembleNested puts children together into their parents. */
  const columns = new Map<string, DecodedArray>();
  for (const { meta_data } of group.columns) {
    if (meta_data === undefined) throw new Error("a column has no metadata");
    const pathInSchema = meta_data.path_in_schema;
    const name = pathInSchema.join(".");
    const first = Number(meta_data.dictionary_page_offset || meta_data.data_page_offset);
    const size = Number(meta_data.total_compressed_size);
    if (!(first >= 4 && size >= 0 && first + size <= buffer.byteLength)) {
      throw new Error(`column ${name} lies outside the file`);
    }
    const view = new DataView(await buffer.slice(first, first + size));
    if (countValues(view, name) < rows) throw new Error(`column ${name} has too few values`);
    const schemaPath = getTreePath(tree, pathInSchema);
    const { data } = readColumn(
      { view, offset: 0 },
      { groupStart: 0, selectStart: 0, selectEnd: rows, groupRows: rows },
      {
        ...meta_data,
        pathInSchema,
        schemaPath,
        element: schemaPath.at(-1)!.element,
        parsers: DEFAULT_PARSERS,
        compressors,
      },
    );
    columns.set(name, flatten(data));
  }
  for (const child of tree.children) {
    if (child.children.length > 0) assembleNested(columns, child, DEFAULT_PARSERS);
  }
  const named = tree.children.map((child) => [child.element.name, columns.get(child.element.name)] as const);
  if (named.some(([, values]) => values === undefined || values.length < rows))
    throw new Error("columns of unequal length");
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(named.map(([name, values]) => [name, values![row]])),
  );
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
      count <= MAX_PAGE_VALUES &&
      nulls >= 0 &&
      nulls <= count;
    if (!possible) throw new Error(`column ${name} has a damaged page`);
    if (dictionary === undefined) values += count;
    reader.offset += packed;
  }
  return values;
}
