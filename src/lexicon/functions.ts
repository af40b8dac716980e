import { FUNCTIONS, type StrategicFunction } from "./lexicon.js";

/**
 * Anchors that *name* a gram's function by likeness of vectors; they decide nothing about what enters a lexicon.
 * Written for the functions of HICRA's section 2.
 */
export const ANCHORS: Record<StrategicFunction, readonly string[]> = {
  goal: [
    "first i need to find",
    "let's start by",
    "the problem asks for",
    "we need to determine",
    "next we can calculate",
    "to solve this problem",
    "let me set up",
    "let me think about how to approach this",
    "let's consider",
    "let's break this down step by step",
    "i have this problem",
    "let me try to find",
  ],
  deduction: [
    "this means that",
    "therefore",
    "we can conclude that",
    "it follows that",
    "we know that",
    "which implies that",
    "so the answer should be",
    "we can use the fact that",
    "i can use the formula",
    "can be written as",
    "since there are",
    "i remember that",
  ],
  branching: [
    "alternatively maybe i can",
    "another way to approach",
    "what if we",
    "on the other hand",
    "suppose that",
    "perhaps there is a different approach",
    "let's assume",
    "maybe i could try",
    "in that case",
    "for example if",
    "is there a better way",
    "alternatively",
  ],
  backtracing: [
    "wait a minute",
    "let me double-check",
    "but that doesn't seem right",
    "i might have made a mistake",
    "let me verify",
    "which matches the earlier result",
    "but the problem says",
    "hold on",
    "i'm not sure if that's right",
    "does this make sense",
    "just to make sure",
    "but wait",
  ],
};

/** Likeness to a function is the mean over its nearest anchors. */
const NEAREST = 2;

export const anchorPhrases = (): string[] => FUNCTIONS.flatMap((name) => ANCHORS[name]);

/**
 * The function of each row.
 * @param rows count × dimension, rows of length 1
 * @param anchors the vectors of anchorPhrases(), likewise
 */
export function functionsOf(rows: Float32Array, anchors: Float32Array, dimension: number): StrategicFunction[] {
  return Array.from({ length: rows.length / dimension }, (_, r) => {
    let anchor = 0;
    const likeness = FUNCTIONS.map((name) => {
      const cosines = ANCHORS[name].map(() => cosine(rows, r, anchors, anchor++, dimension)).sort((a, b) => b - a);
      return cosines.slice(0, NEAREST).reduce((a, b) => a + b, 0);
    });
    return FUNCTIONS[likeness.indexOf(Math.max(...likeness))];
  });
}

export function cosine(a: Float32Array, i: number, b: Float32Array, j: number, dimension: number): number {
  let sum = 0;
  for (let d = 0; d < dimension; d++) sum += a[i * dimension + d] * b[j * dimension + d];
  return sum;
}
