/** The library's face: what a program needs to mine a lexicon, to read one, to find its grams, and to follow them in training. */
export { maximalDeviation } from "./dynamics/deviation.js";
export { createMeasurer, curvesOf } from "./dynamics/dynamics.js";
export { type Encoder, type EncoderOptions, openEncoder } from "./encoder/encoder.js";
export { EncoderError } from "./encoder/errors.js";
export type { Corpus } from "./grams/corpus.js";
export * from "./lexicon/lexicon.js";
export { createMatcher, type GramEntry, type Matcher, type Occurrence } from "./lexicon/match.js";
export { type LexiconFile, readFullLexicon, readLexicon } from "./lexicon/read.js";
export { serialise, serialiseList } from "./lexicon/write.js";
export { type Mined, type MineTools, mine, STAGES, type Stage } from "./mine.js";
export { type MineFilesOptions, mineFiles } from "./mineFiles.js";
export { DEFAULTS, type MineOptions, PAPER } from "./options.js";
export { dynamicsReport } from "./report/dynamics/page.js";
export { highlightCss, highlightHtml, highlightLegend } from "./report/highlight.js";
export { type Prior, readPrior } from "./selection/prior.js";
export { readModel as readTagger, type TaggerModel } from "./tagger/model.js";
export { loadTokenizer, type Tokenizer } from "./tokenizer/tokenizer.js";
export {
  type Batch,
  type Block,
  InputError,
  NothingError,
  type PlacedRecord,
  type Records,
  readSources,
  recordsOf,
  type SkipReason,
  type SourceOptions,
  type Trace,
  type TraceOptions,
  type TracesOfRecord,
  tracesOf,
} from "./traces/traces.js";
export { createGroups, type GroupCounts, type Groups, hicraAdvantage, type Normalisation } from "./trainers/credit.js";
