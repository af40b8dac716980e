import { CODE, COMMA, closingOf, GAP_COMMA, isBreak, MATH, openingOf, opensClause, STOP } from "../text/words.js";
import { createNumberedWords, forEachTrace, type NumberedWords, numberWords, RARE, type Share } from "./share.js";
import { EMPTY, extend, type Survivors, survives } from "./sketch.js";
import { createTrie, type Trie } from "./trie.js";

/** Equal ranges of the hash, so that round r of R is rounds 2r and 2r + 1 of 2R. */
const roundOf = (hash: number, rounds: number) => Math.floor(((Math.imul(hash, 0x9e3779b1) >>> 0) / 2 ** 32) * rounds);

/** Counters of a gram in pass 2, all exact and all whole numbers, so that sums do not depend on their order. */
export const PROBLEMS = 0;
export const TRACES = 1;
export const OCCURRENCES = 2;
/** occurrences after a sentence end, a line break or at the start */
export const INITIAL = 3;
/** occurrences after any of these or after a comma */
export const OPENING = 4;
/** occurrences before a comma, a sentence end or a line break */
export const CLOSING = 5;
/** of these, before a comma */
export const BEFORE_COMMA = 6;
/** occurrences right before math or code */
export const BEFORE_MATH = 7;
/** occurrences in the first and in the last sixteenth of their trace */
export const EARLY = 8;
export const LATE = 9;
/** traces with more than SPARING occurrences, a repeated clause counting once: there the gram is content, not a move */
export const LAVISH = 10;
const SPARING = 3;
export const SUMMED = 11;
// Only the thread's memory of where the gram was last.
const LAST_PROBLEM = 11;
const LAST_TRACE = 12;
const IN_TRACE = 13;
export const COUNTERS = 14;

/**
 * Pass 2 of one thread: exact counts of every gram of up to maxN words whose bound reaches the floor, over the share's
 * problems. Of longer grams, `round` of `rounds` takes those whose first two words fall to it, so that the table fits
 * in `limit` nodes; single words are counted in every round.
 * @returns undefined when it does not fit
 */
export function countShare(
  share: Share,
  survivors: Survivors,
  maxN: number,
  round: number,
  rounds: number,
  limit?: number,
): Trie | undefined {
  const trie = createTrie(COUNTERS, limit);
  const words = createNumberedWords();
  const clauses = createClauseMemory(share.hashOf);
  let full = false;
  forEachTrace(share, (trace, spool, index, of) => {
    if (full) return;
    numberWords(trace, share, spool, words);
    const problem = of + 1;
    const { length, word, spelling, gap } = words;
    let fresh = true;
    for (let i = 0; i < length; i++) {
      const before = gap[i];
      // a trace caught in a loop says the same clause over and over: it is one use of its grams, not many
      if (isBreak(before)) fresh = clauses.isNew(words, i, index);
      const initial = opensClause(before) ? 1 : 0;
      const opening = initial || before === GAP_COMMA || (isBreak(before) && openingOf(before) === COMMA) ? 1 : 0;
      const sixteenth = Math.floor((i * 16) / length);
      let node = 0;
      let hash = EMPTY;
      const end = Math.min(i + maxN, length);
      for (let j = i; j < end; j++) {
        const next = word[j];
        if (next === RARE || (j > i && gap[j] > GAP_COMMA)) break;
        hash = extend(hash, share.hashOf[spelling[j]]);
        if (!survives(survivors, hash)) break;
        if (j === i + 1 && rounds > 1 && roundOf(hash, rounds) !== round) break;
        node = trie.add(node, next);
        if (node < 0) {
          full = true;
          return;
        }
        const { rows } = trie;
        const row = node * COUNTERS;
        rows[row + OCCURRENCES]++;
        rows[row + INITIAL] += initial;
        rows[row + OPENING] += opening;
        const after = gap[j + 1];
        if (after === GAP_COMMA || (isBreak(after) && closingOf(after) === COMMA)) {
          rows[row + CLOSING]++;
          rows[row + BEFORE_COMMA]++;
        } else if (isBreak(after)) {
          const kind = closingOf(after);
          if (kind === STOP) rows[row + CLOSING]++;
          else if (kind === MATH || kind === CODE) rows[row + BEFORE_MATH]++;
        }
        if (sixteenth === 0) rows[row + EARLY]++;
        else if (sixteenth === 15) rows[row + LATE]++;
        if (rows[row + LAST_TRACE] !== index + 1) {
          rows[row + LAST_TRACE] = index + 1;
          rows[row + IN_TRACE] = 0;
          rows[row + TRACES]++;
          if (rows[row + LAST_PROBLEM] !== problem) {
            rows[row + LAST_PROBLEM] = problem;
            rows[row + PROBLEMS]++;
          }
        }
        if (fresh && ++rows[row + IN_TRACE] === SPARING + 1) rows[row + LAVISH]++;
      }
    }
  });
  return full ? undefined : trie;
}

/** Grams of pass 2 as parallel arrays: node 0 is the empty gram, a parent precedes its children. */
export interface CountedNodes {
  parent: Int32Array;
  word: Int32Array;
  rows: Uint32Array;
}

/** A thread's counts as they go to the main thread. */
export function nodesOf(trie: Trie): CountedNodes {
  const parent = new Int32Array(trie.size);
  const word = new Int32Array(trie.size);
  for (let node = 1; node < trie.size; node++) {
    parent[node] = trie.parent(node);
    word[node] = trie.word(node);
  }
  return { parent, word, rows: trie.rows.subarray(0, trie.size * COUNTERS) };
}

/**
 * Adds the threads' counts (their problems are disjoint) and keeps what reaches the floor.
 * @param others kept below it too, with what begins them
 */
export function keepFrequent(
  counted: readonly CountedNodes[],
  floor: number,
  kept: Trie,
  others: Pick<Trie, "find"> = { find: () => -1 },
): void {
  const { parent, word, rows } = counted.length === 1 ? counted[0] : sumOf(counted);
  const numberOf = new Int32Array(parent.length);
  const otherOf = new Int32Array(parent.length);
  for (let node = 1; node < parent.length; node++) {
    const before = otherOf[parent[node]];
    otherOf[node] = before < 0 ? -1 : others.find(before, word[node]);
    // A gram stands in no fewer problems than any gram that begins with it: a kept node's parent is kept.
    if (rows[node * COUNTERS + PROBLEMS] < floor && otherOf[node] < 0) continue;
    const number = kept.add(numberOf[parent[node]], word[node]);
    numberOf[node] = number;
    for (let k = 0; k < SUMMED; k++) kept.rows[number * COUNTERS + k] = rows[node * COUNTERS + k];
  }
}

function sumOf(counted: readonly CountedNodes[]): CountedNodes {
  const all = createTrie(COUNTERS);
  for (const { parent, word, rows } of counted) {
    const numberOf = new Int32Array(parent.length);
    for (let node = 1; node < parent.length; node++) {
      const number = all.add(numberOf[parent[node]], word[node]);
      numberOf[node] = number;
      for (let k = 0; k < SUMMED; k++) all.rows[number * COUNTERS + k] += rows[node * COUNTERS + k];
    }
  }
  return nodesOf(all);
}

/** Clauses of this many words and more are told apart; shorter ones recur without a loop. */
const LONG_CLAUSE = 4;

/**
 * Remembers which clauses a trace has had, by a hash of their words (never of word numbers, which depend on the order
 * of the input). A wrong answer in a billion would cost nothing.
 */
function createClauseMemory(hashOf: Int32Array) {
  let hashes = new Int32Array(1 << 12);
  // the trace that a slot was written in: what others wrote counts as free
  let owners = new Int32Array(hashes.length).fill(-1);
  let owner = -1;
  let size = 0;

  const slotOf = (hash: number): number => {
    const mask = hashes.length - 1;
    let slot = (hash ^ (hash >>> 17)) & mask;
    while (owners[slot] === owner && hashes[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  };
  function enlarge(): void {
    const had = hashes.filter((_, slot) => owners[slot] === owner);
    hashes = new Int32Array(hashes.length * 2);
    owners = new Int32Array(hashes.length).fill(-1);
    for (const hash of had) {
      const slot = slotOf(hash);
      hashes[slot] = hash;
      owners[slot] = owner;
    }
  }

  return {
    /** whether the clause that begins at word i is the first of its kind in this trace */
    isNew({ spelling, gap, length }: NumberedWords, i: number, trace: number): boolean {
      let hash = EMPTY;
      let n = 0;
      do hash = extend(hash, hashOf[spelling[i + n++]]);
      while (i + n < length && !isBreak(gap[i + n]));
      if (n < LONG_CLAUSE) return true;
      if (trace !== owner) {
        owner = trace;
        size = 0;
      }
      const slot = slotOf(hash);
      if (owners[slot] === owner) return false;
      hashes[slot] = hash;
      owners[slot] = owner;
      if (++size * 2 > hashes.length) enlarge();
      return true;
    },
  };
}
