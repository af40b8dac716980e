/** Why a phrase is in a lexicon, or why not: its counts, each check of mining with the value it met, what is near it. */

import type { Encoder } from "../encoder/encoder.js";
import { InputError } from "../errors.js";
import type { Usage } from "../grams/corpus.js";
import { usageOf } from "../grams/usage.js";
import { gramKey } from "../lexicon/diff.js";
import { cosine } from "../lexicon/functions.js";
import type { Cluster, Entry, Lexicon } from "../lexicon/lexicon.js";
import { wordsOf } from "../lexicon/match.js";
import type { MineOptions } from "../options.js";
import { candidatesOf, isSparse } from "../selection/candidates.js";
import { chooseEntries, endsInArticle, isCandidate, standsAlone, THRESHOLD } from "../selection/choose.js";
import { clusterGrams } from "../selection/cluster.js";
import { byClusterFrequency, keptClusters } from "../selection/paper.js";
import { opensClauses } from "../selection/signature.js";
import { rounded } from "../statistics/rounding.js";
import { createWords, normalise, scan } from "../text/words.js";
import type { PhraseUse } from "./examples.js";
import type { Recount, RecountTools } from "./recount.js";

/** One condition for being an entry; checks come in the order in which mining makes them. */
export interface Check {
  name: string;
  value: number | string;
  needs: string;
  passed: boolean;
}

/** A signal that has no threshold of its own but moves the log odds. */
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
    words: minedWords(phrase),
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

/** The words as mining counts them: of scripts without spaces it takes words where matching takes characters. */
function minedWords(phrase: string): string[] {
  const words = createWords(64);
  scan(phrase, words);
  return Array.from({ length: words.length }, (_, i) => normalise(phrase.slice(words.start[i], words.end[i])));
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

/** The checks that mining these traces makes on the phrase, up to the first that it fails. */
export async function checksOf(
  words: readonly string[],
  use: PhraseUse,
  { counted, corpus, counter }: Recount,
  floor: number,
  options: MineOptions,
  { encoder, moveModel, threads }: Pick<RecountTools, "moveModel" | "threads"> & { encoder: Encoder },
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
  const usage = usageIn(counted, words);
  if (!check("problems", usage?.problems ?? use.problems, `at least ${floor}`, usage !== undefined) || !usage)
    return out(`kept out by its document frequency: it stands in ${use.problems} of ${corpus.problems} problems`);
  const perTrace = usage.occurrences / usage.traces;
  if (
    maxPerTrace !== null &&
    !check("occurrences per trace", perTrace, `at most ${maxPerTrace}`, isSparse({ usage }, options))
  )
    return out("kept out for standing too often in one trace (--max-per-trace)");
  const text = words.join(" ");
  const clustered = () => clusterGrams(candidatesOf(counted, options), encoder, options, { threads });
  if (options.preset === "paper") {
    const all = await clustered();
    const order = await byClusterFrequency(all, counter);
    const own = all.clusterOf[all.grams.findIndex((gram) => gram.text === text)];
    const at = order.findIndex(({ cluster }) => cluster === own);
    const kept = keptClusters(options, all.clusters);
    const frequency = `Cluster DF ${(order[at].traces / corpus.successful).toFixed(4)}`;
    return check("rank of its cluster by document frequency", at + 1, `at most ${kept}`, at < kept)
      ? out(`let in with its cluster: ${frequency}, rank ${at + 1} of ${all.clusters}`)
      : out(`kept out with its cluster: ${frequency}, rank ${at + 1} of ${all.clusters}, of which ${kept} are kept`);
  }
  const gram = { words, text, usage };
  if (!check("share that opens a clause", usage.opening, "at least 0.5", opensClauses(usage)))
    return out("kept out as a fragment: most of its occurrences stand inside a clause");
  if (!check("last word", words[words.length - 1], "no article", !endsInArticle(gram)))
    return out("kept out for ending in an article, which belongs to what follows");
  if (words.length === 1) {
    const alone = usage.initial + usage.beforeComma - 1;
    if (
      !check(
        "begins a sentence and is set off by a comma: sum of shares, less 1",
        alone,
        "at least 0.5",
        standsAlone(gram),
      )
    )
      return out("kept out as a single word that does not stand alone before a comma");
  }
  if (!isCandidate(gram)) return out("kept out: not a unit that mining judges");

  const { grams, clusterOf } = await clustered();
  const { judged, moves } = chooseEntries(grams, clusterOf, moveModel, options);
  const index = grams.findIndex((candidate) => candidate.text === text);
  const own = judged[index];
  const signal = (name: string, of: (usage: Usage) => number) =>
    signals.push({
      name,
      value: rounded(of(usage)),
      above: rounded(grams.filter((other) => of(other.usage) < of(usage)).length / grams.length),
    });
  signal("share right before math or code", (u) => u.beforeMath);
  signal("share in the first sixteenth of the trace", (u) => u.early);
  signal("share in the last sixteenth of the trace", (u) => u.late);
  signal("share of traces that have it more than three times", (u) => u.lavish);
  signal("traces per problem", (u) => u.traces / u.problems);
  const sum = `${signed(own.words)} by its words, ${signed(own.use)} by its use, ${signed(own.logit - own.words - own.use)} by the grams like it and by how common moves are here`;
  if (!check("log odds of a planning move", own.logit, `at least ${THRESHOLD}`, own.logit >= THRESHOLD))
    return out(`kept out by its log odds: ${sum}`);
  if (!check("weight", own.weight, `at least ${options.minWeight}`, own.weight >= options.minWeight))
    return out("kept out by its weight (--min-weight)");
  const strong = moves.filter(({ weight }) => weight >= options.minWeight);
  const rank = strong.findIndex((move) => move.index === index) + 1;
  const most = options.maxEntries ?? strong.length;
  if (!check("rank", rank, `at most ${most}`, rank <= most)) return out("kept out by its rank (--max-entries)");
  return out(`let in by its log odds: ${sum}; rank ${rank} of ${strong.length}`);
}

/** The counts of a gram; undefined when it does not reach the floor. */
function usageIn({ trie, words: vocabulary }: Recount["counted"], words: readonly string[]): Usage | undefined {
  let node = 0;
  for (const word of words) {
    const number = vocabulary.indexOf(word);
    node = number < 0 ? -1 : trie.find(node, number);
    if (node < 0) return undefined;
  }
  return usageOf(trie, node);
}

const signed = (value: number) => `${value < 0 ? "−" : "+"} ${Math.abs(value).toFixed(2)}`;
