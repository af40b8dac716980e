import { readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { type AsyncBuffer, parquetMetadataAsync } from "hyparquet";
import { serve } from "../../threads.js";
import { columnsOfGroup } from "./pages.js";
import { answersOf, type ColumnFile, type Rows, rowMaker, stepsOf } from "./rows.js";

if (parentPort) serve(answersOf(rowsOf));

/** The rows of a file in batches, one row group in memory at a time. */
async function* rowsOf({ fd, byteLength, columns, maxText, progress }: ColumnFile): AsyncGenerator<Rows> {
  const step = stepsOf(progress);
  const buffer: AsyncBuffer = {
    byteLength,
    async slice(start, end = byteLength) {
      const bytes = new Uint8Array(Math.max(Math.min(end, byteLength) - start, 0));
      for (let got = 0; got < bytes.length; ) {
        const read = readSync(fd, bytes, got, bytes.length - got, start + got);
        if (read === 0) throw new Error("it ends too early");
        got += read;
      }
      step(bytes.length);
      return bytes.buffer;
    },
  };
  const metadata = await parquetMetadataAsync(buffer);
  const make = rowMaker(maxText, step);
  for (const group of metadata.row_groups) {
    const { rows, named } = await columnsOfGroup(buffer, metadata, group, columns, step);
    yield* make(
      rows,
      named.map(([name, values]) => [name, (row) => values[row]] as const),
    );
  }
}
