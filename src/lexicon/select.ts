import { evidenceOf } from "./evidence.js";
import { type MoveModel, moveLogit, sigmoid } from "./moves.js";
import { opensClauses, signatureOf, type Usage } from "./signature.js";

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
  /** both, as far as the gram goes with its cluster, and how common moves are in this corpus */
  logit: number;
  weight: number;
}

/** Log odds from which a candidate is an entry: a little better than even, so that the doubtful stay out. */
export const THRESHOLD = 0.2;
/** Two words are soon part of something else, and need better odds. */
export const SHORT_THRESHOLD = 0.4;
const isShort = ({ words }: Candidate) => words.length <= 2;
export const thresholdOf = (candidate: Candidate) =>
  isShort(candidate) && !standsAlone(candidate) ? SHORT_THRESHOLD : THRESHOLD;

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

/** How much a cluster speaks for its grams: as much as they do for themselves. */
const CLUSTER_SHARE = 0.5;

/**
 * Judges the candidates by their words, by their use and by the cluster they are in: a rare wording of a move is
 * carried by the common ones, and a lone gram among computations is held down by them.
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
  const ofCluster = clusterMeans(own, candidates, clusterOf);
  return candidates.map((candidate, c) => {
    const logit = (1 - CLUSTER_SHARE) * own[c] + CLUSTER_SHARE * ofCluster[clusterOf[c]];
    return { candidate, words: byWords[c], use: byUse[c], logit, weight: weightOf(logit) };
  });
}

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

/** Each cluster's mean log odds, its frequent grams counting more. */
function clusterMeans(
  logits: readonly number[],
  candidates: readonly Candidate[],
  clusterOf: ArrayLike<number>,
): number[] {
  const sums: number[] = [];
  const masses: number[] = [];
  logits.forEach((logit, c) => {
    const mass = Math.log(1 + candidates[c].usage.problems);
    sums[clusterOf[c]] = (sums[clusterOf[c]] ?? 0) + mass * logit;
    masses[clusterOf[c]] = (masses[clusterOf[c]] ?? 0) + mass;
  });
  return sums.map((sum, cluster) => sum / masses[cluster]);
}

/** The model was fitted on classes of equal weight; a corpus of few moves asks for more, one of many for less. */
const LARGEST_SHIFT = 0.5;

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

/** The model's strong penalty shrinks its log odds; the share of moves among labelled grams grows this much faster. */
const SHARPNESS = 4;
const weightOf = (logit: number) => Math.round(sigmoid(SHARPNESS * logit) * 1000) / 1000;

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
    .filter(({ candidate, logit }) => logit >= thresholdOf(candidate))
    .sort((a, b) => rank(b) - rank(a) || (a.candidate.text < b.candidate.text ? -1 : 1));
  return redundantLast(chosen).map(({ index, weight, candidate }) => ({
    index,
    weight,
    // inside a clause a word or two are part of something else
    ...(isShort(candidate) && { position: "clause-start" as const }),
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
