import { FUNCTIONS, type StrategicFunction } from "../lexicon/lexicon.js";
import type { TaggerModel } from "../tagger/model.js";
import { functionOf, noFunctions } from "../tagger/spans.js";
import { FUNCTION_HEADS } from "../tagger/tagger.js";
import type { TaggedWords } from "./taggedWords.js";
import type { Uses } from "./uses.js";

/** What each gram does, by its uses that plan, all together; null where they do not tell. */
export function functionsOf(
  { offset, at, least, lengths }: Uses,
  { functions }: TaggedWords,
  model: TaggerModel,
): (StrategicFunction | null)[] {
  return Array.from(lengths, (length, g) => {
    const own = noFunctions();
    for (let use = offset[g]; use < offset[g + 1]; use++) {
      if (least[use] < model.threshold.plan) continue;
      for (let i = at[use] * FUNCTION_HEADS; i < (at[use] + length) * FUNCTION_HEADS; i++)
        own.sums[i % FUNCTION_HEADS] += functions[i];
      own.count += length;
    }
    const head = functionOf(model, own);
    return head === null ? null : FUNCTIONS[head];
  });
}
