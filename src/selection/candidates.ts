import type { Grams, Usage } from "../grams/corpus.js";
import { pathOf, usageOf } from "../grams/usage.js";
import type { MineOptions } from "../options.js";

/** A counted gram of the asked length. */
export interface CountedGram {
  words: readonly string[];
  /** its words joined by spaces: its name wherever order matters */
  text: string;
  /** its word numbers */
  path: readonly number[];
  usage: Usage;
}

/** Among the nodes (all of them) the grams of minN to maxN words that pass `keep`, in the order of their text. */
export function gramsOf(
  { trie, words }: Grams,
  minN: number,
  maxN: number,
  keep: (gram: CountedGram) => boolean,
  nodes: ArrayLike<number> = Array.from({ length: trie.size - 1 }, (_, i) => i + 1),
): CountedGram[] {
  const found: CountedGram[] = [];
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i];
    const path = pathOf(trie, node);
    if (path.length < minN || path.length > maxN) continue;
    const spelled = path.map((word) => words[word]);
    const gram = { words: spelled, text: spelled.join(" "), path, usage: usageOf(trie, node) };
    if (keep(gram)) found.push(gram);
  }
  return found.sort((a, b) => (a.text < b.text ? -1 : 1));
}

/**
 * The grams that mining with these options judges, the strongest first.
 * @param nodes those that plan at times; all of them under the paper's preset
 * @param isKnown whether a gram is known well enough to be judged, where more have been counted
 */
export function candidatesOf(
  counted: Grams,
  options: Pick<MineOptions, "minN" | "maxN" | "maxPerTrace">,
  nodes?: ArrayLike<number>,
  isKnown: (gram: CountedGram) => boolean = () => true,
): CountedGram[] {
  const keep = (gram: CountedGram) => isKnown(gram) && isSparse(gram, options);
  return strongestFirst(gramsOf(counted, options.minN, options.maxN, keep, nodes));
}

/** Whether a gram keeps to the most occurrences per trace. */
export const isSparse = ({ usage }: Pick<CountedGram, "usage">, { maxPerTrace }: Pick<MineOptions, "maxPerTrace">) =>
  maxPerTrace === null || usage.occurrences / usage.traces <= maxPerTrace;

/** The order in which grams shape clusters and are judged: by their problems. Sorts in place. */
export const strongestFirst = <G extends Pick<CountedGram, "text" | "usage">>(grams: G[]): G[] =>
  grams.sort((a, b) => b.usage.problems - a.usage.problems || (a.text < b.text ? -1 : 1));
