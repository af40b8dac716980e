/** A sample of a corpus as the tagger reads it: word by word, in context. */
import type { SampledTrace } from "../grams/sample.js";
import type { TaggerModel } from "../tagger/model.js";
import { FUNCTION_HEADS } from "../tagger/tagger.js";
import { startThread } from "../threads.js";
import type { TagReplies, TagRequest, TagSetup } from "./tagWorker.js";

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

/** Texts are handed out in parts of so many UTF-16 units; for fewer than this no second thread is started. */
const PART = 1 << 19;

/**
 * Reads a sample with the tagger, in threads. No result depends on their number.
 * @param words by word number
 */
export async function tagSample(
  sample: readonly SampledTrace[],
  words: readonly string[],
  model: TaggerModel,
  threads: number,
): Promise<TaggedWords> {
  const parts: string[][] = [];
  let units = PART;
  for (const { text } of sample) {
    if (units >= PART) {
      parts.push([]);
      units = 0;
    }
    parts[parts.length - 1].push(text);
    units += text.length;
  }
  const setup: TagSetup = { model, words };
  const pool = Array.from({ length: Math.min(threads, parts.length) }, () =>
    startThread<TagRequest, TagReplies>(new URL("./tagWorker.js", import.meta.url), setup),
  );
  try {
    const tagged: TaggedWords[] = [];
    let next = 0;
    await Promise.all(
      pool.map(async (thread) => {
        while (next < parts.length) {
          const part = next++;
          tagged[part] = await thread.ask<"tag">({ do: "tag", texts: parts[part] });
        }
      }),
    );
    return joinTagged(tagged);
  } finally {
    await Promise.all(pool.map((thread) => thread.stop()));
  }
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
