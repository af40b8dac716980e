/** What the pages have in common: their style sheet and small parts. */
import { escapeHtml as text } from "./html.js";

export const section = (title: string, body: string) => `<section>\n<h2>${text(title)}</h2>\n${body}\n</section>`;

/** Figures to be seen first: what, and of what. */
export const tiles = (list: readonly (readonly [value: string, name: string])[]) =>
  `<dl class="tiles">${list.map(([value, name]) => `<div><dt>${text(name)}</dt><dd>${text(value)}</dd></div>`).join("")}</dl>`;

/** Letters of a problem's name; the problem's whole text may be its name. */
const LONGEST = 90;

/** A problem by its name, or by the beginning of its text. */
export const problemName = (problem: string) => {
  const name = problem.replace(/\s+/g, " ").trim();
  return text(name.length > LONGEST ? `${[...name].slice(0, LONGEST).join("")}…` : name);
};

/** A whole number with thin spaces between thousands. */
export const count = (n: number) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");

/** A function's name in its colour. */
export const badge = (one: { function?: string | null }) =>
  one.function ? `<small class="badge" style="color:var(--${one.function})">${one.function}</small>` : "";

/** A table folded away. Heads and cells are HTML. */
export function dataTable(head: string[], rows: string[][], open = false): string {
  return `<details${open ? " open" : ""}><summary>Table</summary><div class="scroll" tabindex="0"><table>
<thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead>
<tbody>
${rows.map(([first, ...rest]) => `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n")}
</tbody></table></div></details>`;
}

/** One column on a phone, two on a desk; light, dark and paper. Goes with `highlightCss`, whose colours it uses. */
export const pageCss = `:root {
  --text: #1c2127; --soft: #5a6570; --line: #dde2e7; --card: #ffffff; --page: #f6f7f9; --notice: #fff6df; --execution: #7a828b; --early: #b9b2e6; --late: #3c2a9e;
  --run0: #5b4bb5; --run1: #b85c00; --run2: #0f7a6c; --run3: #b3275f; --run4: #2f6fb5; --run5: #6b6b00;
}
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e7ea; --soft: #9aa5b0; --line: #313a43; --card: #1b2026; --page: #13171b; --notice: #342c16; --execution: #a0a8b0; --early: #5a4fa0; --late: #d9d2ff;
    --run0: #b3a6ff; --run1: #ffb066; --run2: #5fd0be; --run3: #ff86b0; --run4: #86bdff; --run5: #d6d060; }
}
@media print {
  :root { --text: #000; --soft: #444; --line: #ccc; --card: #fff; --page: #fff; --notice: #fff; --execution: #6a7178; --early: #b9b2e6; --late: #3c2a9e;
    --run0: #5b4bb5; --run1: #b85c00; --run2: #0f7a6c; --run3: #b3275f; --run4: #2f6fb5; --run5: #6b6b00; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { overflow-wrap: anywhere; max-width: 1080px; margin: 0 auto; padding: 28px 16px 64px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 16px; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; margin: 44px 0 12px; padding-top: 14px; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 24px 0 8px; }
h4 { font-size: 1rem; font-weight: 600; margin: 0 0 8px; }
p, ul { margin: 0 0 12px; max-width: 72ch; }
ul { padding-left: 1.2em; }
small { font-size: .8em; color: var(--soft); }
code { font: .92em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
abbr { text-decoration: none; }
.tiles { display: flex; flex-wrap: wrap; gap: 10px 36px; margin: 0 0 18px; }
.tiles div { display: flex; flex-direction: column-reverse; }
.tiles dt { color: var(--soft); font-size: .85rem; }
.tiles dd { margin: 0; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.notice { background: var(--notice); border: 1px solid var(--line); border-left: 4px solid var(--branching); border-radius: 6px; padding: 10px 14px; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); gap: 16px; align-items: start; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 24px; }
.figures > *, .columns > * { min-width: 0; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px; break-inside: avoid; }
figure > svg { display: block; width: 100%; height: auto; }
figcaption { color: var(--soft); font-size: .85rem; margin-top: 6px; }
ul.missing { color: var(--soft); font-size: .85rem; margin-top: 14px; }
.first { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 16px; align-items: start; margin-bottom: 16px; }
.first > figure:first-child { grid-row: span 2; }
svg .stretch { fill-opacity: .13; }
svg text.stretch { fill-opacity: 1; font-size: 11px; }
svg .knot { stroke-width: 1.2; stroke-dasharray: 1.5 3; fill: none; }
svg .faint { stroke-width: 1; opacity: .45; }
svg text { fill: var(--soft); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
svg .grid { stroke: var(--line); }
svg .axis { stroke: var(--soft); }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
svg .dashed { stroke-dasharray: 5 4; }
svg .band { opacity: .16; }
svg circle.end { fill: var(--card); stroke-width: 2.5; }
svg text.end { fill: var(--text); font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
svg text.cell { fill: var(--text); }
svg text.note { fill: var(--text); font-size: 11px; }
td { white-space: nowrap; }
.statements td { white-space: normal; }
.spark, .swatch { vertical-align: middle; }
.key { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 16px; padding: 0; margin: 6px 0 0; font-size: .85rem; }
details { margin-top: 8px; }
summary { cursor: pointer; font-size: .85rem; color: var(--soft); }
section > details { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
summary small { font-weight: 400; }
section > details > summary { font-size: 1rem; font-weight: 600; color: var(--text); overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 500; }
tbody th { font-weight: 500; overflow-wrap: anywhere; }
.trends tbody th { min-width: 7.5em; }
thead th { overflow-wrap: normal; }
.badge { display: inline-block; }
.trace { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.7; padding-top: 10px; unicode-bidi: isolate; }
.legend mark { margin-right: 6px; }
@media (min-width: 900px) {
  svg text, svg text.note { font-size: 10px; }
}
@media (max-width: 520px) {
  figure { padding: 12px 10px; }
  main { padding: 20px 14px 48px; }
  .trends th, .trends td { padding-right: 6px; }
  .spark { width: 64px; }
}
@media print {
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .figures, .columns, .first { grid-template-columns: 1fr 1fr; }
  figure > details { display: none; }
  .columns table { font-size: .78rem; }
  .trends th, .trends td { padding-right: 6px; }
  .spark { width: 60px; }
  h2, h3, h4, tr { break-after: avoid; break-inside: avoid; }
}
`;
