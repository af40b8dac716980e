import { createMatcher } from "../lexicon/match.js";
import { isBreak } from "../text/words.js";
import { recordsOf } from "../traces/batch.js";
import { tracesOf } from "../traces/shapes/record.js";
import { readSources, type SourceOptions } from "../traces/source.js";
import type { Trace, TraceOptions } from "../traces/trace.js";

/** A trace with where it stands: "FILE:LINE" or "FILE: row 3". */
export interface PlacedTrace {
  place: string;
  trace: Trace;
}

/** The traces that mining takes, in the order of the input, with their places. What mining skips is skipped silently. */
export async function* placedTraces(
  inputs: string[],
  options: TraceOptions & SourceOptions,
): AsyncGenerator<PlacedTrace> {
  for await (const batch of readSources(inputs, options)) {
    for (const { place, value, error } of recordsOf(batch)) {
      if (error !== undefined) continue;
      for (const trace of tracesOf(value, options, batch).traces)
        if (options.all || trace.success) yield { place, trace };
    }
  }
}

export interface Example {
  place: string;
  /** the clause, on one line */
  clause: string;
}

export interface PhraseUse {
  problems: number;
  traces: number;
  occurrences: number;
  /** of distinct problems while there are any, in the order of the input */
  examples: Example[];
}

const LONGEST = 240;

/** Counts a phrase in the traces and takes up to `most` clauses in which it stands. */
export async function usesOf(phrase: string, traces: AsyncIterable<PlacedTrace>, most: number): Promise<PhraseUse> {
  const matcher = createMatcher([{ gram: phrase, spellings: [phrase] }]);
  const problems = new Set<string>();
  const use: PhraseUse = { problems: 0, traces: 0, occurrences: 0, examples: [] };
  const spare: Example[] = [];
  for await (const { place, trace } of traces) {
    const found = matcher.find(trace.text);
    if (found.length === 0) continue;
    use.traces++;
    use.occurrences += found.length;
    const example = { place, clause: clauseAround(trace.text, matcher.words, found[0].first, found[0].last) };
    if (!problems.has(trace.problem)) {
      problems.add(trace.problem);
      if (use.examples.length < most) use.examples.push(example);
    } else if (spare.length < most) spare.push(example);
  }
  use.problems = problems.size;
  use.examples.push(...spare.slice(0, most - use.examples.length));
  return use;
}

/** The clause that words [first, last] stand in, with the mark that ends it. */
function clauseAround(
  text: string,
  {
    gap,
    start,
    end,
    length,
  }: { gap: ArrayLike<number>; start: ArrayLike<number>; end: ArrayLike<number>; length: number },
  first: number,
  last: number,
): string {
  let from = first;
  while (from > 0 && !isBreak(gap[from])) from--;
  let to = last;
  while (to + 1 < length && !isBreak(gap[to + 1])) to++;
  const mark = /^[^\s\p{L}\p{N}]{0,2}/u.exec(text.slice(end[to], end[to] + 2))?.[0] ?? "";
  const clause = text.slice(start[from], end[to]) + mark;
  const around = clause.length <= LONGEST ? clause : text.slice(start[first], start[first] + LONGEST);
  return around.replace(/\s+/g, " ");
}
