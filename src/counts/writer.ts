import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { type ClusterCounts, type Grams, packed } from "../grams/corpus.js";
import type { GramCounter } from "../grams/counter.js";
import { COUNTERS, PROBLEMS } from "../grams/counting.js";
import { packTraces, type Stored, type StoredTraces } from "../grams/stored.js";
import { pathOf, textOf } from "../grams/usage.js";
import {
  addRow,
  COUNTER_COLUMNS,
  COUNTS_KEY,
  type CountsFacts,
  type KnownFacts,
  NO_ROWS,
  type Section,
  sealed,
} from "./file.js";
import { sampleLines } from "./sample.js";

const ROWS_AT_A_TIME = 1 << 15;

/** Some rows, column by column; spellings as JSON. */
type Column = { name: string; data: string[] | BigInt64Array; encoding?: "DELTA_BYTE_ARRAY" };

const WHOLE = ["words", ...Object.keys(COUNTER_COLUMNS)];

/** All rows, sorted by gram; spellings are asked for as the rows go out. */
export async function* countsRows(
  counter: GramCounter,
  { trie, words }: Grams,
  keep: (gram: string) => boolean,
): AsyncGenerator<Column[]> {
  const grams: { text: string; node: number; path: number[] }[] = [];
  for (let node = 1; node < trie.size; node++) {
    const path = pathOf(trie, node);
    const text = textOf(path, words);
    if (keep(text)) grams.push({ text, node, path });
  }
  grams.sort((a, b) => (a.text < b.text ? -1 : 1));
  for (let from = 0; from < grams.length; from += ROWS_AT_A_TIME) {
    const rows = grams.slice(from, from + ROWS_AT_A_TIME);
    const spellings = await counter.spellings(packed(rows));
    const numbers = (of: (row: number) => number) => BigInt64Array.from(rows, (_, row) => BigInt(of(row)));
    yield [
      { name: "gram", data: rows.map(({ text }) => text), encoding: "DELTA_BYTE_ARRAY" },
      { name: "words", data: numbers((row) => rows[row].path.length) },
      ...Object.entries(COUNTER_COLUMNS).map(([name, counter]) => ({
        name,
        data: numbers((row) => trie.rows[rows[row].node * COUNTERS + counter]),
      })),
      {
        name: "spellings",
        data: spellings.map((list) => JSON.stringify(list.map(({ text, count }) => [text, count]))),
      },
    ];
  }
}

/** The bytes of a file of counts, in order. @param stored `packed`: its traces as packTraces gives them, if they are there */
export async function* countsBytes(
  rows: AsyncIterable<Column[]>,
  facts: KnownFacts,
  stored?: Omit<Stored, "sums"> & { packed?: AsyncIterable<Uint8Array> },
): AsyncGenerator<Uint8Array> {
  const writer = new ByteWriter();
  const kvMetadata: { key: string; value?: string }[] = [];
  const text = { type: "BYTE_ARRAY", repetition_type: "REQUIRED", converted_type: "UTF8" } as const;
  const parquet = new ParquetWriter({
    writer,
    kvMetadata,
    createdBy: "sg-mine",
    schema: [
      { name: "root", num_children: WHOLE.length + 2 },
      { name: "gram", ...text },
      ...WHOLE.map((name) => ({ name, type: "INT64", repetition_type: "REQUIRED" }) as const),
      { name: "spellings", ...text },
    ],
  });
  /** What was written since the last time. */
  const written = (): Uint8Array => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  let sum = NO_ROWS;
  for await (const columnData of rows) {
    const cells = columnData.filter(({ name }) => name !== "words").map(({ data }) => data);
    for (let row = 0; row < cells[0].length; row++)
      sum = addRow(
        sum,
        cells.map((data) => data[row]),
      );
    parquet.write({ rowGroupSize: ROWS_AT_A_TIME, columnData });
    yield written();
  }
  const sections: CountsFacts["sections"] = {};
  for (const [name, parts] of Object.entries(
    stored ? { traces: packedTraces(stored), sample: sampleLines(stored.sample) } : {},
  )) {
    const offset = writer.offset;
    // the fastest level: the numbers of words leave little to gain
    for await (const chunk of pipeline(Readable.from(parts), createGzip({ level: 1 }), () => {})) {
      writer.appendBytes(chunk);
      yield written();
    }
    sections[name as Section] = { offset, length: writer.offset - offset };
  }
  kvMetadata.push({ key: COUNTS_KEY, value: sealed({ ...facts, rows: sum, ...(stored && { sections }) }) });
  parquet.finish();
  yield written();
}

/** The same rows as JSON lines, an object each, for what reads no Parquet. */
export async function* jsonLines(tables: AsyncIterable<Column[]> | Iterable<Column[]>): AsyncGenerator<Uint8Array> {
  for await (const columns of tables) {
    const values = columns.map(({ name, data }) => {
      const value = (row: number) => {
        const cell = data[row];
        return typeof cell !== "string" ? String(cell) : name === "spellings" ? cell : JSON.stringify(cell);
      };
      return (row: number) => `${JSON.stringify(name)}:${value(row)}`;
    });
    const lines = Array.from(
      { length: columns[0].data.length },
      (_, row) => `{${values.map((value) => value(row)).join(",")}}\n`,
    );
    yield Buffer.from(lines.join(""));
  }
}

/** How many problems each gram stands in, and nothing else: what an exact count elsewhere begins with. */
export function* candidateRows({ trie, words }: Grams): Generator<Column[]> {
  for (let from = 1; from < trie.size; from += ROWS_AT_A_TIME) {
    const nodes = Array.from({ length: Math.min(ROWS_AT_A_TIME, trie.size - from) }, (_, i) => from + i);
    yield [
      {
        name: "gram",
        data: nodes.map((node) => textOf(pathOf(trie, node), words)),
      },
      { name: "problems", data: BigInt64Array.from(nodes, (node) => BigInt(trie.rows[node * COUNTERS + PROBLEMS])) },
    ];
  }
}

async function* packedTraces({
  problems,
  spellings,
  batches,
  packed,
}: NonNullable<Parameters<typeof countsBytes>[2]>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify({ problems, spellings })}\n`);
  yield* packed ?? packTraces(problems, batches as Iterable<StoredTraces>);
}

/** Rows of one table of cluster counts, as `sg-mine count --wanted` writes it. */
export function clusterRows(counts: ClusterCounts): Column[] {
  const clusters = [...counts.traces.keys()].filter((cluster) => counts.traces[cluster] > 0);
  const columns: [string, (cluster: number) => number][] = [
    ["cluster", (cluster) => cluster],
    ["problems", (cluster) => counts.problems[cluster]],
    ["traces", (cluster) => counts.traces[cluster]],
    ["occurrences", (cluster) => counts.occurrences[cluster]],
  ];
  return columns.map(([name, of]) => ({ name, data: BigInt64Array.from(clusters, (c) => BigInt(of(c))) }));
}

/** Grams with the clusters that are to be counted, for `sg-mine count --wanted`. */
export function wantedBytes(grams: readonly string[], clusterOf: Int32Array): Uint8Array {
  return tableBytes([
    { name: "gram", data: [...grams] },
    { name: "cluster", data: BigInt64Array.from(clusterOf, BigInt) },
  ]);
}

/** A table of one row group, without metadata. */
export function tableBytes(columns: Column[]): Uint8Array {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    createdBy: "sg-mine",
    schema: [
      { name: "root", num_children: columns.length },
      ...columns.map(
        ({ name, data }) =>
          ({
            name,
            repetition_type: "REQUIRED",
            ...(data instanceof BigInt64Array
              ? ({ type: "INT64" } as const)
              : ({ type: "BYTE_ARRAY", converted_type: "UTF8" } as const)),
          }) as const,
      ),
    ],
  });
  if (columns[0].data.length > 0) parquet.write({ columnData: columns.map(({ name, data }) => ({ name, data })) });
  parquet.finish();
  return writer.getBytes().slice();
}
