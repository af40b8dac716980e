import { describe, expect, it } from "vitest";
import type { Usage } from "../../src/grams/corpus.js";
import { type Candidate, chooseMoves, judge, THRESHOLD } from "../../src/selection/choose.js";
import type { MoveModel } from "../../src/selection/moves.js";

const usage: Usage = {
  problems: 20,
  traces: 20,
  occurrences: 20,
  opening: 1,
  closing: 0,
  initial: 1,
  beforeComma: 0,
  beforeMath: 0,
  early: 0,
  late: 0,
  lavish: 0,
};
const candidate = (text: string, of: Partial<Usage> = {}): Candidate => ({
  text,
  words: text.split(" "),
  usage: { ...usage, ...of },
});
const model: MoveModel = {
  bias: -0.5,
  weights: new Map(Object.entries({ "<rare>": -0.4, let: 0.7, me: 0.7, check: 0.2, the: -0.4, is: -0.2, red: -0.4 })),
};
const alone = (candidates: readonly Candidate[]) => candidates.map((_, c) => c);

describe("judge", () => {
  it("lets the grams that begin alike speak for a word that the model never met", () => {
    const unknown = candidate("let me grep");
    const among = (others: string[]) => {
      const all = [unknown, ...others.map((text) => candidate(text))];
      return judge(all, alone(all), model)[0].logit;
    };
    expect(among(["let me check", "let me", "the red is"])).toBeGreaterThan(
      among(["the check", "the red check", "the red is"]),
    );
  });

  it("does likewise for those that end alike, and for the cluster", () => {
    const first = (texts: string[], clusterOf?: number[]) => {
      const all = texts.map((text) => candidate(text));
      return judge(all, clusterOf ?? alone(all), model)[0].logit;
    };
    expect(first(["so check this", "red is red", "let me check this"])).toBeGreaterThan(
      first(["so check this", "red is red", "let me check that"]),
    );
    const texts = ["so check this", "red is red", "let me check that"];
    expect(first(texts, [0, 1, 0])).toBeGreaterThan(first(texts, [0, 0, 1]));
  });
});

describe("chooseMoves", () => {
  const judged = (text: string, logit: number, problems: number) => ({
    candidate: candidate(text, { problems }),
    words: 0,
    use: 0,
    logit,
    weight: 0.9,
  });

  it("takes what reaches the threshold, the most frequent first, what marks nothing of its own last", () => {
    const all = [
      judged("let me check", THRESHOLD, 30),
      judged("let me", THRESHOLD, 10),
      judged("me check", THRESHOLD, 20),
      judged("the red", THRESHOLD - 0.01, 90),
    ];
    expect(chooseMoves(all).map(({ index }) => index)).toEqual([2, 1, 0]);
  });

  it("counts words in ones and twos only where they open a clause", () => {
    const all = [judged("let me", 1, 9), judged("let me check", 1, 8)];
    expect(chooseMoves(all).map(({ position }) => position)).toEqual(["clause-start", undefined]);
  });
});
