/** The curves beside the four panels. */
import { extent } from "d3-array";
import type { RunDynamics, StepDynamics } from "../../dynamics/dynamics.js";
import { FUNCTIONS } from "../../lexicon/lexicon.js";
import { type Figure, stepFigure } from "./figures.js";

/** Accuracy over length, on one axis of steps. */
export function outcomes(runs: readonly RunDynamics[]): Figure[] {
  const tokens = runs.some(({ steps }) => steps.some((step) => step.tokens));
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
        height: "low",
      },
      [{ name: "accuracy", color: "planning", of: (s) => s.accuracy, curve: "accuracy" }],
    ),
    stepFigure(
      runs,
      {
        id: "length",
        title: tokens ? "Length in words and tokens" : "Length in words",
        yLabel: "per trace",
        caption: "Mean per trace. Formulas, numbers and code are no words.",
        missing: "",
        height: "low",
      },
      [
        { name: "words", color: "planning", of: (s) => s.words, curve: "length" },
        ...(tokens ? [{ name: "tokens", color: "execution", dashed: true, of: (s: StepDynamics) => s.tokens }] : []),
      ],
    ),
  ];
}

export function moreCurves(runs: readonly RunDynamics[]): Figure[] {
  const color = "planning";
  const forks = runs.some(({ steps }) => steps.some(({ tokenMeasures }) => tokenMeasures?.forks));
  return [
    stepFigure(
      runs,
      {
        id: "planning-ratio",
        title: "Planning ratio",
        yLabel: "share of words",
        caption: "Share of the words that plan.",
        missing: "",
        percent: true,
      },
      [{ name: "planning words", color, of: (s) => s.planningRatio, curve: "planningRatio" }],
    ),
    stepFigure(
      runs,
      {
        id: "functions",
        title: "Moves per trace by function",
        yLabel: "moves per trace",
        caption: "Moves per trace.",
        missing: "The lexicon names no functions.",
        fromZero: true,
      },
      FUNCTIONS.map((name, i) => ({ name, color: name, dashed: i % 2 === 1, of: (s) => s.functions?.[name] })),
    ),
    ...(runs.some(({ steps }) => steps.some((step) => step.lexiconCoverage))
      ? [
          stepFigure(
            runs,
            {
              id: "lexicon-coverage",
              title: "Planning that the lexicon covers",
              yLabel: "share of planning words",
              caption:
                "Share of the words that plan, as the tagger reads them in context, that lie inside one of the lexicon’s grams. Where it falls, the lexicon is due for mining.",
              missing: "",
              percent: true,
            },
            [{ name: "covered", color, of: (s) => s.lexiconCoverage }],
          ),
        ]
      : []),
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
      [{ name: "next words given the gram", color, of: (s) => s.conditionalEntropy, curve: "conditionalEntropy" }],
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
  const [low, high] = (extent(values) as [number, number]).map((value) => value.toFixed(2));
  return low === high ? `${low} here` : `${low} to ${high} here`;
}
