import { highlightHtml } from "../highlight.js";
import { escapeHtml as text } from "../html.js";
import { count, problemName } from "../page.js";
import type { Evidence, ShownTrace } from "./evidence.js";

/** A right attempt beside a wrong one at the same problem; where there are none, single traces. */
export function traces({ pairs, singles }: Evidence): string {
  if (pairs.length > 0)
    return `<p>The same problem, attempted twice: right on the left, wrong beside it.</p>
${pairs
  .map(
    ({ right, wrong }, i) =>
      `<details class="pair"${i === 0 ? " open" : ""}><summary>problem ${problemName(right.problem)}</summary><div class="columns">${shown(right)}${shown(wrong)}</div></details>`,
  )
  .join("\n")}`;
  if (singles.length === 0) return "<p>No planning was found in these traces.</p>";
  return `<p>No problem here has both a right and a wrong attempt to set side by side.</p>
<div class="columns">${singles.map(shown).join("\n")}</div>`;
}

function shown({ place, problem, success, text: words, omitted, spans }: ShownTrace): string {
  const grade = success === undefined ? "not graded" : success ? "right" : "wrong";
  const cut = omitted > 0 ? `\n<em>… ${count(omitted)} more characters</em>` : "";
  return `<article class="attempt ${success === undefined ? "" : grade}"><h4>${grade} <small>${text(place)}, problem ${problemName(problem)}</small></h4>
<div class="trace" dir="auto">${highlightHtml(words, spans)}${cut}</div></article>`;
}

export const tracesCss = `.attempt { min-width: 0; border-top: 3px solid var(--line); padding-top: 8px; }
.attempt.right { border-color: var(--deduction); }
.attempt.wrong { border-color: var(--backtracing); }
.attempt h4 { margin: 0; }
@media screen { .attempt .trace { max-height: 34rem; overflow: auto; } }
`;
