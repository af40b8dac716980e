import type { Example } from "../../dynamics/examples.js";
import { highlightHtml, highlightLegend } from "../highlight.js";
import { escapeHtml as text } from "../html.js";
import { count, problemName } from "../page.js";

/** Traces of one problem at the first, a middle and the last step, with their planning marked. */
export function traces(examples: readonly Example[]): string {
  if (examples.length === 0) return "<p>No trace has a strategic gram.</p>";
  const forks = examples.some(({ highEntropy }) => highEntropy !== undefined);
  const several = new Set(examples.map(({ run }) => run)).size > 1;
  const blocks = examples.map((one, i) => {
    const grade = one.success === undefined ? "ungraded" : one.success ? "succeeded" : "failed";
    const cut = one.omitted > 0 ? `\n<em>… ${count(one.omitted)} more characters</em>` : "";
    return `<details${i === examples.length - 1 ? " open" : ""}><summary>${several ? `${text(one.run)}, ` : ""}step ${one.step} <small>problem ${problemName(one.problem)}, ${grade}</small></summary>
<div class="trace" dir="auto">${highlightHtml(one.text, one.spans, one.highEntropy)}${cut}</div></details>`;
  });
  return `${highlightLegend(forks)}
<p>The same problem, where there is one, at the first, a middle and the last step.${forks ? "" : " High-entropy tokens are not known in these traces."}</p>
${blocks.join("\n")}`;
}
