/**
 * The choice of entries: the list whose marks, every occurrence of every gram, agree best with what the tagger says of
 * the sample's words, among grams that are planning moves as wholes.
 */
import type { MineOptions } from "../options.js";
import { WHOLE } from "../tagger/tagger.js";
import type { Judged } from "./judge.js";
import type { TaggedWords } from "./taggedWords.js";
import type { Uses } from "./uses.js";

/** A chosen gram, by its index. */
export interface Move {
  index: number;
  /** expected share of planning among its occurrences */
  weight: number;
}

/**
 * Least weight of an entry, least share of its planning uses that begin a move, and of those that begin or end one.
 * Chosen on the labelled excerpts of 26 families, each read by a tagger that had not learned from it. Below a weight of
 * 0.35 the lists' F1 rises no further (0.70 on average; 0.68 with 0.5 and with 0.6). Of the grams with fewer than 5 % of
 * beginnings 3 % begin at least a tenth of the labelled moves that they stand in, of those with 5 to 10 % 45 %, with 10
 * to 20 % 69 %, with more 99.7 %; without the bounds the F1 is 0.01 higher.
 */
export const LEAST_WEIGHT = 0.35;
export const LEAST_BEGINS = 0.1;
export const LEAST_BOUNDS = 0.3;

/** Whether a gram plans as a rule, and as a whole: fewer beginnings and ends, and it is a fragment. */
export const isMove = ({ weight, begins, ends }: Judged, shift = 0): boolean =>
  weight >= LEAST_WEIGHT + shift && begins >= LEAST_BEGINS && begins + ends >= LEAST_BOUNDS;

/** Rounds in which the threshold on words is found; it settles after two or three. */
const ROUNDS = 4;

/**
 * The moves of the list with the highest expected F1, those first that add most. A list of marks has the highest F1
 * when it marks the words whose probability is at least half of that F1 (Lipton, Elkan and Naryanaswamy 2014), so each
 * gram adds, for each word that none before it marks, the probability less that threshold; the one that adds most is
 * taken, as long as one adds anything.
 * @param most the list is cut there, behind what adds most; what comes before does not depend on it
 * @param weightOf how often each text counts (once)
 * @param shift added to the least weight
 */
export function choose(
  judged: readonly Judged[],
  uses: Uses,
  tagged: TaggedWords,
  { most = null, weightOf, shift }: { most?: number | null; weightOf?: ArrayLike<number>; shift?: number } = {},
): Move[] {
  const moves = judged.filter((own) => isMove(own, shift));
  const words = weightsOfWords(tagged, weightOf);
  let planning = 0;
  for (let w = 0; w < tagged.plan.length; w++) planning += words[w] * tagged.plan[w];
  let best: { order: number[]; f1: number } = { order: [], f1: -1 };
  let threshold = Math.round(0.4 * WHOLE);
  for (let round = 0; round < ROUNDS; round++) {
    const { order, marked, right } = mostAdding(
      moves.map(({ index }) => index),
      uses,
      tagged,
      words,
      threshold,
    );
    const f1 = marked + planning === 0 ? 0 : (2 * right) / (marked * WHOLE + planning);
    if (f1 > best.f1) best = { order, f1 };
    const next = Math.round((f1 / 2) * WHOLE);
    if (next === threshold) break;
    threshold = next;
  }
  const weights = new Map(moves.map(({ index, weight }) => [index, Math.round(weight * 1000) / 1000]));
  return best.order.slice(0, most ?? undefined).map((index) => ({ index, weight: weights.get(index)! }));
}

/** The moves that the options let in as entries. */
export const cut = <M extends { weight: number }>(
  moves: readonly M[],
  { minWeight, maxEntries }: Pick<MineOptions, "minWeight" | "maxEntries">,
) => moves.filter(({ weight }) => weight >= minWeight).slice(0, maxEntries ?? undefined);

/** How often each word counts. */
function weightsOfWords({ lengths, word }: TaggedWords, weightOf?: ArrayLike<number>): Uint32Array {
  const words = new Uint32Array(word.length).fill(1);
  if (!weightOf) return words;
  let at = 0;
  lengths.forEach((length, text) => {
    words.fill(weightOf[text], at, at + length);
    at += length;
  });
  return words;
}

/**
 * Takes the gram that adds most, again and again. What a gram adds falls, as a rule, as others are taken, so that it is
 * worked out anew only when its turn comes (Minoux 1978).
 */
function mostAdding(
  moves: readonly number[],
  { offset, at, lengths }: Uses,
  { plan }: TaggedWords,
  words: Uint32Array,
  threshold: number,
): { order: number[]; marked: number; right: number } {
  const isMarked = new Uint8Array(plan.length);
  const addedBy = (g: number): number => {
    let sum = 0;
    let until = 0;
    for (let use = offset[g]; use < offset[g + 1]; use++) {
      const end = at[use] + lengths[g];
      for (let w = Math.max(at[use], until); w < end; w++)
        if (isMarked[w] === 0) sum += words[w] * (plan[w] - threshold);
      until = end;
    }
    return sum;
  };
  const heap = createHeap();
  for (const g of moves) {
    const added = addedBy(g);
    if (added > 0) heap.push(added, g);
  }
  const order: number[] = [];
  let [marked, right] = [0, 0];
  while (heap.size > 0) {
    const g = heap.pop();
    const added = addedBy(g);
    if (added <= 0) continue;
    if (heap.size > 0 && (added < heap.top || (added === heap.top && g > heap.first))) {
      heap.push(added, g);
      continue;
    }
    order.push(g);
    for (let use = offset[g]; use < offset[g + 1]; use++)
      for (let w = at[use]; w < at[use] + lengths[g]; w++)
        if (isMarked[w] === 0) {
          isMarked[w] = 1;
          marked += words[w];
          right += words[w] * plan[w];
        }
  }
  return { order, marked, right };
}

/** A binary heap of numbers with values: the highest value first, of equals the lowest number. */
function createHeap() {
  const values: number[] = [];
  const items: number[] = [];
  const before = (a: number, b: number) => values[a] > values[b] || (values[a] === values[b] && items[a] < items[b]);
  const swap = (a: number, b: number) => {
    [values[a], values[b]] = [values[b], values[a]];
    [items[a], items[b]] = [items[b], items[a]];
  };
  return {
    get size() {
      return items.length;
    },
    /** value and number of what comes first */
    get top() {
      return values[0];
    },
    get first() {
      return items[0];
    },
    push(value: number, item: number): void {
      let at = items.push(item) - 1;
      values.push(value);
      while (at > 0 && before(at, (at - 1) >> 1)) {
        swap(at, (at - 1) >> 1);
        at = (at - 1) >> 1;
      }
    },
    pop(): number {
      const item = items[0];
      swap(0, items.length - 1);
      items.pop();
      values.pop();
      for (let at = 0; ; ) {
        let next = at;
        for (const child of [2 * at + 1, 2 * at + 2]) if (child < items.length && before(child, next)) next = child;
        if (next === at) return item;
        swap(at, next);
        at = next;
      }
    },
  };
}
