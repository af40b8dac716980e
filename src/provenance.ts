/** What a lexicon says of its making, and the options read back from it. */

import type { Encoder } from "./encoder/encoder.js";
import type { Corpus } from "./grams/corpus.js";
import type { Lexicon, Provenance } from "./lexicon/lexicon.js";
import { DEFAULTS, type MineOptions } from "./options.js";
import { rounded } from "./statistics/rounding.js";
import type { TaggerModel } from "./tagger/model.js";
import type { TraceOptions } from "./traces/trace.js";

/** What decided, and which share of the planning it found. */
interface Judges {
  encoder: Encoder;
  tagger: TaggerModel;
  coverage: number | null;
  prior?: Provenance["prior"];
}

/** Only what can change the result: no threads, paths or memory budget. */
export function provenanceOf(
  corpus: Corpus,
  floor: number,
  traces: TraceOptions,
  { preset, ...options }: MineOptions,
  { encoder, tagger, coverage, prior }: Judges,
  version: string,
): Provenance {
  const { seed, ...rest } = options;
  return {
    tool: "sg-mine",
    version,
    preset,
    options: {
      ...rest,
      minProblems: floor,
      all: traces.all ?? false,
      textField: traces.textField ?? null,
      problemField: traces.problemField ?? null,
      successField: traces.successField ?? null,
      successThreshold: traces.successThreshold ?? null,
    },
    seed,
    encoder: { name: encoder.name, dimension: encoder.dimension, sha256: encoder.sha256 },
    tagger: {
      name: tagger.name,
      version: tagger.version,
      sha256: tagger.sha256,
      coverage: coverage === null ? null : rounded(coverage),
    },
    ...(prior && { prior }),
    input: {
      digest: corpus.digest,
      records: corpus.records,
      successful: corpus.successful,
      skipped: corpus.skipped,
    },
    corpus: { problems: corpus.problems, traces: corpus.successful, words: corpus.words },
  };
}

/** The options that a lexicon was mined with, from its provenance. `minProblems` is the number that "auto" came to. */
export function optionsOf({ provenance }: Pick<Lexicon, "provenance">): { mining: MineOptions; traces: TraceOptions } {
  const { options, preset, seed } = provenance;
  const mining = { ...DEFAULTS, seed, preset: preset === "paper" ? "paper" : "default" } as MineOptions;
  for (const key of Object.keys(DEFAULTS) as (keyof MineOptions)[])
    if (key in options) Object.assign(mining, { [key]: options[key] });
  const given = <T>(key: string) => (options[key] ?? undefined) as T | undefined;
  return {
    mining,
    traces: {
      all: given("all"),
      textField: given("textField"),
      problemField: given("problemField"),
      successField: given("successField"),
      successThreshold: given("successThreshold"),
    },
  };
}
