/** The paper's four panels; semantic entropy, the third, stands on the first screen. */
import type { RunDynamics, StepDynamics } from "../../dynamics/dynamics.js";
import { type ChartPoint, number, percent, type Series } from "../charts.js";
import { escapeHtml as text } from "../html.js";
import { dataTable } from "../page.js";
import { type Figure, figure, missing, stepFigure } from "./figures.js";

const PLANNING = { name: "planning tokens", color: "planning" };
const EXECUTION = { name: "execution tokens", color: "execution", dashed: true };

export function panels(runs: readonly RunDynamics[]): Figure[] {
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
        { ...EXECUTION, of: (s) => s.tokenMeasures?.relativePerplexity?.execution, curve: "executionPerplexity" },
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
        { ...EXECUTION, of: (s) => s.tokenMeasures?.entropy?.execution, curve: "executionEntropy" },
      ],
    ),
    lengthAgainstAccuracy(runs),
  ];
}

/** Semantic entropy, with the phases that were found shaded on it. */
export const semanticEntropy = (runs: readonly RunDynamics[]): Figure =>
  stepFigure(
    runs,
    {
      id: "semantic-entropy",
      title: "Semantic entropy",
      yLabel: "nats",
      caption:
        "Entropy of the frequencies of strategic grams among the step’s traces; the band is a 95 % bootstrap interval over problems.",
      missing: "No strategic gram occurs.",
      phases: true,
      height: "tall",
    },
    [
      { name: "grams", color: "planning", of: (s) => s.semanticEntropy.grams, curve: "semanticEntropy" },
      ...(sizesDiffer(runs)
        ? [{ name: "grams, at equal size", color: "goal", of: (s: StepDynamics) => s.semanticEntropy.grams.matched }]
        : []),
    ],
  );

const sizesDiffer = (runs: readonly RunDynamics[]) =>
  new Set(runs.flatMap(({ steps }) => steps.map(({ traces }) => traces))).size > 1;

function lengthAgainstAccuracy(runs: readonly RunDynamics[]): Figure {
  const title = "Length against accuracy";
  const series = runs.flatMap((run, r): Series[] => {
    const points = run.steps.flatMap(({ words, accuracy }): ChartPoint[] =>
      accuracy ? [{ x: words.value, y: accuracy.value }] : [],
    );
    return points.length > 0
      ? [{ name: run.name, color: runs.length > 1 ? `run${r % 6}` : "planning", points, shaded: runs.length === 1 }]
      : [];
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
    "Each point is a step, joined in the order of training; the first is light, the last strong.",
    dataTable(["step", "words", "accuracy"], rows),
  );
}
