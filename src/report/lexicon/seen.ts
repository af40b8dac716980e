import { FUNCTIONS } from "../../lexicon/lexicon.js";
import { createMatcher, type GramEntry, type Occurrence } from "../../lexicon/match.js";
import type { TaggerModel } from "../../tagger/model.js";
import { spansOf } from "../../tagger/spans.js";
import { createTagger } from "../../tagger/tagger.js";
import type { Trace } from "../../traces/trace.js";
import type { SeenTrace } from "./evidence.js";

/** Reads traces with the tagger: their planning spans, each with the entry that it belongs to, and the words of both. */
export function createSeer(
  entries: readonly GramEntry[],
  model: TaggerModel,
): (trace: Trace, place: string) => SeenTrace {
  const matcher = createMatcher(entries);
  const tagger = createTagger(model);
  return ({ problem, success, text }, place) => {
    const occurrences = matcher.find(text);
    const { words } = matcher;
    const covered = new Uint8Array(words.length);
    for (const { first, last } of occurrences) covered.fill(1, first, last + 1);
    let [planningWords, coveredWords, word, from] = [0, 0, 0, 0];
    const spans = spansOf(model, tagger.read(text)).map(({ start, end, function: purpose }) => {
      while (word < words.length && words.start[word] < start) word++;
      for (; word < words.length && words.start[word] < end; word++) {
        planningWords++;
        coveredWords += covered[word];
      }
      while (from < occurrences.length && occurrences[from].end <= start) from++;
      const kind = purpose === null ? null : FUNCTIONS[purpose];
      return { start, end, function: kind, entry: entryOf(occurrences, from, start, end) };
    });
    return { place, problem, success, text, spans, words: words.length, planningWords, coveredWords };
  };
}

/** The entry that has most of the span, at least with half of itself; -1: none. */
function entryOf(occurrences: readonly Occurrence[], from: number, start: number, end: number): number {
  let [best, most] = [-1, 0];
  for (let i = from; i < occurrences.length && occurrences[i].start < end; i++) {
    const { start: left, end: right, entry } = occurrences[i];
    const common = Math.min(end, right) - Math.max(start, left);
    if (common > most && 2 * common >= right - left) [best, most] = [entry, common];
  }
  return best;
}
