/** The first screen: whether strategy emerges, and why. */
import type { Dynamics, RunDynamics, StepDynamics } from "../../dynamics/dynamics.js";
import { curveStatement } from "../../dynamics/phases.js";
import { number, percent } from "../charts.js";
import { escapeHtml as text } from "../html.js";
import { count, tiles } from "../page.js";
import { meanOver } from "./figures.js";

export interface Verdict {
  answer: "yes" | "no" | "unclear";
  /** what speaks for it, against it, and what is not known */
  reasons: { speaks: "for" | "against" | "neither"; what: string }[];
}

/**
 * Strategy emerges where semantic entropy rises and moves appear or become more common; it does not where none of these
 * happens; all else, and a run too short to tell, is unclear.
 */
export function verdictOf(run: RunDynamics): Verdict {
  const { changes, exploration, consolidation } = run.phases;
  const { rising, falling, tested } = run.significant;
  const curve = changes.semanticEntropy;
  const known = curve.pieces.length > 0;
  const rises = curve.pieces.some(({ direction }) => direction === "rising");
  const anew = run.strategies.length;
  const names = run.strategies.slice(0, 3).map(({ label }) => `“${label}”`);
  const alongside = (["accuracy", "length"] as const).map((name) => curveStatement(name, changes)).filter(Boolean);
  const reasons: Verdict["reasons"] = [
    {
      speaks: !known ? "neither" : rises ? "for" : "against",
      what: known
        ? curveStatement("semanticEntropy", changes)
        : `the run has ${count(run.steps.length)} ${run.steps.length === 1 ? "step" : "steps"}, too few to tell a rise of semantic entropy from noise`,
    },
    {
      speaks: anew > 0 ? "for" : "against",
      what:
        anew > 0
          ? `${count(anew)} ${anew === 1 ? "move appears that was" : "moves appear that were"} not there at first: ${names.join(", ")}${anew > 3 ? ", …" : ""}`
          : "no move appears anew: those seen late were there at the start, or too rare to tell",
    },
    {
      speaks: rising > falling ? "for" : rising === 0 ? "against" : "neither",
      what: `of ${count(tested)} grams tested, ${count(rising)} ${rising === 1 ? "rises" : "rise"} and ${count(falling)} ${falling === 1 ? "falls" : "fall"} beyond chance`,
    },
    ...alongside.map((what) => ({ speaks: "neither" as const, what })),
    ...(consolidation
      ? [
          {
            speaks: "neither" as const,
            what: `execution was consolidated from step ${consolidation.from} to ${consolidation.to}`,
          },
        ]
      : []),
  ];
  const more = anew > 0 || rising > falling;
  const answer =
    known && (exploration !== null || rises) && more
      ? "yes"
      : known && !rises && anew === 0 && rising <= falling
        ? "no"
        : "unclear";
  return { answer, reasons };
}

const SAYS: Record<Verdict["answer"], string> = {
  yes: "Strategy is emerging.",
  no: "Strategy is not emerging.",
  unclear: "Whether strategy is emerging is unclear.",
};
const MARKS = { for: "+", against: "−", neither: "·" };

export function verdict(run: RunDynamics, named: boolean): string {
  const { answer, reasons } = verdictOf(run);
  const lines = reasons.map(
    ({ speaks, what }) => `<li><span class="mark" aria-hidden="true">${MARKS[speaks]}</span>${text(what)}</li>`,
  );
  return `<div class="verdict ${answer}">${named ? `<h3>${text(run.name)}</h3>` : ""}
<p><strong>${SAYS[answer]}</strong></p>
<ul>${lines.join("\n")}</ul></div>`;
}

export function header({ runs, lexicon }: Dynamics): string {
  const figures: [string, string][] = [
    ...(runs.length > 1 ? [[String(runs.length), "runs"] as [string, string]] : []),
    [runs.map(({ steps }) => steps.length).join(" / "), "steps"],
    [runs.map((run) => count(run.traces)).join(" / "), "traces"],
    [runs.map((run) => count(run.problems)).join(" / "), "problems"],
    [count(lexicon.grams), "strategic grams"],
    ...(lexicon.clusters === null ? [] : [[count(lexicon.clusters), "clusters"] as [string, string]]),
  ];
  return `<header>
<h1>Planning over training</h1>
${tiles(figures)}
</header>`;
}

/** Traces that nothing below counts, and why. */
export function leftOut({ runs }: Dynamics): string {
  const notes = runs.flatMap((run) => {
    const apart = run.unordered.reduce((sum, one) => sum + one.traces, 0);
    if (apart === 0) return [];
    const graded = run.unordered.reduce((sum, one) => sum + one.graded, 0);
    const list = run.unordered
      .slice(0, 8)
      .map(({ step, traces: n }) => `${step === null ? "no step" : `“${text(step)}”`}: ${count(n)}`);
    const more = run.unordered.length > 8 ? `, and ${run.unordered.length - 8} more` : "";
    return [
      `<p class="notice"><strong>${count(apart)} ${apart === 1 ? "trace is" : "traces are"} left out${runs.length > 1 ? ` of ${text(run.name)}` : ""}.</strong> ` +
        `A step that is no number has no place among the others (${list.join(", ")}${more}). ` +
        `${graded === 0 ? "None is graded." : `${count(graded)} ${graded === 1 ? "is" : "are"} graded.`} Nothing below counts ${apart === 1 ? "it" : "them"}.</p>`,
    ];
  });
  return notes.join("\n");
}

/** What changed from the first third of the steps to the last, in numbers. */
export function inShort(run: RunDynamics, named: boolean): string {
  const third = Math.max(1, Math.floor(run.steps.length / 3));
  const lines: string[] = [text(run.phases.statement)];
  const between = (name: string, of: (step: StepDynamics) => number | null, show: (value: number) => string) => {
    const from = meanOver(run.steps.slice(0, third), of);
    const to = meanOver(run.steps.slice(-third), of);
    if (from === null || to === null) return;
    const where =
      run.steps.length < 3 ? ["at the first step", "at the last"] : ["in the first third of the steps", "in the last"];
    lines.push(`${name}: ${show(from)} ${where[0]}, ${show(to)} ${where[1]}.`);
  };
  between("Accuracy", (step) => step.accuracy?.value ?? null, percent);
  between("Words per trace", (step) => step.words.value, number);
  between(
    "Semantic entropy over grams",
    (step) => step.semanticEntropy.grams.value,
    (value) => `${number(value)} nats`,
  );
  between("Planning words", (step) => step.planningRatio.value, percent);
  between("Moves per trace", (step) => step.movesPerTrace.value, number);
  return `${named ? `<h3>${text(run.name)}</h3>` : ""}<ul>${lines.map((one) => `<li>${one}</li>`).join("\n")}</ul>`;
}

export const verdictCss = `.verdict { background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--execution); border-radius: 8px; padding: 12px 16px; margin: 0 0 16px; }
.verdict.yes { border-left-color: var(--deduction); }
.verdict.no { border-left-color: var(--backtracing); }
.verdict.unclear { border-left-color: var(--branching); }
.verdict h3 { margin: 0 0 4px; }
.verdict p { margin: 0 0 6px; font-size: 1.25rem; }
.verdict ul { list-style: none; padding: 0; margin: 0; max-width: none; }
.verdict li { display: grid; grid-template-columns: 1.3em 1fr; overflow-wrap: anywhere; }
.verdict .mark { font-weight: 700; color: var(--soft); }
`;
