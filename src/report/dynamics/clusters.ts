import { max, sum } from "d3-array";
import type { ClusterTrend, RunDynamics } from "../../dynamics/dynamics.js";
import { FUNCTIONS } from "../../lexicon/lexicon.js";
import { type Cell, cellMap, percent } from "../charts.js";
import { escapeHtml as text } from "../html.js";
import { count, dataTable } from "../page.js";
import { change, significance } from "./figures.js";
import { capital } from "./phases.js";

/** Cells of a map beyond this many are drawn as one. */
const MOST_CELLS = 24;

/** Clusters by function, their areas the occurrences. */
export function clusterMaps(run: RunDynamics, index: number): string {
  if (run.clusters.length === 0) return "<p>The lexicon has no clusters.</p>";
  const figures = FUNCTIONS.flatMap((name) => {
    const clusters = run.clusters.filter((one) => one.function === name);
    if (clusters.length === 0) return [];
    const title = `${capital(name)}: ${clusters.length} ${clusters.length === 1 ? "cluster" : "clusters"}`;
    const description = `Areas are occurrences. Largest: ${clusters
      .slice(0, 5)
      .map((one) => `${one.label} (${one.occurrences})`)
      .join(", ")}.`;
    const rows = clusters.map((one) => [
      text(one.label),
      count(one.occurrences),
      percent(one.early),
      percent(one.late),
      significance(one.q),
    ]);
    return [
      `<figure><h4>${title}</h4>
${cellMap(`map-${index}-${name}`, title, description, name, cellsOf(clusters))}
${dataTable(["cluster", "occurrences", "first third", "last third", "q"], rows)}
</figure>`,
    ];
  });
  return `<p>Areas are occurrences over the whole run; the figures are the shares of traces that have the cluster in the first and the last third of the steps, and a stronger colour a larger share.</p>
<div class="figures">${figures.join("\n")}</div>`;
}

function cellsOf(clusters: readonly ClusterTrend[]): Cell[] {
  const top = max(clusters, ({ late }) => late) || 1;
  const arrow = ({ q, z }: ClusterTrend) => (q <= 0.05 ? (z > 0 ? " ▲" : " ▼") : "");
  const cells = clusters.slice(0, MOST_CELLS).map((one) => ({
    label: one.label,
    note: change(one) + arrow(one),
    size: one.occurrences,
    shade: one.late / top,
  }));
  const rest = clusters.slice(MOST_CELLS);
  if (rest.length > 0) {
    const size = sum(rest, ({ occurrences }) => occurrences);
    cells.push({ label: `${rest.length} smaller clusters`, note: `${count(size)} occurrences`, size, shade: 0 });
  }
  return cells;
}
