/** Traces to measure on: few enough to keep, the same ones whatever the order of the input. */
import { createHash } from "node:crypto";
import { createMatcher, type GramEntry } from "../lexicon/match.js";
import type { PlacedTrace } from "./examples.js";

/** The `size` traces whose problem and text have the smallest hashes. */
export async function sampleOf(traces: AsyncIterable<PlacedTrace>, size: number): Promise<PlacedTrace[]> {
  const kept: { hash: string; placed: PlacedTrace }[] = [];
  const order = (a: { hash: string }, b: { hash: string }) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0);
  for await (const placed of traces) {
    const { problem, text } = placed.trace;
    kept.push({ hash: createHash("sha256").update(`${problem}\0${text}`).digest("hex"), placed });
    if (kept.length >= 2 * size) kept.sort(order).splice(size);
  }
  return kept
    .sort(order)
    .slice(0, size)
    .map(({ placed }) => placed);
}

/** What a lexicon marks in some traces. */
export interface Marks {
  /** share of the words that lie in an occurrence */
  share: number;
  /** the same per trace */
  shares: number[];
  /** Shannon entropy in nats of the grams' frequencies, the longest at each place (HICRA's semantic entropy) */
  entropy: number;
  /** marked words, as "trace:word" would name them: per trace a bit per word */
  marked: Uint8Array[];
}

export function marksOf(entries: readonly GramEntry[], sample: readonly PlacedTrace[]): Marks {
  const matcher = createMatcher(entries);
  const counts = new Map<number, number>();
  let occurrences = 0;
  const marked = sample.map(({ trace }) => {
    const found = matcher.find(trace.text);
    const bits = new Uint8Array(matcher.words.length);
    for (const { first, last, entry } of found) {
      bits.fill(1, first, last + 1);
      counts.set(entry, (counts.get(entry) ?? 0) + 1);
      occurrences++;
    }
    return bits;
  });
  const sums = marked.map((bits) => bits.reduce((sum, bit) => sum + bit, 0));
  const words = marked.reduce((sum, bits) => sum + bits.length, 0);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / occurrences) * Math.log(count / occurrences);
  return {
    share: words === 0 ? 0 : sums.reduce((a, b) => a + b, 0) / words,
    shares: sums.map((sum, t) => (marked[t].length === 0 ? 0 : sum / marked[t].length)),
    entropy,
    marked,
  };
}
