import type { GramEntry } from "../../lexicon/match.js";
import { number } from "../charts.js";
import { escapeHtml as text } from "../html.js";
import { badge, count } from "../page.js";
import type { Evidence, Sighting } from "./evidence.js";

/** Columns that a whole lexicon fills and a bare list does not. */
const FACTS = [
  { key: "weight", name: "weight", what: "share of its occurrences expected to plan" },
  { key: "problems", name: "problems", what: "problems that have it, among those mined" },
  { key: "occurrences", name: "times", what: "occurrences in the traces mined" },
  { key: "perTrace", name: "per trace", what: "occurrences per trace that has it" },
] as const;

/** Every entry, best first, with where it stands in traces. Headings become buttons where the page's script runs. */
export function entryTable(entries: readonly GramEntry[], evidence?: Evidence): string {
  const facts = FACTS.filter(({ key }) => entries.some((entry) => entry[key] !== undefined));
  const head = [
    '<th scope="col" data-sort="number">#</th>',
    '<th scope="col" data-sort="text">gram</th>',
    ...facts.map(
      ({ name, what }) => `<th scope="col" data-sort="number" class="n"><abbr title="${what}">${name}</abbr></th>`,
    ),
  ];
  const rows = entries.map((entry, i) => {
    const seen = evidence?.sightings.get(i) ?? [];
    const cells = facts.map(({ key }) => {
      const value = entry[key];
      return `<td class="n">${value === undefined ? "–" : key === "problems" || key === "occurrences" ? count(value) : number(value)}</td>`;
    });
    return `<tr${entry.function ? ` data-f="${entry.function}"` : ""}><td class="n">${i + 1}</td><th scope="row"><span>${text(entry.gram)}</span> ${badge(entry)}${
      entry.position ? ' <small title="only where it opens a clause">opens a clause</small>' : ""
    }${seen.map(example).join("")}</th>${cells.join("")}</tr>`;
  });
  return `<div id="filter"></div>
<div class="scroll" tabindex="0"><table id="entries">
<thead><tr>${head.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>`;
}

const example = ({ place, before, span, after }: Sighting) =>
  `<div class="example">${text(before)}<b>${text(span)}</b>${text(after)} <cite>${text(place)}</cite></div>`;

export const entriesCss = `#entries { table-layout: fixed; }
#entries thead th { width: 5.8em; }
#entries thead th:first-child { width: 3.2em; }
#entries thead th:nth-child(2) { width: auto; }
#entries th[scope=row] > span { font-weight: 600; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
.example { font-weight: 400; font-size: .92em; color: var(--soft); margin: 2px 0 0; max-width: 64ch; }
.example b { color: var(--text); font-weight: 500; text-decoration: underline; text-decoration-color: var(--planning); text-underline-offset: 2px; }
.example cite { font: .9em ui-monospace, Menlo, Consolas, monospace; white-space: nowrap; }
#entries thead button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-decoration: underline dotted; text-underline-offset: 3px; }
#entries thead button[aria-pressed=true] { color: var(--text); font-weight: 600; }
#filter:not(:empty) { display: flex; flex-wrap: wrap; gap: 8px; margin: 0 0 10px; }
#filter input, #filter select { font: inherit; padding: 6px 10px; border: 1px solid var(--line); border-radius: 6px; background: var(--card); color: var(--text); max-width: 100%; }
@media (max-width: 520px) {
  #entries th:nth-child(n+5), #entries td:nth-child(n+5) { display: none; }
  #entries thead th { width: 4.9em; }
  #entries thead th:first-child { width: 2.4em; }
}
@media print { #filter { display: none !important; } .example:nth-of-type(n+2) { display: none; } tr { break-inside: avoid; } }
`;

/**
 * Sorts and filters the entries: the only script of any page. It reads the table's own text, and adds its controls
 * itself, so that a page without scripts shows none that do nothing.
 */
export const entryScript = `(() => {
  const table = document.getElementById("entries"), body = table.tBodies[0], rows = [...body.rows];
  const value = (row, i) => row.cells[i].firstElementChild && i === 1 ? row.cells[i].firstElementChild.textContent : row.cells[i].textContent;
  const numeric = (text) => { const n = parseFloat(text.replace(/\\u202f/g, "")); return Number.isNaN(n) ? -Infinity : n; };
  [...table.tHead.rows[0].cells].forEach((cell, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...cell.childNodes);
    cell.append(button);
    const byText = cell.dataset.sort === "text";
    button.addEventListener("click", () => {
      const down = button.getAttribute("aria-pressed") === "true" ? cell.getAttribute("aria-sort") !== "descending" : i > 1;
      for (const other of table.tHead.querySelectorAll("button")) other.setAttribute("aria-pressed", other === button);
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      const keyed = rows.map((row, place) => [byText ? value(row, i) : numeric(value(row, i)), place, row]);
      keyed.sort(([a, p], [b, q]) => (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1) || p - q);
      body.append(...keyed.map(([, , row]) => row));
    });
  });
  const input = document.createElement("input"), select = document.createElement("select");
  input.type = "search";
  input.placeholder = "find a gram";
  input.setAttribute("aria-label", "find a gram");
  select.setAttribute("aria-label", "function");
  const kinds = [...new Set(rows.map((row) => row.dataset.f).filter(Boolean))];
  select.append(new Option("all functions", ""), ...kinds.map((kind) => new Option(kind, kind)));
  const found = document.createElement("output");
  const show = () => {
    const wanted = input.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const fits = (!wanted || value(row, 1).toLowerCase().includes(wanted)) && (!select.value || row.dataset.f === select.value);
      row.hidden = !fits;
      if (fits) shown++;
    }
    found.textContent = shown < rows.length ? shown + " of " + rows.length : "";
  };
  input.addEventListener("input", show);
  select.addEventListener("change", show);
  document.getElementById("filter").append(input, ...(kinds.length > 1 ? [select] : []), found);
})();
`;
