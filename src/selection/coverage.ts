/** Of the words that plan, the share that a lexicon's grams cover: when it falls, the lexicon is due for mining. */
import type { SampledTrace } from "../grams/sample.js";
import type { TaggerModel } from "../tagger/model.js";
import { countedWords } from "../text/words.js";
import { tagSample } from "./tagged.js";
import type { TaggedWords } from "./taggedWords.js";
import { type Uses, usesOf } from "./uses.js";

/**
 * @param uses of the grams, or of more
 * @param among which of them count; all unless given
 * @returns null where nothing plans
 */
export function coverageOf(
  { offset, at, lengths }: Uses,
  { plan }: TaggedWords,
  { threshold }: Pick<TaggerModel, "threshold">,
  among: Iterable<number> = lengths.keys(),
): number | null {
  const covered = new Uint8Array(plan.length);
  for (const gram of among)
    for (let use = offset[gram]; use < offset[gram + 1]; use++) covered.fill(1, at[use], at[use] + lengths[gram]);
  let [all, inside] = [0, 0];
  for (let word = 0; word < plan.length; word++) {
    if (plan[word] < threshold.plan) continue;
    all++;
    inside += covered[word];
  }
  return all === 0 ? null : inside / all;
}

/** The same for the grams of a lexicon. @param words by word number; a gram with another word is nowhere in the sample */
export function coverageOfGrams(
  grams: readonly string[],
  tagged: TaggedWords,
  words: readonly string[],
  model: Pick<TaggerModel, "threshold">,
): number | null {
  const numberOf = new Map(words.map((word, number) => [word, number]));
  const paths = grams.flatMap((gram) => {
    const path = countedWords(gram).map((word) => numberOf.get(word));
    return path.every((number) => number !== undefined) ? [{ path: path as number[] }] : [];
  });
  return coverageOf(usesOf(paths, tagged), tagged, model);
}

/** The same in texts: some of them, if they are many. */
export async function coverageInTexts(
  grams: readonly string[],
  texts: Iterable<SampledTrace>,
  model: TaggerModel,
  threads: number,
): Promise<number | null> {
  const some: SampledTrace[] = [];
  let units = 0;
  for (const one of texts) {
    if (units >= SOME_UNITS) break;
    some.push(one);
    units += one.text.length;
  }
  const words = [...new Set(grams.flatMap(countedWords))];
  return coverageOfGrams(grams, await tagSample(some, words, model, threads), words, model);
}

/** Size of what is read in UTF-16 units: some 300,000 words of English. */
const SOME_UNITS = 1 << 21;

/**
 * A lexicon is due for mining when it covers so much less. Of the other half of its own corpus's problems it covers 1.5
 * to 6.4 points less than of those that it was mined from (eight corpora).
 */
const FALL = 0.1;

/** Whether planning has moved away from a lexicon, by what it covers here and covered of what it was mined from. */
export const isDue = (here: number | null, mined: number | null): boolean =>
  here !== null && mined !== null && here < mined - FALL;
