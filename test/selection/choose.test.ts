import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choose, isMove } from "../../src/selection/choose.js";
import { judge } from "../../src/selection/judge.js";
import { createTagged, type TaggedWords } from "../../src/selection/taggedWords.js";
import { usesOf } from "../../src/selection/uses.js";
import { WHOLE } from "../../src/tagger/tagger.js";

/** Texts of word numbers with what the tagger says of each word, in tenths. */
type Text = { word: number; plan: number; begin: number; end: number }[];
function tag(texts: readonly Text[]): TaggedWords {
  const all = texts.flat();
  const tagged = createTagged(texts.length, all.length);
  tagged.lengths.set(texts.map(({ length }) => length));
  all.forEach(({ word, plan, begin, end }, w) => {
    tagged.word[w] = word;
    tagged.plan[w] = (plan * WHOLE) / 10;
    tagged.begin[w] = (begin * WHOLE) / 10;
    tagged.end[w] = (end * WHOLE) / 10;
  });
  return tagged;
}
const w = (word: number, plan = 0, begin = 0, end = 0) => ({ word, plan, begin, end });
const GRAMS = [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2]];
function prepared(
  texts: readonly Text[],
  grams: readonly number[][] = GRAMS,
  clusterOf: number[] = grams.map((_, g) => g),
) {
  const tagged = tag(texts);
  const uses = usesOf(
    grams.map((path) => ({ path })),
    tagged,
  );
  return { tagged, uses, judged: judge([...grams.keys()], uses, tagged, clusterOf) };
}
/** Expected F1 of the marks of a list: the sum of probabilities of what it marks, twice, over marks and planning. */
function f1Of(list: readonly number[], { tagged, uses }: Pick<ReturnType<typeof prepared>, "tagged" | "uses">): number {
  const marked = new Set<number>();
  for (const g of list)
    for (let use = uses.offset[g]; use < uses.offset[g + 1]; use++)
      for (let i = 0; i < uses.lengths[g]; i++) marked.add(uses.at[use] + i);
  const planning = tagged.plan.reduce((sum, plan) => sum + plan, 0);
  const right = [...marked].reduce((sum, at) => sum + tagged.plan[at], 0);
  return marked.size * WHOLE + planning === 0 ? 0 : (2 * right) / (marked.size * WHOLE + planning);
}

const word = fc.record({ word: fc.nat(3), plan: fc.nat(10), begin: fc.nat(10), end: fc.nat(10) });
const texts = fc.array(fc.array(word, { maxLength: 20 }), { minLength: 1, maxLength: 6 });

describe("choose", () => {
  it("takes moves alone, each once, and never does worse than the best of them by itself", () => {
    fc.assert(
      fc.property(texts, (texts) => {
        const { tagged, uses, judged } = prepared(texts);
        const list = choose(judged, uses, tagged).map(({ index }) => index);
        expect(new Set(list).size).toBe(list.length);
        for (const index of list) expect(isMove(judged[index])).toBe(true);
        const alone = judged.filter((own) => isMove(own)).map(({ index }) => f1Of([index], { tagged, uses }));
        // the threshold is of whole units
        expect(f1Of(list, { tagged, uses })).toBeGreaterThan(Math.max(0, ...alone) - 0.02);
      }),
      { numRuns: 500 },
    );
  });

  it("takes no more than are wanted", () => {
    fc.assert(
      fc.property(texts, fc.nat(4), (texts, most) => {
        const { tagged, uses, judged } = prepared(texts);
        expect(choose(judged, uses, tagged, { most }).length).toBeLessThanOrEqual(most);
      }),
    );
  });

  it("counts a text as often as it is said to be there", () => {
    fc.assert(
      fc.property(texts, (texts) => {
        const { tagged, uses, judged } = prepared(texts);
        const plain = choose(judged, uses, tagged);
        for (const weight of [1, 3])
          expect(choose(judged, uses, tagged, { weightOf: texts.map(() => weight) })).toEqual(plain);
        const twice = prepared([...texts, ...texts]);
        const doubled = choose(judged, twice.uses, twice.tagged).map(({ index }) => index);
        expect(doubled).toEqual(plain.map(({ index }) => index));
      }),
    );
  });

  it("leaves out a gram that only marks again what others mark, and one that marks more that does not plan", () => {
    // 0 1 plans as a whole everywhere; 2 plans in one use of four
    const plans: Text = [w(0, 10, 10), w(1, 10, 0, 10), w(3)];
    const { tagged, uses, judged } = prepared([
      [...plans, w(2, 10, 10, 10)],
      [...plans, w(2)],
      [...plans, w(2)],
      [...plans, w(2)],
    ]);
    expect(choose(judged, uses, tagged).map(({ index }) => GRAMS[index])).toEqual([[0, 1]]);
  });
});

describe("judge", () => {
  it("draws a rare wording towards its cluster, and leaves a common one as it is", () => {
    const often: Text[] = Array.from({ length: 100 }, () => [w(0, 10, 10, 10)]);
    // 1 stands once, where it does not plan
    const together = prepared([...often, [w(1)]], [[0], [1]], [0, 0]).judged;
    const apart = prepared([...often, [w(1)]], [[0], [1]], [0, 1]).judged;
    expect(together[0].weight).toBeGreaterThan(0.98);
    expect([apart[1].weight, apart[1].share]).toEqual([0, 0]);
    expect(together[1].weight).toBeGreaterThan(0.3);
    expect(together[1].weight).toBeLessThan(together[0].weight);
  });

  it("says nothing of a gram without uses", () => {
    expect(prepared([[w(0, 10, 10, 10)]], [[0], [2]]).judged[1]).toMatchObject({
      uses: 0,
      share: 0,
      weight: 0,
      begins: 0,
    });
  });
});
