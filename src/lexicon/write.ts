/** A lexicon out: format 1 with its keys in their order, two-space indentation, a newline at the end. */
import type { Cluster, Entry, Lexicon, Provenance } from "./lexicon.js";

/** The bytes of a lexicon file: the same for equal lexicons, in whatever order their keys were set. */
export function serialise(lexicon: Lexicon): string {
  const ordered: Lexicon = {
    format: lexicon.format,
    grams: lexicon.grams,
    entries: lexicon.entries.map(orderEntry),
    clusters: lexicon.clusters.map(orderCluster),
    provenance: orderProvenance(lexicon.provenance),
  };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

/** The bare JSON array of grams (`--format list`). */
export const serialiseList = (grams: readonly string[]): string => `${JSON.stringify(grams, null, 2)}\n`;

/** An entry a line, as JSON (`--format jsonl`). */
export const serialiseEntries = ({ entries }: Lexicon): string =>
  entries.map((entry) => `${JSON.stringify(orderEntry(entry))}\n`).join("");

// JSON.stringify leaves out what is undefined, so `position` stands only where it is set.
const orderEntry = (entry: Entry): Entry => ({
  gram: entry.gram,
  spellings: entry.spellings,
  function: entry.function,
  weight: entry.weight,
  cluster: entry.cluster,
  position: entry.position,
  problems: entry.problems,
  traces: entry.traces,
  occurrences: entry.occurrences,
  perTrace: entry.perTrace,
  clauseInitial: entry.clauseInitial,
});

const orderCluster = (cluster: Cluster): Cluster => ({
  id: cluster.id,
  label: cluster.label,
  function: cluster.function,
  size: cluster.size,
  documentFrequency: cluster.documentFrequency,
  perTrace: cluster.perTrace,
  grams: cluster.grams,
});

const orderProvenance = ({
  tool,
  version,
  preset,
  options,
  seed,
  encoder,
  tagger,
  prior,
  input,
  corpus,
}: Provenance): Provenance => ({
  tool,
  version,
  preset,
  options: sorted(options),
  seed,
  encoder: { name: encoder.name, dimension: encoder.dimension, sha256: encoder.sha256 },
  ...(tagger && {
    tagger: { name: tagger.name, version: tagger.version, sha256: tagger.sha256, coverage: tagger.coverage },
  }),
  ...(prior && { prior: { sha256: prior.sha256, entries: prior.entries } }),
  input: {
    digest: input.digest,
    records: input.records,
    successful: input.successful,
    skipped: sorted(input.skipped),
  },
  corpus: { problems: corpus.problems, traces: corpus.traces, words: corpus.words },
});

const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
