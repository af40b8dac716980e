/** The measurements as one self-contained page: the answer first, then the paper's panels, then all else. */
import type { Dynamics, RunDynamics } from "../../dynamics/dynamics.js";
import type { Example } from "../../dynamics/examples.js";
import { highlightCss } from "../highlight.js";
import { htmlPage, escapeHtml as text } from "../html.js";
import { pageCss, section } from "../page.js";
import { clusterMaps } from "./clusters.js";
import { moreCurves, outcomes } from "./curves.js";
import { inOrder } from "./figures.js";
import { method } from "./method.js";
import { movesInShort, strategies, trends } from "./moves.js";
import { panels, semanticEntropy } from "./panels.js";
import { comparisons, phases } from "./phases.js";
import { drift, success } from "./success.js";
import { traces } from "./traces.js";
import { header, inShort, leftOut, verdict, verdictCss } from "./verdict.js";

/** The whole page. Everything that came from traces or from the lexicon is escaped. */
export function dynamicsReport(dynamics: Dynamics, examples: readonly Example[]): string {
  const { runs } = dynamics;
  const several = runs.length > 1;
  const sections = [
    header(dynamics),
    runs.map((run) => verdict(run, several)).join("\n"),
    leftOut(dynamics),
    `<div class="first">${[semanticEntropy(runs), ...outcomes(runs)].map(({ html, empty }) => (empty ? `<ul class="missing">${html}</ul>` : html)).join("\n")}</div>`,
    perRun(dynamics, movesInShort),
    section("The paper’s other panels", inOrder(panels(runs))),
    section("More curves", inOrder(moreCurves(runs))),
    section("Rising and falling grams", perRun(dynamics, trends)),
    section("New strategies", perRun(dynamics, strategies)),
    section("Phases", runs.map((run) => inShort(run, several) + phases(run)).join("\n")),
    section("Planning and success", perRun(dynamics, success)),
    section("Whether to mine again", perRun(dynamics, drift)),
    section("Map of the clusters", perRun(dynamics, clusterMaps)),
    ...(dynamics.comparisons.length > 0 ? [section("Runs compared", comparisons(dynamics))] : []),
    section("Traces", traces(examples)),
    section("How it was measured", method(dynamics)),
  ];
  return htmlPage({
    title: "Planning over training",
    css: `${highlightCss}${pageCss}${verdictCss}`,
    body: `<main>\n${sections.join("\n")}\n</main>`,
  });
}

/** The part once per run, under the run's name where there are several. */
function perRun({ runs }: Dynamics, part: (run: RunDynamics, index: number) => string): string {
  return runs.map((run, i) => (runs.length > 1 ? `<h3>${text(run.name)}</h3>\n` : "") + part(run, i)).join("\n");
}
