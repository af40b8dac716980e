import type { Usage } from "../grams/corpus.js";

/** A gram that opens a clause in most of its occurrences is a unit; others are fragments of one, or its inside. */
export const opensClauses = (usage: Usage) => usage.opening >= 0.5;

/** Enough of a gram's occurrences open clauses to speak of those. */
const mayOpen = (usage: Usage, floor: number) =>
  usage.opening >= 0.5 || (usage.opening >= 0.2 && usage.opening * usage.problems >= floor);

/**
 * The signature of the paper's section 2, frequent across problems and sparse within a trace, at its extremes: grams
 * that are surely used as moves, grams that open clauses and surely are not, and grams from inside clauses. The wide
 * band between them is left to the model.
 * @param reach how the gram's problems lie among all: over all "topics", in "few", or in between
 */
export function signatureOf(usage: Usage, reach: "all" | "few" | "between", floor: number): Signature | undefined {
  const { opening, closing, beforeMath, late, lavish } = usage;
  const isMove = mayOpen(usage, floor) && beforeMath <= 0.1 && late <= 0.05 && lavish <= 0.01 && closing <= 0.6;
  if (isMove && reach === "all") return "move";
  // opening clauses, but to state a formula, the answer, or one field's matter
  if (mayOpen(usage, floor) && (beforeMath >= 0.4 || late >= 0.15 || reach === "few")) return "statement";
  // inside clauses, and beside math, at clause ends or many times a trace
  if (opening <= 0.15 && (beforeMath >= 0.15 || lavish >= 0.02 || closing >= 0.3)) return "content";
  return undefined;
}
export type Signature = "move" | "statement" | "content";
