/** What the tagger says of the words of `text/words.ts`, of which grams are made: they are made of its tokens. */
import type { Words } from "../text/words.js";
import { CHARACTER, WORD } from "./stream.js";
import { FUNCTION_HEADS, type Reading } from "./tagger.js";

/** Parallel to the words; reused from text to text, so copy what must last. */
export interface WordTags {
  /** 0 to WHOLE: mean probability of a word's tokens that they plan, rounded down */
  plan: Uint16Array;
  /** 0 to WHOLE: that a move begins with its first token, and ends with its last */
  begin: Uint16Array;
  end: Uint16Array;
  /** FUNCTION_HEADS sums of logits a word, over its tokens */
  functions: Int32Array;
  /** number of these tokens: 1 as a rule */
  tokens: Int32Array;
}

export const createWordTags = (capacity = 0): WordTags => ({
  plan: new Uint16Array(capacity),
  begin: new Uint16Array(capacity),
  end: new Uint16Array(capacity),
  functions: new Int32Array(capacity * FUNCTION_HEADS),
  tokens: new Int32Array(capacity),
});

/** Tags the words of the text that was read, writing over `out`, or over a larger one if it is too small. */
export function tagWords({ stream, plan, begin, end, functions }: Reading, words: Words, out: WordTags): WordTags {
  const tags = out.plan.length < words.length ? createWordTags(words.start.length) : out;
  let token = 0;
  for (let word = 0; word < words.length; word++) {
    while (stream.end[token] <= words.start[word]) token++;
    tags.begin[word] = begin[token];
    tags.functions.fill(0, word * FUNCTION_HEADS, (word + 1) * FUNCTION_HEADS);
    let sum = 0;
    let count = 0;
    for (; token < stream.length && stream.start[token] < words.end[word]; token++) {
      if (stream.kind[token] !== WORD && stream.kind[token] !== CHARACTER) continue;
      sum += plan[token];
      count++;
      for (let f = 0; f < FUNCTION_HEADS; f++)
        tags.functions[word * FUNCTION_HEADS + f] += functions[token * FUNCTION_HEADS + f];
      tags.end[word] = end[token];
    }
    tags.plan[word] = Math.floor(sum / count);
    tags.tokens[word] = count;
  }
  return tags;
}
