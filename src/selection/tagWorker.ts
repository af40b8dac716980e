import { parentPort, workerData } from "node:worker_threads";
import { createVocabulary } from "../grams/vocabulary.js";
import type { TaggerModel } from "../tagger/model.js";
import { createTagger, FUNCTION_HEADS } from "../tagger/tagger.js";
import { createWordTags, tagWords } from "../tagger/words.js";
import { createWords, isBreak, normalise, scan } from "../text/words.js";
import { serve } from "../threads.js";
import { createTagged, joinTagged, type TaggedWords } from "./taggedWords.js";

/** A thread that reads texts with the tagger. */
export interface TagSetup {
  model: TaggerModel;
  /** by word number */
  words: readonly string[];
}
export interface TagRequest {
  do: "tag";
  texts: readonly string[];
}
export interface TagReplies {
  tag: TaggedWords;
}

if (parentPort) {
  const { model, words: known } = workerData as TagSetup;
  const tagger = createTagger(model);
  const numberOf = new Map(known.map((word, number) => [word, number]));
  // the words of the sample as they are written, and by their place there the number of each
  const spellings = createVocabulary();
  const numbers: number[] = [];
  const words = createWords();
  let tags = createWordTags();

  const numberOfWord = (text: string, start: number, end: number): number => {
    const met = spellings.size;
    const id = spellings.add(text, start, end);
    if (id === met) numbers.push(numberOf.get(normalise(text.slice(start, end))) ?? -1);
    return id < 0 ? -1 : numbers[id];
  };

  serve(
    ({ texts }: TagRequest): TaggedWords =>
      joinTagged(
        texts.map((text) => {
          const reading = tagger.read(text);
          const { length, start, end, gap } = scan(text, words);
          tags = tagWords(reading, words, tags);
          const { plan, functions } = tags;
          let planning = 0;
          for (let i = 0; i < length; i++) if (plan[i] >= model.threshold.plan) planning++;
          const tagged = createTagged(1, length, planning);
          tagged.lengths[0] = length;
          planning = 0;
          for (let i = 0; i < length; i++) {
            tagged.word[i] = numberOfWord(text, start[i], end[i]);
            tagged.opens[i] = isBreak(gap[i]) ? 1 : 0;
            if (plan[i] < model.threshold.plan) continue;
            tagged.planning[planning] = i;
            for (let f = 0; f < FUNCTION_HEADS; f++)
              tagged.functions[planning * FUNCTION_HEADS + f] = functions[i * FUNCTION_HEADS + f];
            planning++;
          }
          for (const name of ["plan", "begin", "end"] as const) tagged[name].set(tags[name].subarray(0, length));
          return tagged;
        }),
      ),
  );
}
