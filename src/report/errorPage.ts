/** Failed attempts by the type of their first error, their planning marked, as one page. */
import type { ErrorReport } from "../audit/judging/errorReport.js";
import { ERROR_TYPES, type ErrorType } from "../audit/judging/guide.js";
import type { MarkedSpan } from "../lexicon/mask.js";
import { percent } from "./charts.js";
import { highlightCss, highlightHtml, highlightLegend } from "./highlight.js";
import { htmlPage, escapeHtml as text } from "./html.js";
import { count, pageCss, section, tiles } from "./page.js";

export interface ShownFailure {
  type: ErrorType;
  place: string;
  run: string;
  step: number | null;
  problem: string;
  text: string;
  spans: readonly MarkedSpan[];
  /** of each judge */
  said: { type: ErrorType; quote: string; reason: string }[];
}

/** The page. Everything from attempts and answers is escaped. */
export function errorPage(report: ErrorReport, shown: readonly ShownFailure[]): string {
  const rows = report.runs.map(
    ({ run, judged, failed, shares }) =>
      `<tr><th scope="row">${text(run)}</th><td>${count(failed)}</td><td>${count(judged)}</td>${ERROR_TYPES.map(
        (type) =>
          `<td>${shares ? `${percent(shares[type].value)} <small>${percent(shares[type].low)} to ${percent(shares[type].high)}</small>` : "–"}</td>`,
      ).join("")}</tr>`,
  );
  const failures = (type: ErrorType) =>
    shown
      .filter((one) => one.type === type)
      .map(
        ({
          place,
          problem,
          step,
          said,
          text: words,
          spans,
        }) => `<details><summary>${text(problem)} <small>${step === null ? "" : `step ${step}, `}${text(place)}</small></summary>
<ul>${said.map((one) => `<li><strong>${one.type}</strong>: ${text(one.reason)}${one.quote ? ` <q>${text(one.quote)}</q>` : ""}</li>`).join("")}</ul>
<div class="trace" dir="auto">${highlightHtml(words, spans)}</div></details>`,
      )
      .join("\n");
  return htmlPage({
    title: "Why attempts fail",
    css: `${highlightCss}${pageCss}`,
    body: `<main><header><h1>Why attempts fail</h1>
${tiles([
  [count(report.failed), "failed attempts"],
  [count(report.judged), "judged"],
  [count(report.judges.length), report.judges.length === 1 ? "judge" : "judges"],
])}
<ul>${report.findings.map((one) => `<li>${text(one)}</li>`).join("")}</ul>
<div class="scroll" tabindex="0"><table><thead><tr>${["run", "failed", "judged", ...ERROR_TYPES].map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>
${highlightLegend()}</header>
${ERROR_TYPES.map((type) => [type, failures(type)] as const)
  .filter(([, html]) => html !== "")
  .map(([type, html]) => section(`First error: ${type}`, html))
  .join("\n")}</main>`,
  });
}
