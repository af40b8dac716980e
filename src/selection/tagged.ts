/** A sample of a corpus as the tagger reads it: word by word, in context. */
import type { SampledTrace } from "../grams/sample.js";
import type { TaggerModel } from "../tagger/model.js";
import { startThread } from "../threads.js";
import { joinTagged, type TaggedWords } from "./taggedWords.js";
import type { TagReplies, TagRequest, TagSetup } from "./tagWorker.js";

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
