/** Figures of the training report: charts over steps, each with its table. */
import { extent, mean } from "d3-array";
import type { RunDynamics, StepDynamics } from "../../dynamics/dynamics.js";
import type { PhaseCurves } from "../../dynamics/phases.js";
import type { Estimate } from "../../dynamics/resample.js";
import { type Band, type Chart, type ChartPoint, lineChart, number, percent, type Series } from "../charts.js";
import { escapeHtml as text } from "../html.js";
import { dataTable } from "../page.js";

/** Mean over the steps at which the value is known; null where it is known at none. */
export const meanOver = (steps: readonly StepDynamics[], of: (step: StepDynamics) => number | null): number | null =>
  mean(steps, of) ?? null;

/** A kind of line within a chart: one per run is drawn. */
export interface Kind {
  name: string;
  color: string;
  dashed?: boolean;
  of: (step: StepDynamics) => number | Estimate | null | undefined;
  /** the curve on which changes were looked for */
  curve?: keyof PhaseCurves;
}

/** Lines of several runs are told apart by colour and by width, the first the widest: so none hides another. */
const widthOf = (run: number, runs: number) => (runs === 1 ? undefined : Math.max(1.2, 4.4 - 1.2 * run));
const colorOf = (run: number) => `run${run % 6}`;

function seriesOf(runs: readonly RunDynamics[], kinds: readonly Kind[]): Series[] {
  return runs.flatMap((run, r) =>
    kinds.flatMap(({ name, color, dashed, of, curve }): Series[] => {
      const points = run.steps.flatMap((step): ChartPoint[] => {
        const value = of(step);
        if (value === null || value === undefined) return [];
        if (typeof value === "number") return [{ x: step.step, y: value }];
        return [{ x: step.step, y: value.value, low: value.low, high: value.high }];
      });
      if (points.length === 0) return [];
      const knots = curve ? run.phases.changes[curve].knots.map(({ step }) => step) : [];
      return runs.length === 1
        ? [{ name, color, dashed, points, knots }]
        : [
            {
              name: kinds.length > 1 ? `${run.name}, ${name}` : run.name,
              color: colorOf(r),
              dashed,
              points,
              knots,
              width: widthOf(r, runs.length),
            },
          ];
    }),
  );
}

export interface Panel {
  id: string;
  title: string;
  yLabel: string;
  caption: string;
  missing: string;
  fromZero?: boolean;
  percent?: boolean;
  height?: Chart["height"];
  /** shades the phases that were found */
  phases?: boolean;
}

/** A figure, or a plain word on why there is none. */
export interface Figure {
  html: string;
  empty: boolean;
}

/** Figures, those without anything to show last and small. */
export function inOrder(figures: readonly Figure[]): string {
  const html = (empty: boolean) => figures.filter((one) => one.empty === empty).map((one) => one.html);
  const missing = html(true);
  return `<div class="figures">${html(false).join("\n")}</div>${missing.length > 0 ? `\n<ul class="missing">${missing.join("\n")}</ul>` : ""}`;
}

/** A chart over steps with its table. */
export function stepFigure(runs: readonly RunDynamics[], panel: Panel, kinds: readonly Kind[]): Figure {
  const series = seriesOf(runs, kinds);
  if (series.length === 0) return missing(panel.title, panel.missing);
  const show = panel.percent ? percent : number;
  const description = series
    .map(({ name, points }) => {
      const [least, most] = extent(points, ({ y }) => y) as [number, number];
      return `${name}: ${show(points[0].y)} at step ${points[0].x}, ${show(points.at(-1)!.y)} at step ${points.at(-1)!.x}, between ${show(least)} and ${show(most)}.`;
    })
    .join(" ");
  const bands = panel.phases && runs.length === 1 ? bandsOf(runs[0]) : [];
  const changes = series.some(({ knots }) => knots && knots.length > 0) ? " A dotted upright is a change point." : "";
  return figure(
    { ...panel, description, xLabel: "training step", series, bands, domain: stepsOf(runs) },
    panel.caption + changes,
    stepTable(series, show),
  );
}

const stepsOf = (runs: readonly RunDynamics[]) =>
  extent(
    runs.flatMap(({ steps }) => steps),
    ({ step }) => step,
  ) as [number, number];

/** The phases that were found, to be shaded. */
function bandsOf({ phases: { consolidation, exploration } }: RunDynamics): Band[] {
  return [
    ...(consolidation
      ? [{ name: "consolidation", color: "execution", from: consolidation.from, to: consolidation.to }]
      : []),
    ...(exploration ? [{ name: "exploration", color: "planning", from: exploration.from, to: exploration.to }] : []),
  ];
}

export function figure(chart: Chart, caption: string, table: string): Figure {
  const legend =
    chart.series.length > 1
      ? `<ul class="key">${chart.series
          .map(
            ({ name, color, dashed, width }) =>
              `<li><svg class="swatch" viewBox="0 0 24 8" width="24" height="8" aria-hidden="true"><path class="line${dashed ? " dashed" : ""}" style="stroke:var(--${color})${width ? `;stroke-width:${width}` : ""}" d="M1 4H23"/></svg> ${text(name)}</li>`,
          )
          .join("")}</ul>`
      : "";
  return {
    empty: false,
    html: `<figure>
<h4>${text(chart.title)}</h4>
${lineChart(chart)}
${legend}<figcaption>${caption}</figcaption>
${table}
</figure>`,
  };
}

export const missing = (title: string, why: string): Figure => ({
  empty: true,
  html: `<li><strong>${text(title)}</strong>: ${why}</li>`,
});

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

export const significance = (q: number) =>
  q <= 0.05
    ? `<strong>${q < 0.001 ? "&lt; 0.001" : number(Number(q.toFixed(3)))}</strong>`
    : number(Number(q.toFixed(2)));

export const change = ({ early, late }: { early: number; late: number }) =>
  `${percent(early).slice(0, -2)} → ${percent(late)}`;
