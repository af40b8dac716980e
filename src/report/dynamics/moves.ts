/** Which moves appear, rise and fall. */
import { max } from "d3-array";
import type { GramTrend, RunDynamics, Strategy } from "../../dynamics/dynamics.js";
import { SIGNIFICANT } from "../../dynamics/dynamics.js";
import { percent, sparkline } from "../charts.js";
import { escapeHtml as text } from "../html.js";
import { badge, count } from "../page.js";
import { change, significance } from "./figures.js";

const MOST_STRATEGIES = 12;
/** Rows of each list on the first screen. */
const FIRST = 5;

const colorOf = (one: { function?: string | null }) => one.function ?? "planning";
const isSignificant = ({ q }: { q: number }) => q <= SIGNIFICANT;

/** The moves that appear, and those that rise, as two short lists. */
export function movesInShort(run: RunDynamics): string {
  const rising = run.rising.filter(isSignificant);
  const list = (title: string, table: string, none: string) =>
    `<div><h4>${title}</h4>${table || `<p>${none}</p>`}</div>`;
  return `<div class="columns">${list(
    "Moves that appear",
    run.strategies.length > 0 ? strategyTable(run, run.strategies.slice(0, FIRST)) : "",
    "None that was not there at first.",
  )}${list(
    "Moves that rise",
    rising.length > 0 ? trendTable(rising.slice(0, FIRST), topOf(rising)) : "",
    "None beyond chance.",
  )}</div>`;
}

const topOf = (trends: readonly GramTrend[]) => max(trends, ({ shares }) => max(shares)) ?? 1;

/** Rising and falling grams: what is significant first, the rest folded away; one scale for all curves. */
export function trends(run: RunDynamics): string {
  const top = topOf([...run.rising, ...run.falling]);
  const side = (title: string, all: readonly GramTrend[]) => {
    const [sure, rest] = [all.filter(isSignificant), all.filter((one) => !isSignificant(one))];
    return `<div><h4>${title}</h4>${sure.length > 0 ? trendTable(sure, top) : "<p>None beyond chance.</p>"}${
      rest.length > 0
        ? `<details><summary>${rest.length} that may be chance</summary>${trendTable(rest, top)}</details>`
        : ""
    }</div>`;
  };
  const { rising, falling, tested } = run.significant;
  return `<p>${count(rising)} of ${count(tested)} grams rise and ${count(falling)} fall at a false discovery rate of 5 %; the largest changes are listed. All curves have one scale, from 0 to ${percent(top)} of the traces.</p>
<div class="columns">${side("Rising", run.rising)}${side("Falling", run.falling)}</div>`;
}

const trendTable = (trends: readonly GramTrend[], top: number) => `<table class="trends">
<thead><tr><th scope="col">gram</th><th scope="col">share of traces</th><th scope="col">first to last third</th><th scope="col"><abbr title="false discovery rate">q</abbr></th></tr></thead>
<tbody>
${trends
  .map(
    (one) =>
      `<tr><th scope="row">${text(one.gram)} ${badge(one)}</th><td>${sparkline(one.shares, top, colorOf(one), `Share of traces per step, ${percent(one.shares[0])} at first, ${percent(one.shares.at(-1)!)} at last`)}</td><td>${change(one)}</td><td>${significance(one.q)}</td></tr>`,
  )
  .join("\n")}
</tbody></table>`;

/** Moves that were absent at first, and how they spread. */
export function strategies(run: RunDynamics): string {
  if (run.strategies.length === 0)
    return "<p>None: every strategy used later was used at the first step too, or so rarely that its absence there may be chance (false discovery rate 5 %).</p>";
  const rest = run.strategies.slice(MOST_STRATEGIES);
  return `<p>Absent at first, and used too often later for that to be chance (false discovery rate 5 %). The curve counts the problems reached so far; all have one scale.</p>
${strategyTable(run, run.strategies.slice(0, MOST_STRATEGIES))}${rest.length > 0 ? `<details><summary>${rest.length} more</summary>${strategyTable(run, rest)}</details>` : ""}`;
}

function strategyTable(run: RunDynamics, shown: readonly Strategy[]): string {
  const top = max(run.strategies, ({ problems }) => problems) ?? 1;
  const rows = shown.map((one) => {
    const reached = one.spread.map((point) => point.reached);
    return `<tr><th scope="row">${text(one.label)} ${badge(one)}</th><td>${sparkline(reached, top, colorOf(one), `Problems reached: ${reached.at(-1)} by the last step`)}</td><td>${one.firstStep}</td><td>${count(one.problems)}, half by step ${one.halfway}</td><td>${significance(one.q)}</td></tr>`;
  });
  return `<table class="trends statements"><thead><tr><th scope="col">move</th><th scope="col">spread</th><th scope="col">first step</th><th scope="col">problems</th><th scope="col"><abbr title="false discovery rate">q</abbr></th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table>`;
}
