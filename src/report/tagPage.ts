/** Tagged traces as one page: what was tagged and how much of it plans, an index, the traces with their spans. */
import type { MarkedSpan } from "../lexicon/mask.js";
import { percent } from "./charts.js";
import { highlightCss, highlightHtml, highlightLegend } from "./highlight.js";
import { htmlPage, escapeHtml as text } from "./html.js";
import { count, pageCss, problemName, tiles } from "./page.js";

export interface TaggedTrace {
  /** "FILE:LINE" or "FILE: row 3" */
  place: string;
  problem: string;
  success: boolean | undefined;
  text: string;
  spans: readonly MarkedSpan[];
}

export interface TagFacts {
  /** the lexicon's file; undefined where spans were found by context alone */
  lexicon?: string;
  entries: number;
  traces: number;
  spans: number;
  right: number;
  wrong: number;
  /** in [0, 1]; undefined where nothing was read */
  planning?: number;
  covered?: number;
}

const grade = (success: boolean | undefined) => (success === undefined ? "not graded" : success ? "right" : "wrong");

/** The page; `shown` are its traces, the first of all that were tagged. Everything from traces is escaped. */
export function tagPage(facts: TagFacts, shown: readonly TaggedTrace[]): string {
  const figures: [string, string][] = [
    [count(facts.traces), facts.traces === 1 ? "trace" : "traces"],
    ...(facts.right + facts.wrong > 0
      ? ([[`${count(facts.right)} / ${count(facts.wrong)}`, "right / wrong"]] as [string, string][])
      : []),
    [count(facts.spans), "planning spans"],
    ...(facts.planning === undefined ? [] : [[percent(facts.planning), "of words plan"] as [string, string]]),
    ...(facts.covered === undefined ? [] : [[percent(facts.covered), "of that is in the lexicon"] as [string, string]]),
  ];
  const by = facts.lexicon
    ? `With the ${count(facts.entries)} entries of <code>${text(facts.lexicon)}</code>.`
    : "By context alone, without a lexicon.";
  const index = shown.map(
    ({ problem, success, spans, place }, i) =>
      `<li><a href="#trace-${i + 1}">${problemName(problem)}</a> <small>${grade(success)}, ${count(spans.length)} ${spans.length === 1 ? "span" : "spans"}, ${text(place)}</small></li>`,
  );
  const traces = shown.map(
    ({ problem, success, spans, place, text: words }, i) =>
      `<section id="trace-${i + 1}"><h2>${problemName(problem)} <small>${grade(success)}, ${text(place)}</small></h2>
<div class="trace" dir="auto">${highlightHtml(words, spans)}</div></section>`,
  );
  return htmlPage({
    title: "Planning spans",
    css: `${highlightCss}${pageCss}main { max-width: 54rem; }
.index { columns: 20rem; padding-left: 1.4em; max-width: none; }
.index a { color: inherit; }
.index li { break-inside: avoid; overflow-wrap: anywhere; }
section:target h2 { color: var(--planning); }
`,
    body: `<main><header><h1>Planning spans</h1>
<p>${by}</p>
${tiles(figures)}
${highlightLegend()}</header>
${shown.length > 1 ? `<details open><summary>${shown.length < facts.traces ? `The first ${count(shown.length)} of ${count(facts.traces)} traces` : `${count(shown.length)} traces`}</summary><ol class="index">${index.join("\n")}</ol></details>` : ""}
${traces.join("\n")}</main>`,
  });
}
