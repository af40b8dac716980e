import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet";
import { InputError } from "../errors.js";
import type { Spelling } from "../grams/corpus.js";
import type { SampledTrace } from "../grams/sample.js";
import { type Stored, type StoredTraces, unpackTraces } from "../grams/stored.js";
import { openBytes } from "../traces/files/bytes.js";
import { columnRecords } from "../traces/files/columns.js";
import { isCount, isTexts, wrongFact } from "./checks.js";
import { addRow, COUNTER_COLUMNS, COUNTS_FORMAT, COUNTS_KEY, type CountsFacts, isSealed, NO_ROWS } from "./file.js";
import { wantedHashes } from "./hashed.js";
import { sampledTraces } from "./sample.js";

/** Counts in a file, or in a folder of Parquet files as Spark writes them, with `_corpus.json` beside them. */
export interface Counts {
  facts: CountsFacts;
  /** the tokenised traces, where the file holds them; to be read once */
  stored(): Promise<Stored | undefined>;
  /** the traces that the tagger is to read, where the file holds them */
  sample(): Promise<SampledTrace[] | undefined>;
  /** the grams in at least `floor` problems with their counters (COUNTERS a gram) and spellings */
  rows(floor: number): Promise<CountedRow[]>;
}
export interface CountedRow {
  words: string[];
  counters: number[];
  spellings: Spelling[];
}

/** @throws InputError for what is no file of counts, or a broken one */
export async function openCounts(path: string): Promise<Counts> {
  const files = await parquetFiles(path);
  const facts = files[0] === path ? await factsOf(path) : await factsBeside(path);
  return {
    facts,
    stored: async () => (facts.sections?.traces === undefined ? undefined : storedOf(path, facts)),
    sample: async () => (facts.sections?.sample === undefined ? undefined : sampleOf(path, facts.sections.sample)),
    async rows(floor) {
      const rows: CountedRow[] = [];
      let sum = NO_ROWS;
      for await (const row of tableRows(path, CHECKED)) {
        sum = addRow(
          sum,
          CHECKED.map((name) => row[name]),
        );
        if (!(Number(row.problems) >= floor)) continue;
        rows.push({
          words: String(row.gram).split(" "),
          counters: Object.keys(COUNTER_COLUMNS).map((name) => Number(row[name])),
          spellings: spellingsOf(path, row.spellings),
        });
      }
      if (sum.count !== facts.rows.count || sum.sum !== facts.rows.sum)
        throw new InputError(`${path}: broken counts: the rows are not those that were written; write the file again`);
      return rows;
    },
  };
}
const CHECKED = ["gram", ...Object.keys(COUNTER_COLUMNS), "spellings"];

function spellingsOf(path: string, json: unknown): Spelling[] {
  try {
    const list: unknown = JSON.parse(String(json));
    if (
      Array.isArray(list) &&
      list.length > 0 &&
      list.every(([text, count]) => typeof text === "string" && isCount(count))
    )
      return list.map(([text, count]) => ({ text, count }));
  } catch {}
  throw new InputError(`${path}: a row's spellings are not [["text", count], …]; write the file again`);
}

/** Rows of a Parquet file, or of a folder of them, with these columns. @throws InputError */
export async function* tableRows(path: string, columns: string[]): AsyncGenerator<Record<string, unknown>> {
  for (const file of await parquetFiles(path)) {
    const source = openBytes(file, {});
    try {
      for await (const { records } of columnRecords("parquet", file, source, {
        maxExpansion: Number.POSITIVE_INFINITY,
        columns,
      }))
        for (const { value } of records) yield value as Record<string, unknown>;
    } finally {
      await source.close();
    }
  }
}

async function parquetFiles(path: string): Promise<string[]> {
  const there = await stat(path).catch(() => undefined);
  if (!there) throw new InputError(`${path}: no such file; sg-mine count or merge writes one`);
  if (!there.isDirectory()) return [path];
  const files = (await readdir(path)).filter((name) => /^[^_.].*\.parquet$/.test(name)).sort();
  if (files.length === 0) throw new InputError(`${path}: no Parquet files in this folder`);
  return files.map((name) => join(path, name));
}

async function factsOf(path: string): Promise<CountsFacts> {
  let value: string | undefined;
  try {
    const { key_value_metadata } = await parquetMetadataAsync(await asyncBufferFromFile(path));
    value = key_value_metadata?.find(({ key }) => key === COUNTS_KEY)?.value;
  } catch (error) {
    throw brokenUnlessKnown(path, error);
  }
  return checkedFacts(path, value);
}

async function factsBeside(folder: string): Promise<CountsFacts> {
  const path = join(folder, "_corpus.json");
  return checkedFacts(path, await readFile(path, "utf8").catch(() => undefined));
}

function checkedFacts(path: string, json: string | undefined): CountsFacts {
  let facts: CountsFacts | undefined;
  try {
    if (json !== undefined) facts = JSON.parse(json);
  } catch {}
  if (typeof facts?.format !== "string") throw new InputError(`${path}: no counts; sg-mine count or merge writes them`);
  if (facts.format !== COUNTS_FORMAT)
    throw new InputError(
      `${path}: format ${JSON.stringify(facts.format)} is not one that this version reads ("${COUNTS_FORMAT}")`,
    );
  const wrong = isSealed(json!) ? wrongFact(facts) : "seal";
  if (wrong !== undefined)
    throw new InputError(`${path}: broken counts: ${wrong} is not what it must be; write the file again`);
  return facts;
}

/** A section's bytes, unpacked. */
function unpacked(path: string, { offset, length }: { offset: number; length: number }) {
  return pipeline(createReadStream(path, { start: offset, end: offset + length - 1 }), createGunzip(), () => {});
}

async function sampleOf(path: string, section: { offset: number; length: number }): Promise<SampledTrace[]> {
  const sample: SampledTrace[] = [];
  try {
    for await (const trace of sampledTraces(unpacked(path, section))) sample.push(trace);
  } catch (error) {
    throw brokenUnlessKnown(path, error);
  }
  return sample;
}

async function storedOf(path: string, { corpus, lostWords, sections }: CountsFacts): Promise<Stored> {
  const chunks = unpacked(path, sections!.traces!)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    const parts: Buffer[] = [];
    let end = -1;
    while (end < 0) {
      const { value, done } = await chunks.next();
      if (done) throw new Error("its traces end early");
      end = value.indexOf(10);
      parts.push(value);
    }
    const last = parts.length - 1;
    const head = Buffer.concat([...parts.slice(0, last), parts[last].subarray(0, end)]);
    const { problems, spellings } = JSON.parse(head.toString("utf8"));
    if (!isTexts(problems) || !isTexts(spellings) || spellings.includes("")) throw new Error("no tables of words");
    async function* batches(): AsyncGenerator<StoredTraces> {
      try {
        yield* unpackTraces({ problems, spellings }, rest(parts[last].subarray(end + 1), chunks));
      } catch (error) {
        throw brokenUnlessKnown(path, error);
      }
    }
    const { records, skipped, fields, digest } = corpus;
    const sample = sections?.sample === undefined ? [] : await sampleOf(path, sections.sample);
    return { sums: { records, skipped, fields, digest, lostWords }, problems, spellings, batches: batches(), sample };
  } catch (error) {
    throw brokenUnlessKnown(path, error);
  }
}

async function* rest(first: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}

const brokenUnlessKnown = (path: string, error: unknown): Error =>
  error instanceof InputError
    ? error
    : new InputError(`${path}: broken (${(error as Error).message.slice(0, 200)}); write the file again`, {
        cause: error,
      });

/** Grams, with their clusters where these are to be counted instead; or hashes of grams. */
export type Wanted =
  | { grams: string[][]; clusterOf?: Int32Array; hashes?: undefined }
  | { hashes: Int32Array; grams?: undefined; clusterOf?: undefined };

/** Reads what wantedBytes wrote, any Parquet table with a column `gram`, or hashes (hashed.ts). @throws InputError */
export async function readWanted(path: string): Promise<Wanted> {
  const hashes = (await stat(path).catch(() => undefined))?.isFile() && wantedHashes(path, await readFile(path));
  if (hashes) return { hashes };
  const grams: string[][] = [];
  const clusterOf: number[] = [];
  const clustered = await hasColumn(path, "cluster");
  for await (const row of tableRows(path, clustered ? ["gram", "cluster"] : ["gram"])) {
    grams.push(String(row.gram).split(" "));
    if (clustered) clusterOf.push(Number(row.cluster));
  }
  return clustered ? { grams, clusterOf: Int32Array.from(clusterOf) } : { grams };
}

async function hasColumn(path: string, column: string): Promise<boolean> {
  const [file] = await parquetFiles(path);
  try {
    const { schema } = await parquetMetadataAsync(await asyncBufferFromFile(file));
    return schema.some(({ name }) => name === column);
  } catch (error) {
    throw brokenUnlessKnown(file, error);
  }
}
