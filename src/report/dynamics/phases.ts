import type { Dynamics, RunDynamics } from "../../dynamics/dynamics.js";
import { curveStatement, type PhaseCurves } from "../../dynamics/phases.js";
import { number } from "../charts.js";
import { escapeHtml as text } from "../html.js";
import { dataTable } from "../page.js";

/** What each curve does, and where it changes its course. */
export function phases(run: RunDynamics): string {
  const { changes, statement } = run.phases;
  const rows = (Object.keys(changes) as (keyof PhaseCurves)[])
    .filter((name) => changes[name].points > 0)
    .map((name) => {
      const { knots, rejected } = changes[name];
      const best = rejected === undefined ? "" : ` (p ${number(rejected)})`;
      const at = knots.length > 0 ? knots.map(({ step, p }) => `${step} (p ${number(p)})`).join(", ") : `none${best}`;
      return `<tr><th scope="row">${text(capital(curveStatement(name, changes)))}</th><td>${at}</td></tr>`;
    });
  return `<p>${text(statement)}</p>
<table class="trends statements"><thead><tr><th scope="col">curve</th><th scope="col">change points</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table>`;
}

export const capital = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1);

/** Every later run against the first. */
export function comparisons({ comparisons: all }: Dynamics): string {
  const rows = all.map(({ runs: [a, b], curve, deviation }) => [
    `${text(curve)}: ${text(b)} against ${text(a)}`,
    String(deviation.steps),
    number(deviation.meanDeviation),
    `${number(deviation.deviation)} at step ${deviation.at}`,
    deviation.correlation === null ? "–" : number(deviation.correlation),
  ]);
  return dataTable(["curve", "common steps", "mean difference", "largest difference", "correlation"], rows, true);
}
