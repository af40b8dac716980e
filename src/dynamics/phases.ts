/**
 * The two phases of HICRA, section 3: execution tokens become certain first (procedural consolidation), then the
 * strategies become more varied, with accuracy and length (strategic exploration). Found, or a plain statement why not.
 */
import { type Changes, changesOf, LEAST_POINTS, type Piece, type Point } from "./changes.js";

/** The curves on which changes are looked for; a curve of which nothing is known is empty. The first five make phases. */
export interface PhaseCurves {
  semanticEntropy: Point[];
  executionEntropy: Point[];
  executionPerplexity: Point[];
  accuracy: Point[];
  length: Point[];
  conditionalEntropy: Point[];
  planningRatio: Point[];
}

export interface Stretch {
  from: number;
  to: number;
  /** the curves that show it */
  curves: (keyof PhaseCurves)[];
}

export interface Phases {
  /** both phases, in this order */
  found: boolean;
  consolidation: Stretch | null;
  exploration: Stretch | null;
  /** what was found, in a sentence or two */
  statement: string;
  changes: { [C in keyof PhaseCurves]: Changes };
}

const NAMES: Record<keyof PhaseCurves, string> = {
  semanticEntropy: "semantic entropy",
  executionEntropy: "the entropy of execution tokens",
  executionPerplexity: "the perplexity of execution tokens",
  accuracy: "accuracy",
  length: "length",
  conditionalEntropy: "conditional entropy",
  planningRatio: "the planning-token ratio",
};

/** Looks for both phases. Steps are those of the curves. */
export function phasesOf(curves: PhaseCurves, seed: number): Phases {
  const names = Object.keys(NAMES) as (keyof PhaseCurves)[];
  const changes = Object.fromEntries(names.map((name) => [name, changesOf(curves[name], seed)])) as Phases["changes"];
  const steps = Math.max(...names.map((name) => changes[name].points));
  if (steps < LEAST_POINTS) {
    const statement = `No phases were looked for: the run has ${steps} steps, and fewer than ${LEAST_POINTS} tell nothing.`;
    return { found: false, consolidation: null, exploration: null, statement, changes };
  }
  const consolidation = consolidationOf(changes);
  const exploration = explorationOf(changes);
  // The rise has to lie mainly after the consolidation's end
  const found =
    consolidation !== null &&
    exploration !== null &&
    consolidation.to - exploration.from < exploration.to - consolidation.to;
  return { found, consolidation, exploration, statement: stated(found, consolidation, exploration, changes), changes };
}

/** A first piece that falls, up to a knot after which the curve falls at most half as fast. */
function consolidationOf(changes: Phases["changes"]): Stretch | null {
  const shown = (["executionEntropy", "executionPerplexity"] as const).filter((name) => {
    const [first, second] = changes[name].pieces;
    return second !== undefined && first.direction === "falling" && slope(second) > slope(first) / 2;
  });
  if (shown.length === 0) return null;
  const ends = shown.map((name) => changes[name].pieces[0].to);
  return { from: changes[shown[0]].pieces[0].from, to: Math.max(...ends), curves: shown };
}

/** A rise of semantic entropy that begins at a knot, with what rises along; a rise from the first step on is no phase. */
function explorationOf(changes: Phases["changes"]): Stretch | null {
  const { pieces } = changes.semanticEntropy;
  const rise = pieces.find(
    ({ direction }, i) => i > 0 && direction === "rising" && pieces[i - 1].direction !== "rising",
  );
  if (!rise) return null;
  const along = (["accuracy", "length"] as const).filter((name) =>
    changes[name].pieces.some(({ direction, from, to }) => direction === "rising" && from < rise.to && to > rise.from),
  );
  return { from: rise.from, to: rise.to, curves: ["semanticEntropy", ...along] };
}

const slope = ({ from, to, start, end }: Piece) => (end - start) / (to - from);

function stated(
  found: boolean,
  consolidation: Stretch | null,
  exploration: Stretch | null,
  changes: Phases["changes"],
): string {
  const first = consolidation
    ? `Procedural consolidation from step ${consolidation.from} to ${consolidation.to}: ${listed(consolidation)} ${consolidation.curves.length > 1 ? "fall" : "falls"}, then no longer.`
    : changes.executionEntropy.points === 0 && changes.executionPerplexity.points === 0
      ? "Procedural consolidation cannot be judged: the traces come without entropies or log-probabilities of tokens."
      : `No procedural consolidation: ${curveStatement("executionEntropy", changes)}${changes.executionEntropy.points > 0 && changes.executionPerplexity.points > 0 ? "; " : ""}${curveStatement("executionPerplexity", changes)}.`;
  const second = exploration
    ? `Strategic exploration from step ${exploration.from} to ${exploration.to}: ${listed(exploration)} ${exploration.curves.length > 1 ? "rise" : "rises"}.`
    : `No strategic exploration: ${curveStatement("semanticEntropy", changes)}.`;
  const verdict = found ? "Two phases found." : "The two phases were not found.";
  return `${verdict} ${first} ${second}`;
}

const listed = ({ curves }: Stretch) => curves.map((name) => NAMES[name]).join(" and ");

/** What one curve does, as "accuracy rises from step 50 to 950"; empty for a curve of which nothing is known. */
export function curveStatement(name: keyof PhaseCurves, changes: Phases["changes"]): string {
  const { points, pieces } = changes[name];
  if (points === 0) return "";
  if (pieces.length === 0) return `${NAMES[name]} has too few steps`;
  const alone = pieces.length === 1 ? ", without a change point" : "";
  if (pieces.every(({ direction }) => direction === "flat"))
    return `${NAMES[name]} neither rises nor falls beyond its noise${alone}`;
  const verbs = { rising: "rises", falling: "falls", flat: "is level" };
  return `${NAMES[name]} ${pieces.map(({ direction, from, to }) => `${verbs[direction]} from step ${from} to ${to}`).join(", ")}${alone}`;
}
