/** A few traces to look at: the same problem, where possible, at the first, a middle and the last step. */

import { FUNCTIONS } from "../lexicon/lexicon.js";
import type { MarkedSpan } from "../lexicon/mask.js";
import type { GramEntry } from "../lexicon/match.js";
import type { Mark } from "../tagger/marks.js";
import { isPair } from "../text/characters.js";
import type { PlacedTokens, TokenData } from "./tokens.js";

/** Longer texts are cut, in UTF-16 units. */
const LONGEST = 4000;
/** Problems of which a trace is kept per step. */
const KEPT = 6;

export interface Example {
  run: string;
  step: number;
  problem: string;
  success: boolean | undefined;
  text: string;
  /** UTF-16 units cut off its end */
  omitted: number;
  spans: MarkedSpan[];
  /** tokens among the step's top 30 % by entropy; undefined where entropies or places are not known */
  highEntropy?: { start: number; end: number }[];
}

/** A trace that may become an example. */
export interface Candidate {
  problem: string;
  /** number of the problem, and of the trace among those of its problem: the smallest are kept */
  problemKey: number;
  key: number;
  success: boolean | undefined;
  moves: number;
  text: string;
  omitted: number;
  spans: MarkedSpan[];
  tokens?: { starts: Int32Array; ends: Int32Array; entropies: Float32Array };
}

/** Whether a trace with these numbers would be kept: to be asked before its text is copied. */
export function wouldKeep(kept: readonly Candidate[], problemKey: number, key: number): boolean {
  const same = kept.find((one) => one.problemKey === problemKey);
  if (same) return key < same.key;
  return kept.length < KEPT || problemKey < kept.at(-1)!.problemKey;
}

/** Keeps the candidate, one per problem, in the order of the problems' numbers. */
export function keep(kept: Candidate[], candidate: Candidate): void {
  const same = kept.findIndex((one) => one.problemKey === candidate.problemKey);
  if (same >= 0) kept[same] = candidate;
  else {
    kept.push(candidate);
    kept.sort((a, b) => a.problemKey - b.problemKey);
    kept.length = Math.min(kept.length, KEPT);
  }
}

/** The part of a trace that is shown, in memory of its own. */
export function shown(
  text: string,
  marks: readonly Mark[],
  entries: readonly GramEntry[],
  tokens: (TokenData & { placed: PlacedTokens }) | undefined,
): Pick<Candidate, "text" | "omitted" | "spans" | "tokens"> {
  let end = Math.min(text.length, LONGEST);
  if (isPair(text, end - 1)) end--;
  const spans = marks
    .filter((mark) => mark.start < end)
    .map((mark): MarkedSpan => {
      const known = mark.entry < 0 ? undefined : entries[mark.entry];
      const here = mark.function;
      return {
        start: mark.start,
        end: Math.min(end, mark.end),
        gram: known?.gram ?? null,
        function: here === undefined ? known?.function : here === null ? null : FUNCTIONS[here],
      };
    });
  const count = tokens ? firstFrom(tokens.placed.starts, end) : 0;
  return {
    // A slice would keep the whole record's text alive
    text: Buffer.from(text.slice(0, end), "utf16le").toString("utf16le"),
    omitted: text.length - end,
    spans,
    tokens: tokens?.entropies && {
      starts: Int32Array.from(tokens.placed.starts).slice(0, count),
      ends: Int32Array.from(tokens.placed.ends).slice(0, count),
      entropies: Float32Array.from(tokens.entropies.slice(0, count)),
    },
  };
}

function firstFrom(starts: ArrayLike<number>, end: number): number {
  let count = 0;
  while (count < starts.length && starts[count] < end) count++;
  return count;
}

/**
 * Chooses among what was kept at each step: first, middle and last step, and of the problems kept there the one found at
 * most of them, then with most moves.
 * @param steps in order, with the entropy threshold of high-entropy tokens where known
 */
export function chooseExamples(
  run: string,
  steps: readonly { step: number; kept: readonly Candidate[]; threshold: number | undefined }[],
): Example[] {
  const ranks = [...new Set([0, (steps.length - 1) >> 1, steps.length - 1])];
  const score = new Map<number, { steps: number; moves: number }>();
  for (const rank of ranks)
    for (const { problemKey, moves } of steps[rank].kept) {
      const sum = score.get(problemKey) ?? { steps: 0, moves: 0 };
      score.set(problemKey, { steps: sum.steps + 1, moves: sum.moves + moves });
    }
  const rated = ({ problemKey }: Candidate) => score.get(problemKey)!;
  return ranks.flatMap((rank) => {
    const { step, kept, threshold } = steps[rank];
    const [best] = kept.toSorted((a, b) => rated(b).steps - rated(a).steps || rated(b).moves - rated(a).moves);
    if (!best) return [];
    const { problem, success, text, omitted, spans, tokens } = best;
    const highEntropy =
      tokens && threshold !== undefined
        ? Array.from(tokens.starts, (start, i) => ({ start, end: Math.min(text.length, tokens.ends[i]), i })).flatMap(
            ({ start, end, i }) => (tokens.entropies[i] >= threshold && end > start ? [{ start, end }] : []),
          )
        : undefined;
    return [{ run, step, problem, success, text, omitted, spans, highEntropy }];
  });
}
