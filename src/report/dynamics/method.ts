import type { Dynamics } from "../../dynamics/dynamics.js";
import { escapeHtml as text } from "../html.js";
import { count } from "../page.js";

/** What was read, and how each figure was made. */
export function method({ method: m, lexicon, input, runs }: Dynamics): string {
  const skipped = Object.entries(input.skipped);
  const faults = runs.flatMap((run) => Object.entries(run.tokenFaults));
  const lines = [
    `${count(input.traces)} traces from ${count(input.records)} records${skipped.length > 0 ? `; skipped: ${skipped.map(([why, n]) => `${count(n)} × ${text(why)}`).join(", ")}` : ""}. Input digest <code>${text(input.digest.slice(0, 16))}…</code>.`,
    `Lexicon of ${count(lexicon.grams)} strategic grams${lexicon.clusters === null ? ", without clusters" : ` in ${count(lexicon.clusters)} clusters`}.`,
    m.by === "context"
      ? "Planning is what the tagger reads as such in its context; a move belongs to the entry that most of it is. Entropies, trends and strategies are those of the moves that belong to one."
      : "Planning is every occurrence of the lexicon’s grams, whatever stands around it.",
    `Intervals: ${m.draws} bootstrap draws of whole problems, 95 %, centred on the value (seed ${m.seed}).`,
    m.matchedTraces === null
      ? "One step only: no sizes to match."
      : `Entropy grows with the number of traces, so phases are looked for on values at ${count(m.matchedTraces)} traces per step (means over random subsets).`,
    `Conditional entropy: the next words after a move, up to ${m.continuation}, formulas passed over.`,
    "Trends: a score test over the steps’ ranks with a variance robust to repeated problems; false discovery rates by Benjamini and Hochberg.",
    "Change points: straight pieces, a knot taken at p ≤ 0.01 against simulated curves without it that have the same noise.",
    ...faults.map(([why, n]) => `Token numbers of ${count(n)} traces were left out: ${text(why)}.`),
  ];
  return `<ul>${lines.map((one) => `<li>${one}</li>`).join("\n")}</ul>`;
}
