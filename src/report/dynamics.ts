/** The measurements as one self-contained HTML page, with the paper's four panels and some traces to look at. */

import type { ClusterTrend, Dynamics, GramTrend, RunDynamics, StepDynamics } from "../dynamics/dynamics.js";
import type { Example } from "../dynamics/examples.js";
import { curveStatement, type PhaseCurves } from "../dynamics/phases.js";
import type { Estimate } from "../dynamics/resample.js";
import { FUNCTIONS } from "../lexicon/lexicon.js";
import {
  type Cell,
  type Chart,
  type ChartPoint,
  cellMap,
  lineChart,
  number,
  percent,
  type Series,
  sparkline,
} from "./charts.js";
import { highlightHtml, highlightLegend } from "./highlight.js";
import { htmlPage, escapeHtml as text } from "./html.js";
import { reportCss } from "./style.js";

/** Cells of a map beyond this many are drawn as one. */
const MOST_CELLS = 24;
const MOST_STRATEGIES = 12;

/** The whole page. Everything that came from traces or from the lexicon is escaped. */
export function dynamicsReport(dynamics: Dynamics, examples: readonly Example[]): string {
  const sections = [
    header(dynamics),
    section("In short", dynamics.runs.map((run) => inShort(run, dynamics.runs.length > 1)).join("\n")),
    section("The four panels", `<div class="figures">${fourPanels(dynamics.runs).join("\n")}</div>`),
    section("More curves", `<div class="figures">${moreCurves(dynamics.runs).join("\n")}</div>`),
    section("Rising and falling grams", perRun(dynamics, trendTables)),
    section("New strategies", perRun(dynamics, strategies)),
    section("Phases", perRun(dynamics, phases)),
    section("Map of the clusters", perRun(dynamics, clusterMaps)),
    ...(dynamics.comparisons.length > 0 ? [section("Runs compared", comparisons(dynamics))] : []),
    section("Traces", traces(examples)),
    section("How it was measured", method(dynamics)),
  ];
  return htmlPage({
    title: "Planning over training",
    css: reportCss,
    body: `<main>\n${sections.join("\n")}\n</main>`,
  });
}

const section = (title: string, body: string) => `<section>\n<h2>${text(title)}</h2>\n${body}\n</section>`;

/** The part once per run, under the run's name where there are several. */
function perRun({ runs }: Dynamics, part: (run: RunDynamics, index: number) => string): string {
  return runs.map((run, i) => (runs.length > 1 ? `<h3>${text(run.name)}</h3>\n` : "") + part(run, i)).join("\n");
}

function header({ runs, lexicon }: Dynamics): string {
  const tiles: [string, string][] = [
    ...(runs.length > 1 ? [[String(runs.length), "runs"] as [string, string]] : []),
    [runs.map(({ steps }) => steps.length).join(" / "), "steps"],
    [runs.map((run) => count(run.traces)).join(" / "), "traces"],
    [runs.map((run) => count(run.problems)).join(" / "), "problems"],
    [count(lexicon.grams), "strategic grams"],
    ...(lexicon.clusters === null ? [] : [[count(lexicon.clusters), "clusters"] as [string, string]]),
  ];
  const notes = runs.flatMap((run) => {
    const apart = run.unordered.reduce((sum, one) => sum + one.traces, 0);
    if (apart === 0) return [];
    const graded = run.unordered.reduce((sum, one) => sum + one.graded, 0);
    const list = run.unordered
      .slice(0, 8)
      .map(({ step, traces: n }) => `${step === null ? "no step" : `“${text(step)}”`}: ${count(n)}`);
    const more = run.unordered.length > 8 ? `, and ${run.unordered.length - 8} more` : "";
    return [
      `<p class="notice"><strong>${count(apart)} ${apart === 1 ? "trace is" : "traces are"} left out${runs.length > 1 ? ` of ${text(run.name)}` : ""}.</strong> ` +
        `A step that is no number has no place among the others (${list.join(", ")}${more}). ` +
        `${graded === 0 ? "None is graded." : `${count(graded)} ${graded === 1 ? "is" : "are"} graded.`} Nothing below counts ${apart === 1 ? "it" : "them"}.</p>`,
    ];
  });
  return `<header>
<h1>Planning over training</h1>
<dl class="tiles">${tiles.map(([value, name]) => `<div><dt>${text(name)}</dt><dd>${text(value)}</dd></div>`).join("")}</dl>
${notes.join("\n")}
</header>`;
}

function inShort(run: RunDynamics, named: boolean): string {
  const third = Math.max(1, Math.floor(run.steps.length / 3));
  const lines: string[] = [text(run.phases.statement)];
  const between = (name: string, of: (step: StepDynamics) => number | null, show: (value: number) => string) => {
    const from = meanOver(run.steps.slice(0, third), of);
    const to = meanOver(run.steps.slice(-third), of);
    if (from === null || to === null) return;
    const where =
      run.steps.length < 3 ? ["at the first step", "at the last"] : ["in the first third of the steps", "in the last"];
    lines.push(`${name}: ${show(from)} ${where[0]}, ${show(to)} ${where[1]}.`);
  };
  between("Accuracy", (step) => step.accuracy?.value ?? null, percent);
  between("Words per trace", (step) => step.words.value, number);
  between(
    "Semantic entropy over grams",
    (step) => step.semanticEntropy.grams.value,
    (value) => `${number(value)} nats`,
  );
  between("Planning words", (step) => step.planningRatio.value, percent);
  between("Moves per trace", (step) => step.movesPerTrace.value, number);
  const { rising, falling, tested } = run.significant;
  lines.push(
    `Of ${tested} grams tested, ${rising} ${rising === 1 ? "rises" : "rise"} and ${falling} ${falling === 1 ? "falls" : "fall"} significantly (false discovery rate 5 %).`,
    run.strategies.length === 0
      ? "No strategy appears anew: those seen late were there at the start, or too rare to tell."
      : `${run.strategies.length} ${run.strategies.length === 1 ? "strategy appears" : "strategies appear"} that ${run.strategies.length === 1 ? "was" : "were"} not there at first.`,
  );
  return `${named ? `<h3>${text(run.name)}</h3>` : ""}<ul>${lines.map((one) => `<li>${one}</li>`).join("\n")}</ul>`;
}

/** Mean over the steps at which the value is known; null where it is known at none. */
function meanOver(steps: readonly StepDynamics[], of: (step: StepDynamics) => number | null): number | null {
  const values = steps.map(of).filter((value) => value !== null);
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

/** A kind of line within a chart: one per run is drawn. */
interface Kind {
  name: string;
  color: string;
  dashed?: boolean;
  of: (step: StepDynamics) => number | Estimate | null | undefined;
}

function seriesOf(runs: readonly RunDynamics[], kinds: readonly Kind[]): Series[] {
  return runs.flatMap((run, r) =>
    kinds.flatMap(({ name, color, dashed, of }): Series[] => {
      const points = run.steps.flatMap((step): ChartPoint[] => {
        const value = of(step);
        if (value === null || value === undefined) return [];
        if (typeof value === "number") return [{ x: step.step, y: value }];
        return [{ x: step.step, y: value.value, low: value.low, high: value.high }];
      });
      if (points.length === 0) return [];
      return runs.length === 1
        ? [{ name, color, dashed, points }]
        : [{ name: kinds.length > 1 ? `${run.name}, ${name}` : run.name, color: `run${r % 6}`, dashed, points }];
    }),
  );
}

interface Panel {
  id: string;
  title: string;
  yLabel: string;
  caption: string;
  missing: string;
  fromZero?: boolean;
  percent?: boolean;
}

/** A chart over steps with its table, or a plain word on why there is none. */
function stepFigure(runs: readonly RunDynamics[], panel: Panel, kinds: readonly Kind[]): string {
  const series = seriesOf(runs, kinds);
  if (series.length === 0) return missing(panel.title, panel.missing);
  const show = panel.percent ? percent : number;
  const description = series
    .map(({ name, points }) => {
      const values = points.map(({ y }) => y);
      return `${name}: ${show(values[0])} at step ${points[0].x}, ${show(values.at(-1)!)} at step ${points.at(-1)!.x}, between ${show(Math.min(...values))} and ${show(Math.max(...values))}.`;
    })
    .join(" ");
  return figure({ ...panel, description, xLabel: "training step", series }, panel.caption, stepTable(series, show));
}

function figure(chart: Chart, caption: string, table: string): string {
  const legend =
    chart.series.length > 1
      ? `<ul class="key">${chart.series
          .map(
            ({ name, color, dashed }) =>
              `<li><svg class="swatch" viewBox="0 0 24 8" width="24" height="8" aria-hidden="true"><path class="line${dashed ? " dashed" : ""}" style="stroke:var(--${color})" d="M1 4H23"/></svg> ${text(name)}</li>`,
          )
          .join("")}</ul>`
      : "";
  return `<figure>
<h4>${text(chart.title)}</h4>
${lineChart(chart)}
${legend}<figcaption>${caption}</figcaption>
${table}
</figure>`;
}

const missing = (title: string, why: string) => `<figure class="missing"><h4>${text(title)}</h4><p>${why}</p></figure>`;

function stepTable(series: readonly Series[], show: (value: number) => string): string {
  const steps = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const byStep = series.map(({ points }) => new Map(points.map((point) => [point.x, point])));
  const cell = (point: ChartPoint | undefined) =>
    point === undefined
      ? "–"
      : show(point.y) + (point.low === undefined ? "" : ` <small>${show(point.low)} to ${show(point.high!)}</small>`);
  return dataTable(
    ["step", ...series.map(({ name }) => text(name))],
    steps.map((step) => [String(step), ...byStep.map((points) => cell(points.get(step)))]),
  );
}

/** A table folded away. Heads and cells are HTML. */
function dataTable(head: string[], rows: string[][]): string {
  return `<details><summary>Table</summary><div class="scroll" tabindex="0"><table>
<thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead>
<tbody>
${rows.map(([first, ...rest]) => `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n")}
</tbody></table></div></details>`;
}

const PLANNING = { name: "planning tokens", color: "planning" };
const EXECUTION = { name: "execution tokens", color: "execution", dashed: true };

function fourPanels(runs: readonly RunDynamics[]): string[] {
  const needs = (what: string) =>
    runs.some(({ steps }) => steps.some(({ tokenMeasures }) => tokenMeasures !== null))
      ? `Planning and execution cannot be told apart, or ${what} are missing: needed are <code>${what}</code> per token, and token texts or <code>--tokenizer</code> with token ids.`
      : `Not in these traces: needed are <code>${what}</code> per token, and token texts or ids.`;
  return [
    stepFigure(
      runs,
      {
        id: "perplexity",
        title: "Relative perplexity",
        yLabel: "over the first step's",
        caption: "Perplexity of the tokens over that of the run’s first step.",
        missing: needs("logprobs"),
      },
      [
        { ...PLANNING, of: (s) => s.tokenMeasures?.relativePerplexity?.planning },
        { ...EXECUTION, of: (s) => s.tokenMeasures?.relativePerplexity?.execution },
      ],
    ),
    stepFigure(
      runs,
      {
        id: "token-entropy",
        title: "Token entropy",
        yLabel: "nats per token",
        caption: "Mean entropy of the model’s distribution over the next token.",
        missing: needs("entropies"),
      },
      [
        { ...PLANNING, of: (s) => s.tokenMeasures?.entropy?.planning },
        { ...EXECUTION, of: (s) => s.tokenMeasures?.entropy?.execution },
      ],
    ),
    stepFigure(
      runs,
      {
        id: "semantic-entropy",
        title: "Semantic entropy",
        yLabel: "nats",
        caption:
          "Entropy of the frequencies of strategic grams among the step’s traces; the band is a 95 % bootstrap interval over problems.",
        missing: "No strategic gram occurs.",
      },
      [
        { name: "grams", color: "planning", of: (s) => s.semanticEntropy.grams },
        ...(sizesDiffer(runs)
          ? [{ name: "grams, at equal size", color: "goal", of: (s: StepDynamics) => s.semanticEntropy.grams.matched }]
          : []),
      ],
    ),
    lengthAgainstAccuracy(runs),
  ];
}

const sizesDiffer = (runs: readonly RunDynamics[]) =>
  new Set(runs.flatMap(({ steps }) => steps.map(({ traces }) => traces))).size > 1;

function lengthAgainstAccuracy(runs: readonly RunDynamics[]): string {
  const title = "Length against accuracy";
  const series = runs.flatMap((run, r): Series[] => {
    const points = run.steps.flatMap(({ words, accuracy }): ChartPoint[] =>
      accuracy ? [{ x: words.value, y: accuracy.value }] : [],
    );
    return points.length > 0 ? [{ name: run.name, color: runs.length > 1 ? `run${r % 6}` : "planning", points }] : [];
  });
  if (series.length === 0) return missing(title, "Nothing says which traces succeeded.");
  const graded = runs[0].steps.filter(({ accuracy }) => accuracy);
  const description = series
    .map(({ name, points }) => {
      const [first, last] = [points[0], points.at(-1)!];
      return `${name}: from ${number(first.x)} words and ${percent(first.y)} at the first step to ${number(last.x)} words and ${percent(last.y)} at the last.`;
    })
    .join(" ");
  const labels = { first: `step ${graded[0].step}`, last: `step ${graded.at(-1)!.step}` };
  const rows = runs.flatMap((run) =>
    run.steps.map(({ step, words, accuracy }) => [
      runs.length > 1 ? `${text(run.name)} ${step}` : String(step),
      number(words.value),
      accuracy ? percent(accuracy.value) : "–",
    ]),
  );
  return figure(
    {
      id: "length-accuracy",
      title,
      description,
      xLabel: "words per trace",
      yLabel: "accuracy",
      series,
      percent: true,
      labels,
    },
    "Each point is a step, joined in the order of training.",
    dataTable(["step", "words", "accuracy"], rows),
  );
}

function moreCurves(runs: readonly RunDynamics[]): string[] {
  const color = "planning";
  const tokens = runs.some(({ steps }) => steps.some((step) => step.tokens));
  const forks = runs.some(({ steps }) => steps.some(({ tokenMeasures }) => tokenMeasures?.forks));
  return [
    stepFigure(
      runs,
      {
        id: "accuracy",
        title: "Accuracy",
        yLabel: "share of graded traces",
        caption: "Share of the graded traces that succeeded, with its 95 % interval.",
        missing: "Nothing says which traces succeeded.",
        percent: true,
      },
      [{ name: "accuracy", color, of: (s) => s.accuracy }],
    ),
    stepFigure(
      runs,
      {
        id: "length",
        title: tokens ? "Length in words and tokens" : "Length in words",
        yLabel: "per trace",
        caption: "Mean per trace. Formulas, numbers and code are no words.",
        missing: "",
      },
      [
        { name: "words", color, of: (s) => s.words },
        ...(tokens ? [{ name: "tokens", color: "execution", dashed: true, of: (s: StepDynamics) => s.tokens }] : []),
      ],
    ),
    stepFigure(
      runs,
      {
        id: "planning-ratio",
        title: "Planning ratio",
        yLabel: "share of words",
        caption: "Share of the words that lie inside a strategic gram.",
        missing: "",
        percent: true,
      },
      [{ name: "planning words", color, of: (s) => s.planningRatio }],
    ),
    stepFigure(
      runs,
      {
        id: "functions",
        title: "Moves per trace by function",
        yLabel: "moves per trace",
        caption: "Strategic grams per trace; of overlapping ones the first counts.",
        missing: "The lexicon names no functions.",
        fromZero: true,
      },
      FUNCTIONS.map((name, i) => ({ name, color: name, dashed: i % 2 === 1, of: (s) => s.functions?.[name] })),
    ),
    stepFigure(
      runs,
      {
        id: "cluster-entropy",
        title: "Semantic entropy of clusters",
        yLabel: "nats",
        caption: "The same over clusters: differently worded moves of one meaning count as one kind.",
        missing: "The lexicon has no clusters.",
      },
      [{ name: "clusters", color, of: (s) => s.semanticEntropy.clusters }],
    ),
    stepFigure(
      runs,
      {
        id: "conditional-entropy",
        title: "Conditional entropy of what follows",
        yLabel: "nats",
        caption: `Entropy of the next words (up to three) given the strategic gram before them. Good’s coverage is ${coverageRange(runs)}: below about a half, the value is limited by the sample’s size.`,
        missing: "",
      },
      [{ name: "next words given the gram", color, of: (s) => s.conditionalEntropy }],
    ),
    ...(forks
      ? [
          stepFigure(
            runs,
            {
              id: "forks",
              title: "Fork tokens",
              yLabel: "share of tokens",
              caption: "High-entropy tokens are the step’s top 30 % by entropy.",
              missing: "",
              percent: true,
              fromZero: true,
            },
            [
              { name: "of planning tokens, high-entropy", color, of: (s) => s.tokenMeasures?.forks?.planningInTop },
              {
                name: "of high-entropy tokens, planning",
                color: "execution",
                dashed: true,
                of: (s) => s.tokenMeasures?.forks?.topThatIsPlanning,
              },
            ],
          ),
        ]
      : []),
  ];
}

function coverageRange(runs: readonly RunDynamics[]): string {
  const values = runs.flatMap(({ steps }) => steps.map(({ conditionalEntropy }) => conditionalEntropy.coverage));
  const [low, high] = [Math.min(...values).toFixed(2), Math.max(...values).toFixed(2)];
  return low === high ? `${low} here` : `${low} to ${high} here`;
}

const colorOf = (one: { function?: string }) => one.function ?? "planning";
const badge = (one: { function?: string }) =>
  one.function ? `<small class="badge" style="color:var(--${one.function})">${one.function}</small>` : "";
const significance = (q: number) =>
  q <= 0.05
    ? `<strong>${q < 0.001 ? "&lt; 0.001" : number(Number(q.toFixed(3)))}</strong>`
    : number(Number(q.toFixed(2)));

const change = ({ early, late }: { early: number; late: number }) =>
  `${percent(early).slice(0, -2)} → ${percent(late)}`;

function trendTables(run: RunDynamics): string {
  const table = (title: string, trends: readonly GramTrend[]) =>
    trends.length === 0
      ? `<div><h4>${title}</h4><p>None.</p></div>`
      : `<div><h4>${title}</h4><table class="trends">
<thead><tr><th scope="col">gram</th><th scope="col">share of traces</th><th scope="col">first to last third</th><th scope="col"><abbr title="false discovery rate">q</abbr></th></tr></thead>
<tbody>
${trends
  .map(
    (one) =>
      `<tr><th scope="row">${text(one.gram)} ${badge(one)}</th><td>${sparkline(one.shares, colorOf(one), `Share of traces per step, ${percent(one.shares[0])} at first, ${percent(one.shares.at(-1)!)} at last`)}</td><td>${change(one)}</td><td>${significance(one.q)}</td></tr>`,
  )
  .join("\n")}
</tbody></table></div>`;
  const { rising, falling, tested } = run.significant;
  return `<p>${rising} of ${tested} grams rise and ${falling} fall at a false discovery rate of 5 % (<strong>bold</strong>); the tables list the largest changes, significant ones first.</p>
<div class="columns">${table("Rising", run.rising)}${table("Falling", run.falling)}</div>`;
}

function strategies(run: RunDynamics): string {
  if (run.strategies.length === 0)
    return "<p>None: every strategy used later was used at the first step too, or so rarely that its absence there may be chance (false discovery rate 5 %).</p>";
  const rows = run.strategies.slice(0, MOST_STRATEGIES).map((one) => {
    const reached = one.spread.map((point) => point.reached);
    return `<tr><th scope="row">${text(one.label)} ${badge(one)}</th><td>${sparkline(reached, colorOf(one), `Problems reached: ${reached.at(-1)} by the last step`)}</td><td>${one.firstStep}</td><td>${one.problems}, half by step ${one.halfway}</td><td>${significance(one.q)}</td></tr>`;
  });
  const more =
    run.strategies.length > MOST_STRATEGIES
      ? `<p>${run.strategies.length - MOST_STRATEGIES} more are in the JSON.</p>`
      : "";
  return `<p>Absent at first, and used too often later for that to be chance (false discovery rate 5 %). The curve counts the problems reached so far.</p>
<table class="trends statements"><thead><tr><th scope="col">strategy</th><th scope="col">spread</th><th scope="col">first step</th><th scope="col">problems</th><th scope="col"><abbr title="false discovery rate">q</abbr></th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table>${more}`;
}

function phases(run: RunDynamics): string {
  const { changes, statement } = run.phases;
  const rows = (Object.keys(changes) as (keyof PhaseCurves)[])
    .filter((name) => changes[name].points > 0)
    .map((name) => {
      const { knots, rejected } = changes[name];
      const best = rejected === undefined ? "" : ` (p ${number(rejected)})`;
      const at = knots.length > 0 ? knots.map(({ step, p }) => `${step} (p ${number(p)})`).join(", ") : `none${best}`;
      return `<tr><th scope="row">${text(capital(curveStatement(name, changes)))}</th><td>${at}</td></tr>`;
    });
  return `<p>${text(statement)}</p>
<table class="trends statements"><thead><tr><th scope="col">curve</th><th scope="col">change points</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table>`;
}

const capital = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1);

function clusterMaps(run: RunDynamics, index: number): string {
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
  const top = Math.max(...clusters.map(({ late }) => late)) || 1;
  const arrow = ({ q, z }: ClusterTrend) => (q <= 0.05 ? (z > 0 ? " ▲" : " ▼") : "");
  const cells = clusters.slice(0, MOST_CELLS).map((one) => ({
    label: one.label,
    note: change(one) + arrow(one),
    size: one.occurrences,
    shade: one.late / top,
  }));
  const rest = clusters.slice(MOST_CELLS);
  if (rest.length > 0) {
    const size = rest.reduce((sum, one) => sum + one.occurrences, 0);
    cells.push({ label: `${rest.length} smaller clusters`, note: `${count(size)} occurrences`, size, shade: 0 });
  }
  return cells;
}

function comparisons({ comparisons: all }: Dynamics): string {
  const rows = all.map(({ runs: [a, b], curve, deviation }) => [
    `${text(curve)}: ${text(b)} against ${text(a)}`,
    String(deviation.steps),
    number(deviation.meanDeviation),
    `${number(deviation.deviation)} at step ${deviation.at}`,
    deviation.correlation === null ? "–" : number(deviation.correlation),
  ]);
  return dataTable(["curve", "common steps", "mean difference", "largest difference", "correlation"], rows).replace(
    "<details>",
    "<details open>",
  );
}

function traces(examples: readonly Example[]): string {
  if (examples.length === 0) return "<p>No trace has a strategic gram.</p>";
  const forks = examples.some(({ highEntropy }) => highEntropy !== undefined);
  const several = new Set(examples.map(({ run }) => run)).size > 1;
  const blocks = examples.map((one, i) => {
    const grade = one.success === undefined ? "ungraded" : one.success ? "succeeded" : "failed";
    const cut = one.omitted > 0 ? `\n<em>… ${count(one.omitted)} more characters</em>` : "";
    return `<details${i === examples.length - 1 ? " open" : ""}><summary>${several ? `${text(one.run)}, ` : ""}step ${one.step} <small>problem ${text(one.problem)}, ${grade}</small></summary>
<div class="trace" dir="auto">${highlightHtml(one.text, one.spans, one.highEntropy)}${cut}</div></details>`;
  });
  return `${highlightLegend(forks)}
<p>The same problem, where there is one, at the first, a middle and the last step.${forks ? "" : " High-entropy tokens are not known in these traces."}</p>
${blocks.join("\n")}`;
}

function method({ method: m, lexicon, input, runs }: Dynamics): string {
  const skipped = Object.entries(input.skipped);
  const faults = runs.flatMap((run) => Object.entries(run.tokenFaults));
  const lines = [
    `${count(input.traces)} traces from ${count(input.records)} records${skipped.length > 0 ? `; skipped: ${skipped.map(([why, n]) => `${count(n)} × ${text(why)}`).join(", ")}` : ""}. Input digest <code>${text(input.digest.slice(0, 16))}…</code>.`,
    `Lexicon of ${count(lexicon.grams)} strategic grams${lexicon.clusters === null ? ", without clusters" : ` in ${count(lexicon.clusters)} clusters`}.`,
    `Intervals: ${m.draws} bootstrap draws of whole problems, 95 %, centred on the value (seed ${m.seed}).`,
    m.matchedTraces === null
      ? "One step only: no sizes to match."
      : `Entropy grows with the number of traces, so phases are looked for on values at ${count(m.matchedTraces)} traces per step (means over random subsets).`,
    `Conditional entropy: the next words after a move, up to ${m.continuation}, formulas passed over.`,
    "Trends: a score test over the steps’ ranks with a variance robust to repeated problems; false discovery rates by Benjamini and Hochberg.",
    "Change points: straight pieces, a knot taken at p ≤ 0.01 against simulated curves without it that have the same noise.",
    ...faults.map(([why, n]) => `Token numbers of ${count(n)} traces were left out: ${text(why)}.`),
  ];
  return `<ul>${lines.map((one) => `<li>${one}</li>`).join("\n")}</ul>`;
}

/** A whole number with thin spaces between thousands. */
const count = (n: number) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");
