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
  /** the words that plan as the tagger's threshold has it, by their places, ascending */
  planning: Int32Array;
  /** FUNCTION_HEADS sums of logits for each of these */
  functions: Int32Array;
}

export function createTagged(texts: number, words: number, planning = 0): TaggedWords {
  return {
    lengths: new Int32Array(texts),
    word: new Int32Array(words),
    opens: new Uint8Array(words),
    plan: new Uint16Array(words),
    begin: new Uint16Array(words),
    end: new Uint16Array(words),
    planning: new Int32Array(planning),
    functions: new Int32Array(planning * FUNCTION_HEADS),
  };
}

/** The words of the parts one after the other. A part is taken out of the list once it is copied, to keep few at a time. */
export function joinTagged(parts: TaggedWords[]): TaggedWords {
  const total = (name: "lengths" | "word" | "planning") => parts.reduce((sum, part) => sum + part[name].length, 0);
  const all = createTagged(total("lengths"), total("word"), total("planning"));
  let [texts, words, planning] = [0, 0, 0];
  parts.reverse();
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    all.lengths.set(part.lengths, texts);
    for (const name of ["word", "opens", "plan", "begin", "end"] as const) all[name].set(part[name], words);
    for (const [p, place] of part.planning.entries()) all.planning[planning + p] = words + place;
    all.functions.set(part.functions, planning * FUNCTION_HEADS);
    texts += part.lengths.length;
    words += part.word.length;
    planning += part.planning.length;
  }
  return all;
}
