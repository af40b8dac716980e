import { percent } from "../charts.js";
import { escapeHtml as text } from "../html.js";
import { badge, count } from "../page.js";
import type { Evidence, Tally } from "./evidence.js";

const share = (part: number, of: number) => (of > 0 ? percent(part / of) : "–");

/** How much of the planning in the traces the lexicon has, in right and in wrong attempts, and what it lacks. */
export function coverage(entries: number, { all, right, wrong, problems, sightings, missed }: Evidence): string {
  const row = (name: string, { traces, withPlanning, words, planningWords, coveredWords }: Tally) =>
    traces === 0
      ? ""
      : `<tr><th scope="row">${name}</th><td>${count(traces)}</td><td>${share(withPlanning, traces)}</td><td>${share(planningWords, words)}</td><td>${share(coveredWords, planningWords)}</td></tr>`;
  const lacking =
    missed.length === 0
      ? ""
      : `<h3>What it lacks</h3>
<p>Spans that plan here by their context and belong to no entry, the most frequent first. When they grow, it is time to mine again.</p>
<ul class="chips">${missed.map((one) => `<li>${text(one.text)} <small>${count(one.count)} ×</small> ${badge(one)}</li>`).join("")}</ul>`;
  return `<div class="scroll" tabindex="0"><table>
<thead><tr><th></th><th scope="col">traces</th><th scope="col">with planning</th><th scope="col">words that plan</th><th scope="col">of these in the lexicon</th></tr></thead>
<tbody>${row("all", all)}${row("right", right)}${row("wrong", wrong)}</tbody></table></div>
<p>${count(sightings.size)} of ${count(entries)} entries were met in these ${count(all.traces)} traces of ${count(problems)} ${problems === 1 ? "problem" : "problems"}.</p>
${lacking}`;
}
