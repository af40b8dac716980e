/** One trace's planning: its moves, and the words that follow each. */

import type { Matcher, Occurrence } from "../lexicon/match.js";
import { normalise } from "../text/words.js";
import { textHash } from "../traces/digest.js";

/** Words of the procedural n-gram that follows a move: the shortest n of the method. */
export const CONTINUATION = 3;

export interface Moves {
  words: number;
  /** words inside any occurrence */
  planningWords: number;
  /** every occurrence: what is a planning token */
  occurrences: Occurrence[];
  /** Those counted as moves: of overlapping occurrences the first, "wait, let me check" without its "let me check". */
  moves: Occurrence[];
  /**
   * Per move the words that follow it as a number, 0 where none do: up to CONTINUATION words, across clause ends and
   * formulas, up to the next planning word.
   */
  following: number[];
}

export function movesOf(matcher: Matcher, text: string): Moves {
  const occurrences = matcher.find(text);
  const { words } = matcher;
  const planning = new Uint8Array(words.length);
  const moves: Occurrence[] = [];
  let covered = -1;
  for (const occurrence of occurrences) {
    planning.fill(1, occurrence.first, occurrence.last + 1);
    if (occurrence.first <= covered) continue;
    covered = occurrence.last;
    moves.push(occurrence);
  }
  let planningWords = 0;
  for (const bit of planning) planningWords += bit;
  const following = moves.map(({ last }) => {
    const next: string[] = [];
    for (let i = last + 1; i < words.length && next.length < CONTINUATION && !planning[i]; i++)
      next.push(normalise(text.slice(words.start[i], words.end[i])));
    return next.length > 0 ? numberOf(next.join(" ")) : 0;
  });
  return { words: words.length, planningWords, occurrences, moves, following };
}

/** A text as a number in [1, 2^52]: the first 52 bits of its SHA-256. */
export const numberOf = (text: string) => Number.parseInt(textHash(text).slice(0, 13), 16) + 1;
