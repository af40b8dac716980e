/**
 * A lexicon and the traces it was mined from in; out how far it can be trusted: whether it comes back from other
 * problems and other options, what it marks in problems it was not chosen from, and the controls of HICRA.
 */

import type { Encoder } from "../encoder/encoder.js";
import { InputError } from "../errors.js";
import { packed } from "../grams/corpus.js";
import { gramKey } from "../lexicon/diff.js";
import type { Lexicon } from "../lexicon/lexicon.js";
import { wordsOf } from "../lexicon/match.js";
import type { MineOptions } from "../options.js";
import { optionsOf } from "../provenance.js";
import { candidatesOf } from "../selection/candidates.js";
import { clusterGrams, clusterRows } from "../selection/cluster.js";
import { coverageOfGrams, isDue } from "../selection/coverage.js";
import { gramsOfPrior, isKnown, type Prior } from "../selection/prior.js";
import { tagSample } from "../selection/tagged.js";
import { planningNodes } from "../selection/uses.js";
import { rounded } from "../statistics/rounding.js";
import type { Batch } from "../traces/batch.js";
import { type Drop, dropOf } from "./drop.js";
import type { PlacedTrace } from "./examples.js";
import { placeboOf } from "./placebo.js";
import { type RecountTools, recount } from "./recount.js";
import { marksOf, sampleOf } from "./sample.js";
import { type Choice, chooseFrom, spread, type Universe, universeOf } from "./selection.js";
import { type HeldOut, heldOutOf, type Stability, stabilityOf, type Variant, variantOf } from "./stability.js";

export interface AuditOptions {
  resamples: number;
  seed: number;
}

export interface AuditTools extends RecountTools {
  encoder: Encoder;
  /** the lexicon that this one was mined with */
  prior?: Prior;
  /** for the sensitivity table */
  otherEncoder?: Encoder;
  onStage?: (stage: string) => void;
}

export interface Audit {
  entries: number;
  input: {
    problems: number;
    traces: number;
    /** whether these are the very records that the lexicon was mined from */
    same: boolean;
  };
  /** Jaccard of the lexicon with what mining these traces gives now; this and the next three for the default preset only */
  reproduced?: number;
  stability?: Stability;
  sensitivity?: Variant[];
  heldOut?: HeldOut;
  /** of the words that plan here, the share that the lexicon's grams cover, and what it was when it was mined */
  coverage?: { here: number | null; mined: number | null; due: boolean };
  placebo: {
    /** in the order of the entries; lower-case spellings */
    grams: string[];
    unmatched: number;
    /** its occurrences / the entries' */
    occurrences: number;
    /** share of words that it marks in the sample, and how many of these the lexicon marks too */
    share: number;
    shared: number;
  };
  drop: Drop;
}

/** Traces kept for what is measured on texts. */
const SAMPLE = 1000;
const DRAWS = 20;
const FOLDS = 5;
const MOST_WORDS = 8;
/** Weight by which the sensitivity table moves the threshold. */
const NUDGE = 0.1;

/**
 * @param read the traces' records, and the traces with their places; each is read once
 * @throws InputError when the traces hold none of the lexicon's grams
 */
export async function audit(
  lexicon: Lexicon,
  read: { batches: () => AsyncIterable<Batch>; traces: () => AsyncIterable<PlacedTrace> },
  { resamples, seed }: AuditOptions,
  tools: AuditTools,
): Promise<Audit> {
  const { encoder, prior, onStage = () => {} } = tools;
  const { mining, traces } = optionsOf(lexicon);
  const floor = Number(mining.minProblems);
  onStage("counting");
  return recount(
    read.batches(),
    traces,
    // one word longer and half as frequent, for the sensitivity table and for what a resample lifts above the floor
    {
      maxN: Math.min(MOST_WORDS, mining.maxN + 1),
      floor: Math.max(2, Math.ceil(floor / 2)),
      others: gramsOfPrior(prior),
    },
    tools,
    async (counts): Promise<Audit> => {
      const { corpus, counted, counter } = counts;
      if (corpus.successful === 0)
        throw new InputError("no trace to audit the lexicon with; were they mined with --all?");
      onStage("controls");
      const sample = await sampleOf(read.traces(), SAMPLE);
      const marks = marksOf(lexicon.entries, sample);
      if (marks.share === 0) throw new InputError("none of the lexicon's grams stands in these traces; is it theirs?");
      const originals = lexicon.entries.map(({ gram, occurrences }) => ({
        words: wordsOf(gram) ?? [gram],
        occurrences,
      }));
      const placebo = placeboOf(originals, counted, mining.maxN, seed);
      const spellings = await counter.spellings(packed(placebo.grams));
      const spelt = spellings.map((of) => of[0].text.toLowerCase());
      const fake = marksOf(
        spelt.map((gram) => ({ gram, spellings: [gram] })),
        sample,
      );
      const audit: Audit = {
        entries: lexicon.entries.length,
        input: {
          problems: corpus.problems,
          traces: corpus.successful,
          same: corpus.digest === lexicon.provenance.input.digest,
        },
        placebo: {
          grams: spelt,
          unmatched: placebo.unmatched,
          occurrences: placebo.occurrences,
          share: rounded(fake.share),
          shared: rounded(sharedWords(fake.marked, marks.marked)),
        },
        drop: dropOf(lexicon.entries, sample, DRAWS, seed),
      };
      if (mining.preset === "paper") return audit;

      onStage("tagging");
      const tagged = await tagSample(await counter.sample(), counted.words, tools.tagger, tools.threads);
      const mined = lexicon.provenance.tagger?.coverage ?? null;
      const here = coverageOfGrams(lexicon.grams, tagged, counted.words, tools.tagger);
      onStage("clustering");
      const nodes = planningNodes(counted, tagged, mining.maxN);
      const grams = candidatesOf(counted, mining, nodes, (gram) => isKnown(gram, floor, prior));
      const clustered = await clusterGrams(grams, encoder, mining, tools);
      const embed = (texts: string[]) => encoder.embed(texts);
      const universe = await universeOf(
        counts,
        tagged,
        { minN: mining.minN, maxN: Math.min(MOST_WORDS, mining.maxN + 1) },
        clustered,
        embed,
        prior,
      );
      const { minN, maxN, maxPerTrace, minWeight, maxEntries } = mining;
      const choice: Choice = { minN, maxN, maxPerTrace, minWeight, maxEntries, floor };
      const once = new Uint8Array(universe.problems).fill(1);
      const reference = chooseFrom(universe, once, choice);
      const now = new Set(reference.map((index) => gramKey(universe.grams[index].text)));
      const both = lexicon.grams.filter((gram) => now.has(gramKey(gram))).length;
      onStage("resampling");
      const stability = stabilityOf(universe, choice, reference, resamples, seed);
      const heldOut = heldOutOf(universe, choice, reference, FOLDS, seed);
      onStage("other options");
      const variants: Variant[] = [];
      const add = (name: string, changed: Partial<Choice>, of: Universe = universe) =>
        variants.push(variantOf(name, reference, chooseFrom(of, once, { ...choice, ...changed })));
      const reclustered = async (options: MineOptions, by = clustered, rowsOf = embed) => ({
        ...universe,
        clusterOf: await spread(
          universe.grams,
          { ...by, ...(await clusterRows(by.rows, by.dimension, options, tools.threads)) },
          rowsOf,
        ),
      });
      for (const n of [minN + 1, minN + 2].filter((n) => n <= maxN)) add(`shortest gram ${n}`, { minN: n });
      for (const n of [maxN - 1, maxN + 1].filter((n) => n >= minN && n <= MOST_WORDS))
        add(`longest gram ${n}`, { maxN: n });
      for (const n of [...new Set([Math.max(2, Math.ceil(floor / 2)), floor * 2])].filter((n) => n !== floor))
        add(`problems ${n}`, { floor: n });
      for (const shift of [-NUDGE, NUDGE]) add(`threshold ${shift < 0 ? "−" : "+"} ${NUDGE} in weight`, { shift });
      for (const clusters of [Math.ceil(clustered.clusters / 2), clustered.clusters * 2])
        add(`clusters ${clusters}`, {}, await reclustered({ ...mining, clusters }));
      add(`seed ${mining.seed + 1}`, {}, await reclustered({ ...mining, seed: mining.seed + 1 }));
      if (tools.otherEncoder) {
        const other = tools.otherEncoder;
        const by = await clusterGrams(grams, other, mining, tools);
        add(`encoder ${other.name}`, {}, await reclustered(mining, by, (texts) => other.embed(texts)));
      }
      return {
        ...audit,
        reproduced: rounded(both / (lexicon.grams.length + now.size - both)),
        stability,
        sensitivity: variants,
        heldOut,
        coverage: { here: here === null ? null : rounded(here), mined, due: isDue(here, mined) },
      };
    },
  );
}

function sharedWords(of: readonly Uint8Array[], other: readonly Uint8Array[]): number {
  let [all, shared] = [0, 0];
  of.forEach((bits, t) => {
    bits.forEach((bit, w) => {
      all += bit;
      shared += bit & other[t][w];
    });
  });
  return all === 0 ? 0 : shared / all;
}
