/**
 * Mining, worked out as plainly as can be: every gram a string, every set a Set, every gain anew, no threads. It shares
 * the tokeniser, the tagger, the encoder and the clustering with the real one, and the writing down of what was found.
 */
import { cluster, clusterCount } from "../../src/clusters/kmeans.js";
import type { Encoder } from "../../src/encoder/encoder.js";
import { buildLexicon } from "../../src/lexicon/build.js";
import { FUNCTIONS, type Lexicon, type Provenance } from "../../src/lexicon/lexicon.js";
import type { MineOptions } from "../../src/options.js";
import type { TaggerModel } from "../../src/tagger/model.js";
import { functionShares } from "../../src/tagger/spans.js";
import { createTagger } from "../../src/tagger/tagger.js";
import { createWordTags, tagWords } from "../../src/tagger/words.js";
import { createWords, isBreak, normalise, scan } from "../../src/text/words.js";
import { naiveCounts, naiveSpellings, naiveUnion, type Text } from "../grams/naive.js";

interface Word {
  word: string;
  opens: boolean;
  plan: number;
  begin: number;
  end: number;
  functions: number[];
}
/** a stretch of words where a gram stands */
type Use = Word[];

function read(text: string, tagger: ReturnType<typeof createTagger>): Word[] {
  const reading = tagger.read(text);
  const words = scan(text, createWords());
  const tags = tagWords(reading, words, createWordTags());
  return Array.from({ length: words.length }, (_, i) => ({
    word: normalise(text.slice(words.start[i], words.end[i])),
    opens: isBreak(words.gap[i]),
    plan: tags.plan[i],
    begin: tags.begin[i],
    end: tags.end[i],
    functions: [...tags.functions.slice(4 * i, 4 * i + 4)],
  }));
}

function usesByGram(texts: readonly Word[][], maxN: number): Map<string, Use[]> {
  const found = new Map<string, Use[]>();
  for (const words of texts)
    for (let from = 0; from < words.length; from++)
      for (let n = 1; n <= maxN && from + n <= words.length; n++) {
        const use = words.slice(from, from + n);
        if (n > 1 && use[n - 1].opens) break;
        const gram = use.map(({ word }) => word).join(" ");
        found.set(gram, [...(found.get(gram) ?? []), use]);
      }
  return found;
}

const least = (use: Use) => Math.min(...use.map(({ plan }) => plan));
const planOf = (use: Use) => Math.floor((Math.floor(sum(use.map(({ plan }) => plan)) / use.length) + least(use)) / 2);
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

/**
 * @param prior weights of another lexicon's grams
 * @param provenance what the lexicon is to say of its making; that is not worked out here
 */
export async function referenceMine(
  texts: readonly Text[],
  floor: number,
  { minN, maxN, maxEntries, seed }: Pick<MineOptions, "minN" | "maxN" | "maxEntries" | "seed">,
  { encoder, model, prior }: { encoder: Encoder; model: TaggerModel; prior: ReadonlyMap<string, number> },
  provenance: Provenance,
): Promise<Lexicon> {
  const tagger = createTagger(model);
  const words = texts.map(({ text }) => read(text, tagger));
  const usesOf = usesByGram(words, maxN);
  const counts = naiveCounts(texts, maxN, 1);
  const grams = [...counts.keys()]
    .filter((gram) => counts.get(gram)!.problems >= floor || prior.has(gram))
    .filter((gram) => gram.split(" ").length >= minN)
    .filter((gram) => sum(usesOf.get(gram)!.map(least)) >= 1000 * usesOf.get(gram)!.length)
    .sort((a, b) => counts.get(b)!.problems - counts.get(a)!.problems || (a < b ? -1 : 1));
  const rows = await encoder.embed(grams);
  const k = Math.max(1, clusterCount(grams.length));
  const { assignment, k: clusters } = await cluster(rows, encoder.dimension, k, seed);

  // what each gram's uses say, and its cluster's
  const shares = grams.map((gram) => {
    const uses = usesOf.get(gram)!;
    return {
      uses: uses.length,
      plan: sum(uses.map(planOf)),
      least: sum(uses.map(least)),
      begin: sum(uses.map((use) => Math.min(least(use), use[0].begin))),
      end: sum(uses.map((use) => Math.min(least(use), use[use.length - 1].end))),
    };
  });
  const drawn = (g: number, key: "plan" | "least" | "begin" | "end") => {
    const like = shares.filter((_, other) => assignment[other] === assignment[g]);
    const mass = sum(like.map(({ uses }) => uses / (uses + 4)));
    const ofLike = sum(like.map((one) => ((one.uses / (one.uses + 4)) * one[key]) / one.uses)) / mass;
    const known = prior.get(grams[g]);
    if (known !== undefined) return (shares[g][key] + 4 * ofLike + 4 * known * 10_000) / (shares[g].uses + 8) / 10_000;
    return (shares[g][key] + 4 * ofLike) / (shares[g].uses + 4) / 10_000;
  };
  const weight = grams.map((_, g) => drawn(g, "plan"));
  const moves = [...grams.keys()].filter((g) => {
    const [begins, ends] = [drawn(g, "begin") / drawn(g, "least"), drawn(g, "end") / drawn(g, "least")];
    return weight[g] >= 0.35 && begins >= 0.1 && begins + ends >= 0.3;
  });

  const order = bestList(moves, grams, usesOf, words.flat()).slice(0, maxEntries ?? undefined);
  const chosen = order.map((g) => grams[g]);
  const members = order.map((g) => {
    const planning = usesOf.get(grams[g])!.filter((use) => least(use) >= model.threshold.plan);
    const shares = planning.map((use) => {
      const sums = [0, 1, 2, 3].map((f) => sum(use.map(({ functions }) => functions[f])));
      return functionShares(model, { sums, count: use.length });
    });
    const begins = planning.map((use) => Math.min(least(use), use[0].begin));
    const votes = [0, 1, 2, 3].map((f) => sum(shares.map((share, u) => begins[u] * share[f])));
    const head = votes.findIndex((vote) => vote > 0.6 * sum(votes));
    const { problems, traces, occurrences, initial } = counts.get(grams[g])!;
    return {
      usage: { problems, traces, occurrences, initial: initial / occurrences },
      weight: Math.round(weight[g] * 1000) / 1000,
      function: head < 0 ? null : FUNCTIONS[head],
      cluster: assignment[g],
      spellings: [...naiveSpellings(texts, grams[g])]
        .map(([text, count]) => ({ text, count }))
        .sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1)),
    };
  });
  const problems = new Set(texts.map(({ problem }) => problem)).size;
  const facts = Array.from({ length: clusters }, (_, c) => {
    const own = new Set(chosen.filter((_, i) => assignment[order[i]] === c));
    const united = own.size === 0 ? { problems: 0, traces: 0, occurrences: 0 } : naiveUnion(texts, own);
    return {
      size: assignment.filter((other) => other === c).length,
      documentFrequency: united.problems / problems,
      perTrace: united.occurrences / united.traces,
    };
  });
  return buildLexicon(members, facts, provenance);
}

/** Grams that add most to what is marked, until the threshold on words is half of the F1 that it leads to. */
function bestList(
  moves: readonly number[],
  grams: readonly string[],
  usesOf: ReadonlyMap<string, Use[]>,
  words: readonly Word[],
): number[] {
  const planning = sum(words.map(({ plan }) => plan));
  let best = { order: [] as number[], f1: -1 };
  let threshold = 4000;
  for (let round = 0; round < 4; round++) {
    const marked = new Set<Word>();
    const adds = (g: number) =>
      sum(
        [...new Set(usesOf.get(grams[g])!.flat())]
          .filter((word) => !marked.has(word))
          .map(({ plan }) => plan - threshold),
      );
    const known = new Map(moves.map((g) => [g, adds(g)]));
    const order: number[] = [];
    for (;;) {
      for (const [g, added] of known) if (added <= 0) known.delete(g);
      if (known.size === 0) break;
      const next = () => [...known].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a))[0];
      const g = next();
      known.set(g, adds(g));
      if (next() !== g || known.get(g)! <= 0) continue;
      known.delete(g);
      order.push(g);
      for (const word of usesOf.get(grams[g])!.flat()) marked.add(word);
    }
    const right = sum([...marked].map(({ plan }) => plan));
    const f1 = marked.size * 10_000 + planning === 0 ? 0 : (2 * right) / (marked.size * 10_000 + planning);
    if (f1 > best.f1) best = { order, f1 };
    const half = Math.round((f1 / 2) * 10_000);
    if (half === threshold) break;
    threshold = half;
  }
  return best.order;
}
