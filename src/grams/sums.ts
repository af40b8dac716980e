import { addDigest } from "../traces/digest.js";
import type { Corpus, ReadSums } from "./corpus.js";
import { REPORTED } from "./reading.js";

/** What the threads have read, as one. @param problems how many there are over all threads */
export function corpusOf(readings: readonly ReadSums[], problems: number): Corpus {
  const addUp = (records: Record<string, number>[]) => {
    const sum: Record<string, number> = {};
    for (const key of records.flatMap(Object.keys).sort())
      sum[key] ??= records.reduce((total, record) => total + (record[key] ?? 0), 0);
    return sum;
  };
  const total = (key: "records" | "successful" | "words") => readings.reduce((sum, reading) => sum + reading[key], 0);
  return {
    records: total("records"),
    successful: total("successful"),
    words: total("words"),
    skipped: addUp(readings.map((r) => r.skipped)),
    fields: addUp(readings.map((r) => r.fields)),
    bad: firstPlaces(readings.flatMap((r) => r.bad)),
    digest: readings.reduce((sum, { digest }) => addDigest(sum, digest), ""),
    problems,
  };
}

/** In the order of files and lines ("b.jsonl:9" before "b.jsonl:10"), so that the threads' shares do not show. */
function firstPlaces(places: string[]): string[] {
  const { compare } = new Intl.Collator("en", { numeric: true });
  return places.sort(compare).slice(0, REPORTED);
}
