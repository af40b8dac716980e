import { FUNCTION_HEADS } from "../tagger/tagger.js";

/** The words of texts, one after the other. Probabilities are whole numbers, 0 to WHOLE of tagger.ts. */
export interface TaggedWords {
  /** words of each text */
  lengths: Int32Array;
  /** number of the word among those counted; -1 for one that is not */
  word: Int32Array;
  /** 1 where a clause begins, over which no gram runs on */
  opens: Uint8Array;
  /** that the word plans, that a move begins with it, that one ends with it */
  plan: Uint16Array;
  begin: Uint16Array;
  end: Uint16Array;
  /** FUNCTION_HEADS sums of logits a word */
  functions: Int32Array;
}

export function createTagged(texts: number, words: number): TaggedWords {
  return {
    lengths: new Int32Array(texts),
    word: new Int32Array(words),
    opens: new Uint8Array(words),
    plan: new Uint16Array(words),
    begin: new Uint16Array(words),
    end: new Uint16Array(words),
    functions: new Int32Array(words * FUNCTION_HEADS),
  };
}

export function joinTagged(parts: readonly TaggedWords[]): TaggedWords {
  const total = (of: (part: TaggedWords) => { length: number }) =>
    parts.reduce((sum, part) => sum + of(part).length, 0);
  const all = createTagged(
    total(({ lengths }) => lengths),
    total(({ word }) => word),
  );
  let [texts, words] = [0, 0];
  for (const part of parts) {
    all.lengths.set(part.lengths, texts);
    for (const name of ["word", "opens", "plan", "begin", "end"] as const) all[name].set(part[name], words);
    all.functions.set(part.functions, words * FUNCTION_HEADS);
    texts += part.lengths.length;
    words += part.word.length;
  }
  return all;
}
