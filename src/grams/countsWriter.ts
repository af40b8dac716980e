import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { packed } from "./candidates.js";
import { NEIGHBOUR_BINS } from "./contexts.js";
import { COUNTERS } from "./counting.js";
import { COUNTER_COLUMNS, COUNTS_KEY, type CountsFacts } from "./countsFile.js";
import type { GramCounter, Grams } from "./grams.js";
import { packTraces, type Stored, type StoredTraces } from "./stored.js";
import type { ClusterCounts } from "./union.js";
import { pathOf } from "./usage.js";

const ROWS_AT_A_TIME = 1 << 15;

/** The bytes of a file of counts, in order; the counter's contexts are asked for as the rows go out. */
export async function* countsBytes(
  counter: GramCounter,
  { trie, words }: Grams,
  keep: (gram: string) => boolean,
  facts: CountsFacts,
  stored?: Stored,
): AsyncGenerator<Uint8Array> {
  const grams: { text: string; node: number; path: number[] }[] = [];
  for (let node = 1; node < trie.size; node++) {
    const path = pathOf(trie, node);
    const text = path.map((word) => words[word]).join(" ");
    if (keep(text)) grams.push({ text, node, path });
  }
  grams.sort((a, b) => (a.text < b.text ? -1 : 1));

  const writer = new ByteWriter();
  const kvMetadata: { key: string; value?: string }[] = [];
  const bins = Array.from({ length: NEIGHBOUR_BINS }, (_, bin) => bin);
  const whole = [
    "words",
    ...Object.keys(COUNTER_COLUMNS),
    ...bins.map((bin) => `left_${bin}`),
    ...bins.map((bin) => `right_${bin}`),
  ];
  const text = { type: "BYTE_ARRAY", repetition_type: "REQUIRED", converted_type: "UTF8" } as const;
  const parquet = new ParquetWriter({
    writer,
    kvMetadata,
    createdBy: "sg-mine",
    schema: [
      { name: "root", num_children: whole.length + 2 },
      { name: "gram", ...text },
      ...whole.map((name) => ({ name, type: "INT64", repetition_type: "REQUIRED" }) as const),
      { name: "spellings", ...text },
    ],
  });
  /** What was written since the last time. */
  const written = (): Uint8Array => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  for (let from = 0; from < grams.length; from += ROWS_AT_A_TIME) {
    const rows = grams.slice(from, from + ROWS_AT_A_TIME);
    const { left, right, spellings } = await counter.contexts(packed(rows));
    const numbers = (of: (row: number) => number) => BigInt64Array.from(rows, (_, row) => BigInt(of(row)));
    parquet.write({
      rowGroupSize: ROWS_AT_A_TIME,
      columnData: [
        { name: "gram", data: rows.map(({ text }) => text), encoding: "DELTA_BYTE_ARRAY" },
        { name: "words", data: numbers((row) => rows[row].path.length) },
        ...Object.entries(COUNTER_COLUMNS).map(([name, counter]) => ({
          name,
          data: numbers((row) => trie.rows[rows[row].node * COUNTERS + counter]),
        })),
        ...bins.map((bin) => ({ name: `left_${bin}`, data: numbers((row) => left[row * NEIGHBOUR_BINS + bin]) })),
        ...bins.map((bin) => ({ name: `right_${bin}`, data: numbers((row) => right[row * NEIGHBOUR_BINS + bin]) })),
        {
          name: "spellings",
          data: spellings.map((list) => JSON.stringify(list.map(({ text, count }) => [text, count]))),
        },
      ],
    });
    yield written();
  }
  if (stored) {
    const offset = writer.offset;
    for await (const chunk of storedBytes(stored)) {
      writer.appendBytes(chunk);
      yield written();
    }
    kvMetadata.push({
      key: COUNTS_KEY,
      value: JSON.stringify({ ...facts, stored: { offset, length: writer.offset - offset } }),
    });
  } else kvMetadata.push({ key: COUNTS_KEY, value: JSON.stringify(facts) });
  parquet.finish();
  yield written();
}

function storedBytes({ problems, spellings, batches }: Stored): AsyncIterable<Buffer> {
  function* parts(): Generator<Buffer> {
    yield Buffer.from(`${JSON.stringify({ problems, spellings })}\n`);
    yield* packTraces(problems, batches as Iterable<StoredTraces>);
  }
  // the fastest level: the numbers of words leave little to gain
  return pipeline(Readable.from(parts()), createGzip({ level: 1 }), () => {});
}

/** Rows of one table of cluster counts, as `sg-mine count --wanted` writes it. */
export function clusterCountsBytes(counts: ClusterCounts): Uint8Array {
  const clusters = [...counts.traces.keys()].filter((cluster) => counts.traces[cluster] > 0);
  const columns: [string, (cluster: number) => number][] = [
    ["cluster", (cluster) => cluster],
    ["problems", (cluster) => counts.problems[cluster]],
    ["traces", (cluster) => counts.traces[cluster]],
    ["occurrences", (cluster) => counts.occurrences[cluster]],
  ];
  return tableBytes(
    columns.map(([name, of]) => ({ name, data: BigInt64Array.from(clusters, (c) => BigInt(of(c))), type: "INT64" })),
  );
}

/** Grams with the clusters that are to be counted, for `sg-mine count --wanted`. */
export function wantedBytes(grams: readonly string[], clusterOf: Int32Array): Uint8Array {
  return tableBytes([
    { name: "gram", data: [...grams], type: "STRING" },
    { name: "cluster", data: BigInt64Array.from(clusterOf, BigInt), type: "INT64" },
  ]);
}

function tableBytes(columns: { name: string; data: string[] | BigInt64Array; type: "STRING" | "INT64" }[]): Uint8Array {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    createdBy: "sg-mine",
    schema: [
      { name: "root", num_children: columns.length },
      ...columns.map(
        ({ name, type }) =>
          ({
            name,
            repetition_type: "REQUIRED",
            ...(type === "STRING" ? ({ type: "BYTE_ARRAY", converted_type: "UTF8" } as const) : { type }),
          }) as const,
      ),
    ],
  });
  if (columns[0].data.length > 0) parquet.write({ columnData: columns.map(({ name, data }) => ({ name, data })) });
  parquet.finish();
  return writer.getBytes().slice();
}
