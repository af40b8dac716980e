/** Why a phrase is in a lexicon, or why not: its counts, each check of mining with the value it met, what is near it. */

import type { Encoder } from "../encoder/encoder.js";
import { InputError } from "../errors.js";
import type { Usage } from "../grams/corpus.js";
import { usageOf } from "../grams/usage.js";
import { gramKey } from "../lexicon/diff.js";
import type { Cluster, Entry, Lexicon } from "../lexicon/lexicon.js";
import { wordsOf } from "../lexicon/match.js";
import type { MineOptions } from "../options.js";
import { candidatesOf, isSparse } from "../selection/candidates.js";
import { choose, LEAST_BEGINS, LEAST_BOUNDS, LEAST_WEIGHT } from "../selection/choose.js";
import { clusterGrams } from "../selection/cluster.js";
import { type Judged, judge } from "../selection/judge.js";
import { byClusterFrequency, keptClusters } from "../selection/paper.js";
import { isKnown, type Prior, priorWeights } from "../selection/prior.js";
import { tagSample } from "../selection/tagged.js";
import { LEAST_PLAN, planningNodes, usesOf } from "../selection/uses.js";
import { rounded } from "../statistics/rounding.js";
import { countedWords } from "../text/words.js";
import type { PhraseUse } from "./examples.js";
import type { Recount, RecountTools } from "./recount.js";

/** One condition for being an entry; checks come in the order in which mining makes them. */
export interface Check {
  name: string;
  value: number | string;
  needs: string;
  passed: boolean;
}

/** What the uses of a gram say, beside those of the others. */
export interface Signal {
  name: string;
  value: number;
  /** share of the judged grams with a smaller value */
  above: number;
}

export interface Explanation {
  phrase: string;
  words: string[];
  /** its entry, with its rank from 1 */
  entry?: Entry & { rank: number };
  cluster?: Cluster;
  /** entries that hold the phrase, and that it holds */
  longer: string[];
  shorter: string[];
  /** entries of the nearest vectors */
  neighbours: { gram: string; cosine: number }[];
  /** present when traces were given, and what follows too */
  use?: PhraseUse;
  checks: Check[];
  signals: Signal[];
  /** what let it in or kept it out, in a sentence */
  rule: string;
  /** where these traces and the lexicon say different things, in a sentence */
  contradicts?: string;
}

const NEAREST = 8;

/** What the lexicon alone tells of a phrase. @throws InputError for a phrase that can never match */
export function lookUp(lexicon: Lexicon, phrase: string): Explanation {
  const matched = wordsOf(phrase);
  if (!matched)
    throw new InputError(
      `${JSON.stringify(phrase)}: no gram, for it has no word or a clause ends inside it; give some words in a row`,
    );
  const key = matched.join(" ");
  const keys = lexicon.entries.map((entry) => ` ${gramKey(entry.gram)} `);
  const at = lexicon.entries.findIndex(
    (entry, i) => keys[i] === ` ${key} ` || entry.spellings.some((spelling) => gramKey(spelling) === key),
  );
  const entry = at < 0 ? undefined : { rank: at + 1, ...lexicon.entries[at] };
  const others = (test: (other: string) => boolean) =>
    lexicon.entries.filter((_, i) => i !== at && test(keys[i])).map(({ gram }) => gram);
  return {
    phrase,
    words: countedWords(phrase),
    ...(entry && { entry, cluster: lexicon.clusters.find(({ id }) => id === entry.cluster) }),
    longer: others((other) => other.includes(` ${key} `)),
    shorter: others((other) => ` ${key} `.includes(other)),
    neighbours: [],
    checks: [],
    signals: [],
    rule: entry
      ? `an entry, at rank ${entry.rank} of ${lexicon.entries.length} with weight ${entry.weight}`
      : "no entry; name the traces to see what kept it out",
  };
}

/** The entries nearest to the phrase. @param rows vectors of the phrase and then of every entry, of length 1 */
export function nearest(
  { entries }: Lexicon,
  phrase: string,
  rows: Float32Array,
  dimension: number,
): Explanation["neighbours"] {
  const key = gramKey(phrase);
  return entries
    .map(({ gram }, i) => ({ gram, cosine: Math.round(cosine(rows, 0, rows, i + 1, dimension) * 1000) / 1000 }))
    .filter(({ gram }) => gramKey(gram) !== key)
    .sort((a, b) => b.cosine - a.cosine || (a.gram < b.gram ? -1 : 1))
    .slice(0, NEAREST);
}

/** Of rows of length 1. */
function cosine(a: Float32Array, i: number, b: Float32Array, j: number, dimension: number): number {
  let sum = 0;
  for (let d = 0; d < dimension; d++) sum += a[i * dimension + d] * b[j * dimension + d];
  return sum;
}

/** The checks that mining these traces makes on the phrase, up to the first that it fails. */
export async function checksOf(
  words: readonly string[],
  use: PhraseUse,
  { counted, corpus, counter }: Recount,
  floor: number,
  options: MineOptions,
  { encoder, tagger, prior, threads }: Pick<RecountTools, "tagger" | "threads"> & { encoder: Encoder; prior?: Prior },
): Promise<Pick<Explanation, "checks" | "signals" | "rule">> {
  const checks: Check[] = [];
  const signals: Signal[] = [];
  const out = (rule: string) => ({ checks, signals, rule });
  const check = (name: string, value: number | string, needs: string, passed: boolean) => {
    checks.push({ name, value: typeof value === "number" ? rounded(value) : value, needs, passed });
    return passed;
  };
  const { minN, maxN, maxPerTrace } = options;
  if (!check("words", words.length, `${minN} to ${maxN}`, words.length >= minN && words.length <= maxN))
    return out(`kept out by its length: grams of ${minN} to ${maxN} words are mined`);
  const text = words.join(" ");
  const inPrior = prior?.weights.get(text);
  const usage = usageIn(counted, words);
  const needed = inPrior === undefined ? `at least ${floor}` : "any, for the prior has it";
  const known = usage !== undefined && isKnown({ text, usage }, floor, prior);
  if (!check("problems", usage?.problems ?? use.problems, needed, known) || !usage)
    return out(`kept out by its document frequency: it stands in ${use.problems} of ${corpus.problems} problems`);
  const perTrace = usage.occurrences / usage.traces;
  if (
    maxPerTrace !== null &&
    !check("occurrences per trace", perTrace, `at most ${maxPerTrace}`, isSparse({ usage }, options))
  )
    return out("kept out for standing too often in one trace (--max-per-trace)");
  const paper = options.preset === "paper";
  const tagged = paper ? undefined : await tagSample(await counter.sample(), counted.words, tagger, threads);
  const nodes = tagged && planningNodes(counted, tagged, maxN);
  const candidates = candidatesOf(counted, options, nodes, (gram) => isKnown(gram, floor, prior));
  const index = candidates.findIndex((gram) => gram.text === text);
  if (!tagged) {
    const all = await clusterGrams(candidates, encoder, options, { threads });
    const order = await byClusterFrequency(all, counter);
    const own = all.clusterOf[index];
    const at = order.findIndex(({ cluster }) => cluster === own);
    const kept = keptClusters(options, all.clusters);
    const frequency = `Cluster DF ${(order[at].traces / corpus.successful).toFixed(4)}`;
    return check("rank of its cluster by document frequency", at + 1, `at most ${kept}`, at < kept)
      ? out(`let in with its cluster: ${frequency}, rank ${at + 1} of ${all.clusters}`)
      : out(`kept out with its cluster: ${frequency}, rank ${at + 1} of ${all.clusters}, of which ${kept} are kept`);
  }
  const [alone] = judge([0], usesOf([{ path: pathIn(counted, words)! }], tagged), tagged, [0]);
  if (!check("uses that the tagger has read", alone.uses, "at least 1", alone.uses > 0))
    return out("kept out for want of evidence: none of its uses is among the traces that the tagger has read");
  if (!check("share of its uses in which all words plan", alone.wholly, `at least ${LEAST_PLAN}`, index >= 0))
    return out(
      `kept out by its uses: of ${alone.uses} that the tagger has read, ${percent(alone.wholly)} plan as a whole`,
    );

  const { clusterOf } = await clusterGrams(candidates, encoder, options, { threads });
  const uses = usesOf(candidates, tagged);
  const judged = judge([...candidates.keys()], uses, tagged, clusterOf, { prior: priorWeights(candidates, prior) });
  const own = judged[index];
  const signal = (name: string, of: (one: Judged) => number) =>
    signals.push({
      name,
      value: rounded(of(own)),
      above: rounded(judged.filter((other) => of(other) < of(own)).length / judged.length),
    });
  signal("uses that the tagger has read", ({ uses }) => uses);
  signal("share of these that plan", ({ share }) => share);
  const drawn = `its cluster${inPrior === undefined ? "" : ` and the prior's ${inPrior}`}`;
  signal(`the same, drawn towards ${drawn}: its weight`, ({ weight }) => weight);
  signal("share of its planning uses in which a move begins with it", ({ begins }) => begins);
  signal("share of its planning uses in which a move ends with it", ({ ends }) => ends);
  const sum = `${percent(own.share)} of its ${own.uses} uses plan (${percent(own.weight)} with ${inPrior === undefined ? "its cluster's" : "its cluster's and the prior's"}); of what plans, ${percent(own.begins)} begins a move and ${percent(own.ends)} ends one`;
  if (!check("weight of a planning move", own.weight, `at least ${LEAST_WEIGHT}`, own.weight >= LEAST_WEIGHT))
    return out(`kept out by its weight: ${sum}`);
  if (!check("share that begins a move", own.begins, `at least ${LEAST_BEGINS}`, own.begins >= LEAST_BEGINS))
    return out(`kept out as a fragment: ${sum}`);
  const bounds = own.begins + own.ends;
  if (!check("shares that begin and that end a move", bounds, `at least ${LEAST_BOUNDS}`, bounds >= LEAST_BOUNDS))
    return out(`kept out as a fragment: ${sum}`);
  const moves = choose(judged, uses, tagged, { most: options.maxEntries });
  const place = moves.findIndex((move) => move.index === index);
  if (!check("place among the grams that add to the list", place + 1, "one", place >= 0))
    return out(`kept out for adding too little to what other entries mark, or words that do not plan: ${sum}`);
  const { weight } = moves[place];
  if (!check("weight", weight, `at least ${options.minWeight}`, weight >= options.minWeight))
    return out("kept out by its weight (--min-weight)");
  return out(`let in by its uses: ${sum}; place ${place + 1} of ${moves.length} by what they add`);
}

/**
 * What the traces say of a phrase that the lexicon does not, after `checksOf`; undefined where they agree.
 * @param digest of the records that were read
 */
export function contradictionOf(
  { entry, use, checks }: Explanation,
  { provenance }: Lexicon,
  digest: string,
): string | undefined {
  const same = digest === provenance.input.digest;
  const why = same
    ? "they are the traces that it was mined from, so another version mined it, or it was edited"
    : "they are not the traces that it was mined from";
  const letIn = checks.every(({ passed }) => passed);
  if (entry && !letIn) return `it is an entry of the lexicon, and these traces keep it out: ${why}`;
  if (!entry && letIn) return `it is no entry of the lexicon, and these traces let it in: ${why}`;
  if (entry && use && !same && entry.problems !== use.problems)
    return `the lexicon has it in ${entry.problems} problems, these traces in ${use.problems}: ${why}`;
  return undefined;
}

/** The word numbers of a gram; undefined for a word that no gram has. */
function pathIn({ words: vocabulary }: Recount["counted"], words: readonly string[]): number[] | undefined {
  const path = words.map((word) => vocabulary.indexOf(word));
  return path.includes(-1) ? undefined : path;
}

/** The counts of a gram; undefined when it does not reach the floor. */
function usageIn(counted: Recount["counted"], words: readonly string[]): Usage | undefined {
  let node = 0;
  for (const word of pathIn(counted, words) ?? [-1]) {
    node = counted.trie.find(node, word);
    if (node < 0) return undefined;
  }
  return usageOf(counted.trie, node);
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
