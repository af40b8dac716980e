import type { Usage } from "../grams/corpus.js";
import type { MineOptions } from "../options.js";
import { evidenceOf } from "./evidence.js";
import { type MoveModel, moveLogit, sigmoid } from "./moves.js";
import { opensClauses, signatureOf } from "./signature.js";

/** A gram that may become an entry. */
export interface Candidate {
  /** its normalised words */
  words: readonly string[];
  /** the words joined by spaces: its name wherever order matters */
  text: string;
  usage: Usage;
}

/** A candidate with what speaks for it, as log odds. */
export interface Judged<C extends Candidate = Candidate> {
  candidate: C;
  /** by its words */
  words: number;
  /** by its use in this corpus */
  use: number;
  /** both, as the grams like this one have them, and how common moves are in this corpus */
  logit: number;
  weight: number;
}

/** The model's strong penalty shrinks its log odds; the share of moves among labelled grams grows this much faster. */
const SHARPNESS = 4;
const weightOf = (logit: number) => Math.round(sigmoid(SHARPNESS * logit) * 1000) / 1000;

/** Log odds from which a candidate is an entry: four in five are moves there (a weight of 0.8), the doubtful stay out. */
export const THRESHOLD = 0.347;

/** A sentence adverb ("therefore,", "wait,"): a word that at least half the time both begins a sentence and is set off by a comma. */
export const standsAlone = ({ words, usage }: Candidate) =>
  words.length === 1 && usage.initial + usage.beforeComma - 1 >= 0.5;
/** Its single word tells the model next to nothing; its place in the sentence tells more. */
const ALONE = 1.5;

/** An article belongs to the content that follows it, not to the move: "we need to find | the area". */
const ARTICLES = new Set(["the", "a", "an"]);
export const endsInArticle = ({ words }: Pick<Candidate, "words">) => ARTICLES.has(words[words.length - 1]);

/** Grams worth judging: units that open clauses, of one word only those that stand alone. */
export const isCandidate = (candidate: Candidate) =>
  opensClauses(candidate.usage) && !endsInArticle(candidate) && (candidate.words.length > 1 || standsAlone(candidate));

/**
 * Judges the candidates by their words, by their use and by the grams like them: those of the same cluster, those that
 * begin alike and those that end alike. The gram itself is in all three; of its own it knows too little. So a rare
 * wording of a move is carried by the common ones, "let me" speaks for the verbs that the model never met, and a lone
 * gram among computations is held down by them.
 * @param candidates in an order that does not depend on the input's
 * @param clusterOf each candidate's cluster
 */
export function judge<C extends Candidate>(
  candidates: readonly C[],
  clusterOf: ArrayLike<number>,
  model: MoveModel,
): Judged<C>[] {
  const wordsTell = knownShare(model, candidates) >= LEAST_KNOWN;
  const byWords = candidates.map((candidate) => {
    if (standsAlone(candidate)) return ALONE;
    return wordsTell ? moveLogit(model, candidate.words) : signatureLogit(candidate.usage);
  });
  const byUse = evidenceOf(
    byWords,
    candidates.map(({ usage }) => usage),
  );
  const shift = shiftOf(byWords);
  const own = candidates.map((_, c) => byWords[c] + byUse[c] + shift);
  const ofCluster = familyMeans(own, candidates, (_, c) => clusterOf[c]);
  const beginning = familyMeans(own, candidates, ({ words }) => words.slice(0, LIKE).join(" "));
  const ending = familyMeans(own, candidates, ({ words }) => words.slice(-LIKE).join(" "));
  return candidates.map((candidate, c) => {
    const logit = CLUSTER_SHARE * ofCluster[c] + ((1 - CLUSTER_SHARE) * (beginning[c] + ending[c])) / 2;
    return { candidate, words: byWords[c], use: byUse[c], logit, weight: weightOf(logit) };
  });
}

/** Clusters count half as much as beginnings and endings each: where they are cut is partly chance. */
const CLUSTER_SHARE = 0.2;
/** Grams begin or end alike when two words are the same: the least that tells "i need" from "i found". */
const LIKE = 2;

/** A model that knows fewer of the candidates' words than this was made for another language. */
const LEAST_KNOWN = 0.4;

function knownShare(model: MoveModel, candidates: readonly Candidate[]): number {
  const words = candidates.flatMap((candidate) => candidate.words);
  return words.filter((word) => model.weights.has(word)).length / (words.length || 1);
}

/** What use alone tells, where the model does not know the language: the clear cases, and even odds for the rest. */
function signatureLogit(usage: Usage): number {
  const signature = signatureOf(usage, "all", 0);
  return signature === undefined ? 0 : signature === "move" ? 1 : -1;
}

/** Per candidate the mean log odds of its family, where frequent grams count more. */
function familyMeans(
  logits: readonly number[],
  candidates: readonly Candidate[],
  familyOf: (candidate: Candidate, index: number) => number | string,
): number[] {
  const names = candidates.map(familyOf);
  const families = new Map<number | string, { sum: number; mass: number }>();
  logits.forEach((logit, c) => {
    const family = families.get(names[c]) ?? { sum: 0, mass: 0 };
    families.set(names[c], family);
    const mass = Math.log(1 + candidates[c].usage.problems);
    family.sum += mass * logit;
    family.mass += mass;
  });
  return names.map((name) => {
    const { sum, mass } = families.get(name)!;
    return sum / mass;
  });
}

/**
 * The model was fitted on classes of equal weight; a corpus of few moves asks for more, one of many for less. At most
 * by five to one (1.6 in true log odds): the estimate goes by words alone.
 */
const LARGEST_SHIFT = 0.4;

/** Log odds of a move in this corpus, by expectation maximisation (Saerens, Latinne and Decaestecker 2002). */
function shiftOf(logits: readonly number[]): number {
  let share = 0.5;
  for (let step = 0; step < 50 && logits.length > 0; step++) {
    const odds = Math.log(share / (1 - share));
    share = logits.reduce((sum, logit) => sum + sigmoid(logit + odds), 0) / logits.length;
    share = Math.min(0.999, Math.max(0.001, share));
  }
  return Math.min(LARGEST_SHIFT, Math.max(-LARGEST_SHIFT, Math.log(share / (1 - share))));
}

/**
 * What mining makes of candidates under the default preset: every verdict, the moves, and of these the entries.
 * @param shift what the log odds must have beyond the threshold
 */
export function chooseEntries<C extends Candidate>(
  candidates: readonly C[],
  clusterOf: ArrayLike<number>,
  model: MoveModel,
  options: Pick<MineOptions, "minWeight" | "maxEntries">,
  shift = 0,
): { judged: Judged<C>[]; moves: Move[]; entries: Move[] } {
  const judged = judge(candidates, clusterOf, model);
  const moves = chooseMoves(shift === 0 ? judged : judged.map((own) => ({ ...own, logit: own.logit - shift })));
  return { judged, moves, entries: cut(moves, options) };
}

/** The moves that the options let in as entries. */
export const cut = <M extends { weight: number }>(
  moves: readonly M[],
  { minWeight, maxEntries }: Pick<MineOptions, "minWeight" | "maxEntries">,
) => moves.filter(({ weight }) => weight >= minWeight).slice(0, maxEntries ?? undefined);

/** A chosen candidate, by its index. */
export interface Move {
  index: number;
  weight: number;
  position?: "clause-start";
}

/**
 * The candidates that are planning moves, best first: by the problems they mark times their weight. Grams that mark
 * nothing of their own come last, so that a cut by number costs least.
 */
export function chooseMoves(judged: readonly Judged[]): Move[] {
  const rank = ({ candidate, weight }: Judged) => candidate.usage.problems * weight;
  const chosen = judged
    .map((verdict, index) => ({ ...verdict, index }))
    .filter(({ logit }) => logit >= THRESHOLD)
    .sort((a, b) => rank(b) - rank(a) || (a.candidate.text < b.candidate.text ? -1 : 1));
  return redundantLast(chosen).map(({ index, weight, candidate }) => ({
    index,
    weight,
    // inside a clause a word or two are part of something else
    ...(candidate.words.length <= 2 && { position: "clause-start" as const }),
  }));
}

/**
 * Grams all of whose words lie in shorter chosen grams inside them mark nothing of their own: they come last, so that
 * a cut by number costs least.
 */
function redundantLast<J extends Judged>(chosen: readonly J[]): J[] {
  const needed = new Set<string>();
  const shortestFirst = [...chosen].sort((a, b) => a.candidate.words.length - b.candidate.words.length);
  for (const { candidate } of shortestFirst) if (!isCovered(candidate.words, needed)) needed.add(candidate.text);
  const isNeeded = ({ candidate }: J) => needed.has(candidate.text);
  return [...chosen.filter(isNeeded), ...chosen.filter((entry) => !isNeeded(entry))];
}

function isCovered(words: readonly string[], grams: ReadonlySet<string>): boolean {
  let covered = 0;
  for (let from = 0; from < words.length; from++)
    for (let to = words.length; to > Math.max(from, covered); to--)
      if (to - from < words.length && grams.has(words.slice(from, to).join(" "))) {
        if (from > covered) return false;
        covered = to;
        break;
      }
  return covered === words.length;
}
