/** One trace's planning: its moves, and the words that follow each. */
import { FUNCTIONS } from "../lexicon/lexicon.js";
import type { GramEntry } from "../lexicon/match.js";
import type { Mark, Marker, Marks } from "../tagger/marks.js";
import { normalise } from "../text/words.js";
import { textHash } from "../traces/digest.js";

/** Words of the procedural n-gram that follows a move: the shortest n of the method. */
export const CONTINUATION = 3;

export interface Moves extends Marks {
  /** Those of the marks that count as moves: of overlapping ones the first, "wait, let me check" without its "let me check". */
  moves: Mark[];
  /** per move what it does, by its place in FUNCTIONS: here by context, the entry's by grams; -1 where that is not known */
  functions: number[];
  /**
   * Per move the words that follow it as a number, 0 where none do: up to CONTINUATION words, across clause ends and
   * formulas, up to the next planning word.
   */
  following: number[];
}

export function movesOf(marker: Marker, entries: readonly GramEntry[], text: string): Moves {
  const found = marker.mark(text);
  const { words } = marker;
  const planning = new Uint8Array(words.length);
  const moves: Mark[] = [];
  let covered = -1;
  for (const mark of found.marks) {
    planning.fill(1, mark.first, mark.last + 1);
    if (mark.first <= covered) continue;
    covered = mark.last;
    moves.push(mark);
  }
  const following = moves.map(({ last }) => {
    const next: string[] = [];
    for (let i = last + 1; i < words.length && next.length < CONTINUATION && !planning[i]; i++)
      next.push(normalise(text.slice(words.start[i], words.end[i])));
    return next.length > 0 ? numberOf(next.join(" ")) : 0;
  });
  const functions = moves.map(({ entry, function: here }) => {
    if (here !== undefined) return here ?? -1;
    const purpose = entries[entry].function;
    return purpose ? FUNCTIONS.indexOf(purpose) : -1;
  });
  return { ...found, moves, functions, following };
}

/** A text as a number in [1, 2^52]: the first 52 bits of its SHA-256. */
export const numberOf = (text: string) => Number.parseInt(textHash(text).slice(0, 13), 16) + 1;
