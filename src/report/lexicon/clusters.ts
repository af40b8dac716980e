import { type Cluster, FUNCTIONS, type Lexicon } from "../../lexicon/lexicon.js";
import { percent } from "../charts.js";
import { escapeHtml as text } from "../html.js";
import { count } from "../page.js";

const PURPOSES: Record<string, string> = {
  goal: "sets what to find, and how to go about it",
  deduction: "draws what follows from what is known",
  branching: "tries another way, or a case",
  backtracing: "checks, doubts, goes back",
  other: "steers, in a way that cannot be told",
};

/** Clusters listed at first under each function; the others are folded away. */
const LISTED = 8;
/** Grams named with their cluster. */
const GRAMS = 5;

/** A column for each function, its clusters by how many problems have them, as bars that can be read. */
export function clusterMap({ clusters, entries }: Lexicon): string {
  const widest = Math.max(...clusters.map(({ documentFrequency }) => documentFrequency)) || 1;
  const columns = [...FUNCTIONS, null].flatMap((name) => {
    const own = clusters
      .filter((cluster) => (cluster.function ?? null) === name)
      .sort((a, b) => b.documentFrequency - a.documentFrequency || a.id - b.id);
    if (own.length === 0) return [];
    const kind = name ?? "other";
    const moves = entries.filter((entry) => (entry.function ?? null) === name).length;
    const rows = own.map((cluster) => bar(cluster, widest));
    const rest = rows.slice(LISTED);
    return [
      `<div class="function ${name ?? "planning"}">
<h3>${kind} <small>${count(moves)} ${moves === 1 ? "entry" : "entries"}, ${count(own.length)} ${own.length === 1 ? "cluster" : "clusters"}</small></h3>
<p>${PURPOSES[kind]}</p>
<ol class="bars">${rows.slice(0, LISTED).join("")}</ol>${rest.length > 0 ? `\n<details><summary>${rest.length} more</summary><ol class="bars">${rest.join("")}</ol></details>` : ""}
</div>`,
    ];
  });
  return `<p>Differently worded moves of one meaning form a cluster; the bar is the share of problems that have one of its grams.</p>
<div class="functions">${columns.join("\n")}</div>`;
}

function bar({ label, documentFrequency, grams }: Cluster, widest: number): string {
  const others = grams.filter((gram) => gram !== label);
  const shown = others.slice(0, GRAMS).map((gram) => text(gram));
  const more = others.length > GRAMS ? `, ${others.length - GRAMS} more` : "";
  const width = Math.max(1, Math.round((100 * documentFrequency) / widest));
  return `<li><span class="name">${text(label)}</span><span class="share">${percent(documentFrequency)}</span>
<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width="${width}" height="4"/></svg>${
    shown.length > 0 ? `<small>${shown.join(", ")}${more}</small>` : ""
  }</li>`;
}

export const clusterCss = `.lede { font-size: 1.05rem; }
h1 small { display: inline-block; font-size: .55em; font-weight: 400; overflow-wrap: anywhere; }
.functions { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 240px), 1fr)); gap: 16px 22px; }
.function { min-width: 0; --c: var(--planning); border-top: 3px solid var(--c); padding-top: 8px; }
${FUNCTIONS.map((name) => `.function.${name} { --c: var(--${name}); }`).join("\n")}
.function h3 { margin: 0; color: var(--c); }
.function h3 small { font-weight: 400; }
.function p { color: var(--soft); font-size: .9rem; margin: 0 0 8px; }
.bars { list-style: none; margin: 0; padding: 0; }
.bars li { display: grid; grid-template-columns: 1fr auto; gap: 0 8px; padding: 4px 0; break-inside: avoid; }
.bars .name { font-weight: 500; }
.bars .share { font-variant-numeric: tabular-nums; color: var(--soft); font-size: .85rem; }
.bars .bar { grid-column: 1 / -1; width: 100%; height: 4px; background: color-mix(in srgb, var(--c) 14%, transparent); border-radius: 2px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.bars .bar rect { fill: var(--c); }
.bars small { grid-column: 1 / -1; }
.chips { list-style: none; padding: 0; max-width: none; display: flex; flex-wrap: wrap; gap: 6px 8px; }
.chips li { border: 1px solid var(--line); border-radius: 6px; padding: 2px 9px; background: var(--card); }
.facts { max-width: 70rem; }
.facts th { width: 11em; color: var(--soft); font-weight: 400; }
.facts td { white-space: normal; overflow-wrap: anywhere; }
.steps { margin: 0; display: grid; gap: 8px; }
.steps dd { margin: 0; color: var(--soft); font-size: .9rem; }
.pair > summary { overflow-wrap: anywhere; }
@media print { .functions { grid-template-columns: repeat(4, 1fr); gap: 10px; } .bars small { display: none; } }
`;
