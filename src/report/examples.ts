/** Clauses for a lexicon's best entries, and what its entries cover, from the first traces of a corpus. */
import type { Lexicon } from "../lexicon/lexicon.js";
import { createMatcher } from "../lexicon/match.js";
import type { Coverage } from "./table.js";

/** Characters before an occurrence that an example shows, at the most. */
const BEFORE = 24;
const AFTER = 160;

/** @param most traces that are looked at */
export async function firstExamples(
  lexicon: Lexicon,
  traces: AsyncIterable<{ trace: { text: string } }>,
  rows: number,
  most: number,
): Promise<{ examples: (string | undefined)[]; coverage: Coverage }> {
  const matcher = createMatcher(lexicon.entries);
  // each by itself: an entry may stand in longer ones alone
  const shown = lexicon.entries.slice(0, rows).map((entry) => createMatcher([entry]));
  const examples = new Array<string | undefined>(shown.length).fill(undefined);
  const coverage: Coverage = { traces: 0, covered: 0, words: 0, planning: 0 };
  for await (const { trace } of traces) {
    const found = matcher.find(trace.text);
    coverage.traces++;
    if (found.length > 0) coverage.covered++;
    coverage.words += matcher.words.length;
    let marked = 0;
    for (const { first, last } of found) {
      coverage.planning += Math.max(0, last - Math.max(first, marked) + 1);
      marked = Math.max(marked, last + 1);
    }
    shown.forEach((one, i) => {
      const [place] = examples[i] === undefined ? one.find(trace.text) : [];
      if (place) examples[i] = clause(trace.text, place.start, place.end);
    });
    if (coverage.traces >= most) break;
  }
  return { examples, coverage };
}

/** An occurrence with the words around it, on one line. */
function clause(text: string, start: number, end: number): string {
  const from = Math.max(0, start - BEFORE);
  const before = text
    .slice(from, start)
    .replace(from > 0 ? /^\S*\s/ : "", "") // half a word
    .replace(/^.*[\n.!?]\s*/s, "");
  const after = text.slice(end, end + AFTER).replace(/\n.*$/s, "");
  return `${before}${text.slice(start, end)}${after}`.replace(/\s+/g, " ").trim();
}
