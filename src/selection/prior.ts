/** Another lexicon as evidence: what a small corpus says too seldom to be believed, others have said before. */
import { createHash } from "node:crypto";
import { InputError } from "../errors.js";
import type { Lexicon } from "../lexicon/lexicon.js";
import { readFullLexicon } from "../lexicon/read.js";
import { countedWords } from "../text/words.js";
import type { CountedGram } from "./candidates.js";

export interface Prior {
  /** of its grams and weights alone: the same whatever its file is called and says beside them */
  sha256: string;
  /** a gram's words joined by spaces → its weight */
  weights: ReadonlyMap<string, number>;
}

/** Reads a lexicon as a prior; `@reference` is ours. @throws InputError for what is no lexicon, or one whose weights nobody measured */
export async function readPrior(path: string): Promise<Prior> {
  const lexicon = await readFullLexicon(path);
  const { tagger, preset } = lexicon.provenance;
  if (tagger === undefined || preset === "paper")
    throw new InputError(
      `${path}: no prior: its weights are no shares of uses that plan (${tagger ? "mined with --preset paper" : "mined by a version before 0.2"}); ` +
        "mine it anew, or name @reference",
    );
  return priorOf(lexicon);
}

/** A lexicon's grams and weights; of two spellings of one gram the better entry's. */
export function priorOf({ entries }: Pick<Lexicon, "entries">): Prior {
  const weights = new Map<string, number>();
  for (const { gram, weight } of entries) {
    const text = countedWords(gram).join(" ");
    if (text !== "" && !weights.has(text)) weights.set(text, weight);
  }
  return priorFrom([...weights]);
}

/** The same from the pairs, in whatever order. */
export function priorFrom(pairs: readonly (readonly [string, number])[]): Prior {
  const sorted = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
  const sha256 = createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
  return { sha256, weights: new Map(sorted) };
}

/** Its grams as words, for the counter. */
export const gramsOfPrior = (prior: Prior | undefined): string[][] =>
  prior ? [...prior.weights.keys()].map((text) => text.split(" ")) : [];

/** Grams stand in enough problems, or in the prior: its grams are moves elsewhere, so that one use is no accident. */
export const isKnown = ({ text, usage }: Pick<CountedGram, "text" | "usage">, floor: number, prior?: Prior): boolean =>
  usage.problems >= floor || (prior?.weights.has(text) ?? false);

/** Each gram's weight in the prior; undefined where it is not in there, empty where there is no prior. */
export const priorWeights = (grams: readonly Pick<CountedGram, "text">[], prior?: Prior): (number | undefined)[] =>
  prior ? grams.map(({ text }) => prior.weights.get(text)) : [];
