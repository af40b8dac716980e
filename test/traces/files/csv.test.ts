import fc from "fast-check";
import { parseString, writeToString } from "fast-csv";
import { describe, expect, it } from "vitest";
import { csvRecords } from "../../../src/traces/files/csv.js";

async function* chunked(bytes: Uint8Array, cuts: number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of [...cuts.map((c) => c % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)) {
    yield bytes.subarray(start, cut);
    start = cut;
  }
}

/** Everything that is read, as one list, with how the reading ends. */
async function read(bytes: Uint8Array, delimiter: "," | "\t", cuts: number[] = [], blockBytes = 1e6) {
  const records: unknown[] = [];
  const malformed: unknown[] = [];
  let end = "";
  try {
    for await (const batch of csvRecords("f", chunked(bytes, cuts), delimiter, { maxLineBytes: 1e9, blockBytes })) {
      records.push(...batch.records);
      malformed.push(...batch.malformed);
    }
  } catch (error) {
    end = (error as Error).message;
  }
  return { records, malformed, end };
}
const valuesOf = ({ records }: Awaited<ReturnType<typeof read>>) =>
  records.map((record) => (record as { value: unknown }).value);

const cuts = fc.array(fc.nat(300), { maxLength: 8 });
const block = fc.integer({ min: 1, max: 50 });
/** Rows of any dialect, and of none. */
const dialect = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'p1|,|\t|\n|\r\n|\r|"|""| |a|"a,\nb"| "x" |é|\ufffd|,,|\n\n|"a"b'.split("|")),
      fc.constantFrom("\uff00"), // stands for a byte that is no UTF-8
    ),
    { maxLength: 40 },
  )
  .map((pieces) => {
    const text = Buffer.from(`id,text,x\n${pieces.join("")}`);
    return Buffer.from(text.toString("latin1").replaceAll("\xef\xbc\x80", "\xff"), "latin1");
  });

describe("csvRecords", () => {
  it.each([",", "\t"] as const)("gives back what was written with %j, whatever the chunks", async (delimiter) => {
    const cell = fc.oneof(fc.string(), fc.constantFrom("", '"', '""', "a\nb", "a\r\nb", "a\rb", ",", "\t", "é", " x "));
    const row = fc.tuple(fc.constant("p"), cell, cell);
    const rowDelimiter = fc.constantFrom("\n", "\r\n", "\r");
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 6 }),
        rowDelimiter,
        cuts,
        block,
        async (rows, rowDelimiter, cuts, block) => {
          const text = await writeToString([["id", "text", "x"], ...rows], {
            delimiter,
            rowDelimiter,
            quoteColumns: true,
          });
          const got = await read(Buffer.from(text), delimiter, cuts, block);
          expect([got.malformed, got.end]).toEqual([[], ""]);
          expect(valuesOf(got)).toEqual(rows.map(([id, text, x]) => ({ id, text, x })));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("reads any dialect cut anywhere as it reads it whole", async () => {
    await fc.assert(
      fc.asyncProperty(
        dialect,
        fc.constantFrom("," as const, "\t" as const),
        cuts,
        block,
        async (bytes, delimiter, cuts, block) => {
          expect(await read(bytes, delimiter, cuts, block)).toEqual(await read(bytes, delimiter));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("reads what fast-csv can read as fast-csv reads it", async () => {
    let agreed = 0;
    await fc.assert(
      fc.asyncProperty(dialect, async (bytes) => {
        const reference = await new Promise<string[][] | undefined>((resolve) => {
          const rows: string[][] = [];
          parseString<string[], string[]>(bytes.toString("utf8"), { headers: false })
            .on("data", (cells: string[]) => rows.push(cells))
            .on("error", () => resolve(undefined))
            .on("end", () => resolve(rows));
        });
        const got = await read(bytes, ",");
        if (reference === undefined || got.end !== "" || JSON.stringify(got.malformed).includes("UTF-8")) return;
        const rows = reference.slice(1).filter((cells) => !(cells.length <= 1 && (cells[0] ?? "").trim() === ""));
        // a row of one empty quoted cell is a row here, and to fast-csv a blank line
        if (/(?:^|[\r\n])[ \t]*""[ \t]*(?:[\r\n]|$)/.test(bytes.toString("utf8"))) return;
        agreed++;
        expect(got.records.length + got.malformed.length).toBe(rows.length);
        // fast-csv empties a cell of white space at times; RFC 4180 keeps it
        const full = (cell: unknown) => (String(cell).trim() === "" ? "" : cell);
        expect(valuesOf(got).map((value) => Object.values(value as object).map(full))).toEqual(
          rows.filter((cells) => cells.length === 3).map((cells) => cells.map(full)),
        );
      }),
      { numRuns: 250 },
    );
    expect(agreed).toBeGreaterThan(25);
  });

  it("counts every row once: empty cells are a row, white space alone is none", async () => {
    const got = await read(Buffer.from('id,text,x\r\n\r\n,,\r\n  \r\n"a"b,c,d\n1,2\n1,2,3\n\n'), ",");
    expect(got).toEqual({
      records: [
        { place: "row 1", value: { id: "", text: "", x: "" } },
        { place: "row 4", value: { id: "1", text: "2", x: "3" } },
      ],
      malformed: [
        { place: "row 2", why: "text after a closing quote" },
        { place: "row 3", why: "2 cells where the header has 3" },
      ],
      end: "",
    });
  });

  it("refuses two columns of one name, and a quote that is never closed", async () => {
    expect((await read(Buffer.from("id,text, id\n1,2,3\n"), ",")).end).toBe(
      'f: two columns are named "id"; rename one of them',
    );
    const open = await read(Buffer.from('id,text\n1,2\n3,"4\n5,6\n'), ",");
    expect([open.records.length, open.end]).toEqual([1, expect.stringContaining("never closed")]);
  });
});

it.each([";", "|", "\t"])("names the delimiter %j where it is another", async (other) => {
  const text = ["question", "response", "correct"].join(other);
  expect((await read(Buffer.from(`${text}\na${other}b${other}true\n`), ",")).end).toMatch(/stand apart by/);
});
