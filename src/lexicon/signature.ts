/** How a gram is used in its corpus, as shares in [0, 1] unless stated. Whole-number counts made it; see grams/counting.ts. */
export interface Usage {
  problems: number;
  traces: number;
  occurrences: number;
  /** of occurrences: after a sentence end, a line break or a comma */
  opening: number;
  /** of occurrences: before a comma, a sentence end or a line break */
  closing: number;
  /** of occurrences: after a sentence end or a line break */
  initial: number;
  /** of occurrences: before a comma */
  beforeComma: number;
  /** of occurrences: right before math or code */
  beforeMath: number;
  /** of occurrences: in the first, in the last sixteenth of the trace */
  early: number;
  late: number;
  /** of traces: with more than three occurrences */
  lavish: number;
}

/** A gram that opens a clause in most of its occurrences is a unit; others are fragments of one, or its inside. */
export const opensClauses = (usage: Usage) => usage.opening >= 0.5;

/**
 * The signature of the paper's section 2, frequent across problems and sparse within a trace, at its extremes: grams
 * that are surely used as moves, and grams that surely are not. The wide band between them is left to the model.
 * `specific`: the gram keeps to a part of the problems (undefined where that was not measured).
 */
export function signatureOf(usage: Usage, specific?: "specific" | "general"): "move" | "other" | undefined {
  const { opening, closing, beforeMath, late, lavish } = usage;
  if (
    opening >= 0.7 &&
    beforeMath <= 0.1 &&
    late <= 0.05 &&
    lavish <= 0.03 &&
    closing <= 0.6 &&
    (specific === undefined || specific === "general")
  )
    return "move";
  // inside clauses, and beside math, at clause ends or many times a trace: content
  if (opening <= 0.15 && (beforeMath >= 0.15 || lavish >= 0.05 || closing >= 0.3)) return "other";
  // opening clauses, but to state a formula, the answer, or one field's matter
  if (opening >= 0.5 && (beforeMath >= 0.5 || late >= 0.25 || specific === "specific")) return "other";
  return undefined;
}
