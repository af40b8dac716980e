import { bisectLeft } from "d3-array";
import { FUNCTIONS, type StrategicFunction } from "../lexicon/lexicon.js";
import type { TaggerModel } from "../tagger/model.js";
import { functionShares, noFunctions } from "../tagger/spans.js";
import { FUNCTION_HEADS } from "../tagger/tagger.js";
import type { TaggedWords } from "./taggedWords.js";
import type { Uses } from "./uses.js";

/**
 * What a gram does in this share of its planning is what it does; else it does now one thing, now another. Of labelled
 * grams of families that the tagger had not learned from, those with a larger share are right in 95 %, and in no band of
 * shares in fewer than 75 %; with a smaller one in 60 %.
 */
const MAJORITY = 0.6;

/** What each gram does, by its uses that plan; null where that cannot be told. */
export function functionsOf(uses: Uses, tagged: TaggedWords, model: TaggerModel): (StrategicFunction | null)[] {
  return Array.from(uses.lengths, (length, g) => {
    const shares = sharesOf(g, length, uses, tagged, model);
    const total = shares.reduce((sum, share) => sum + share, 0);
    const most = Math.max(...shares);
    return most > MAJORITY * total ? FUNCTIONS[shares.indexOf(most)] : null;
  });
}

/**
 * How much of a gram's planning each function is. A use counts as far as a move begins with it: "the problem says" opens
 * a goal, and in "but the problem says" it does what the move around it does. Whole numbers, exact in any order.
 */
function sharesOf(
  gram: number,
  length: number,
  { offset, at, least }: Uses,
  { planning, functions, begin }: TaggedWords,
  model: TaggerModel,
): number[] {
  const total = new Array<number>(FUNCTION_HEADS).fill(0);
  for (let use = offset[gram]; use < offset[gram + 1]; use++) {
    if (least[use] < model.threshold.plan) continue;
    const own = noFunctions();
    // all words of the use plan, so that they follow each other among those that do
    const first = bisectLeft(planning, at[use]);
    for (let i = first * FUNCTION_HEADS; i < (first + length) * FUNCTION_HEADS; i++)
      own.sums[i % FUNCTION_HEADS] += functions[i];
    own.count = length;
    const begins = Math.min(least[use], begin[at[use]]);
    functionShares(model, own).forEach((share, f) => {
      total[f] += begins * share;
    });
  }
  return total;
}
