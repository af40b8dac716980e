import { format } from "fast-csv";

/**
 * Rows as the lines of a CSV file with a header. Texts are quoted where they must be; what a spreadsheet would run as a
 * formula begins with an apostrophe.
 * @param columns those of the first row unless given
 */
export async function* csvLines(
  rows: Iterable<Record<string, string | number | null>>,
  columns?: readonly string[],
): AsyncGenerator<string> {
  const stream = format({ headers: columns ? [...columns] : true, includeEndRowDelimiter: true });
  const safe = (value: string | number | null) =>
    typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  async function feed() {
    for (const row of rows) {
      const cells = Object.fromEntries((columns ?? Object.keys(row)).map((name) => [name, safe(row[name] ?? null)]));
      if (!stream.write(cells)) await new Promise((resolve) => stream.once("drain", resolve));
    }
    stream.end();
  }
  const fed = feed();
  for await (const chunk of stream) yield String(chunk);
  await fed;
}
