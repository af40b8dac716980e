import { describe, expect, it } from "vitest";
import { type Example, fitMoves, type MoveModel, moveLogit } from "../../src/selection/moves.js";

const example = (gram: string, move: boolean, opens = true): Example => ({
  words: gram.split(" "),
  move,
  opens,
  weight: 1,
});

describe("fitMoves", () => {
  const verbs = ["check", "find", "see", "try", "count", "show", "think", "look"];
  const model = fitMoves([
    ...verbs.flatMap((verb) => [example(`i'll ${verb}`, true), example(`we need to ${verb}`, true)]),
    ...verbs.map((verb) => example(`you'll ${verb}`, true)),
    ...Array.from({ length: 12 }, (_, i) => example(`the item${i} is blue`, false)),
    ...Array.from({ length: 12 }, (_, i) => example(`of the item${i}`, false, false)),
  ]);

  it("tells moves from content by their words", () => {
    expect(moveLogit(model, ["we", "need", "to", "check"])).toBeGreaterThan(moveLogit(model, ["the", "box", "is"]));
  });

  it("knows a contraction that it never met by its parts", () => {
    expect(model.weights.has("we'll")).toBe(false);
    // both parts were met in moves, "we" and "'ll"; of the other word nothing was
    expect(moveLogit(model, ["we'll", "check"])).toBeGreaterThan(moveLogit(model, ["weld", "check"]));
  });

  it("gives the same bits each time", () => {
    const examples = [...verbs.map((verb) => example(`i'll ${verb}`, true)), example("the box", false)];
    expect(fitMoves(examples)).toEqual(fitMoves(examples));
  });
});

describe("moveLogit", () => {
  const model: MoveModel = { bias: 0, weights: new Map(Object.entries({ "<rare>": -1, we: 2, "'ll": 0.5, "^we": 4 })) };

  it("counts each unknown word as content, but no contraction of known parts", () => {
    expect(moveLogit(model, ["zinc", "ore"])).toBe(-2);
    expect(moveLogit(model, ["we'll"])).toBe(2 + 0.5 + 4);
    expect(moveLogit(model, ["ore'll"])).toBe(0.5 - 1);
  });
});
