/** A training run made up for tests: rollouts with token texts, entropies and log-probabilities, and a lexicon for them. */

import type { Lexicon, StrategicFunction } from "../../src/lexicon/lexicon.js";
import { createRandom, type Random } from "../../src/statistics/random.js";

const GRAMS: [string, StrategicFunction][] = [
  ["let's break down the problem", "goal"],
  ["we need to find", "goal"],
  ["this means that", "deduction"],
  ["alternatively, we can", "branching"],
  ["let's try another way", "branching"],
  ["wait, let me check", "backtracing"],
];
const EXECUTION = [
  "Adding the numbers gives 12.",
  "The sum is then equal to 30.",
  "Multiply both sides by four.",
  "It simplifies to a smaller fraction.",
];

/** One cluster per function. */
export const lexicon: Lexicon = {
  format: "sg-lexicon/1",
  grams: GRAMS.map(([gram]) => gram),
  entries: GRAMS.map(([gram, purpose]) => ({
    gram,
    spellings: [gram],
    function: purpose,
    weight: 0.9,
    cluster: ["goal", "deduction", "branching", "backtracing"].indexOf(purpose),
    problems: 5,
    traces: 5,
    occurrences: 5,
    perTrace: 1,
    clauseInitial: 1,
  })),
  clusters: ["goal", "deduction", "branching", "backtracing"].map((name, id) => {
    const grams = GRAMS.filter(([, purpose]) => purpose === name).map(([gram]) => gram);
    return {
      id,
      label: grams[0],
      function: name as StrategicFunction,
      size: grams.length,
      documentFrequency: 0.5,
      perTrace: 1,
      grams,
    };
  }),
  provenance: {
    tool: "sg-mine",
    version: "0.0.0",
    preset: "default",
    options: {},
    seed: 1,
    encoder: { name: "none", dimension: 1, sha256: "" },
    input: { digest: "0".repeat(64), records: 0, successful: 0, skipped: {} },
    corpus: { problems: 0, traces: 0, words: 0 },
  },
};

const pick = <T>(random: Random, list: readonly T[]) => list[Math.floor(random() * list.length)];

export interface RunRecord {
  problem_id: string;
  response: string;
  tokens: string[];
  entropies: number[];
  logprobs: number[];
  correct: boolean;
  step: number;
}

/**
 * Execution becomes certain over the first 40 % of the run; from there on more kinds of moves, more of them, and more
 * success. Planning tokens have an entropy of about 0.9, execution tokens of 0.6 falling to 0.25.
 */
export function runRecords({ steps = 20, problems = 12, seed = 1 } = {}): RunRecord[] {
  const random = createRandom(seed, "run");
  return Array.from({ length: steps }, (_, rank) => {
    const late = Math.max(0, rank / (steps - 1) - 0.4) / 0.6;
    const early = Math.max(0, 0.4 - rank / (steps - 1)) / 0.4;
    return Array.from({ length: problems }, (_, problem): RunRecord => {
      const moves = 1 + Math.floor(late * 4 * (0.5 + random()));
      const known = GRAMS.slice(0, 2 + Math.round(4 * late));
      const record: RunRecord = {
        problem_id: `p${problem}`,
        response: "",
        tokens: [],
        entropies: [],
        logprobs: [],
        correct: random() < 0.2 + 0.5 * late,
        step: 10 * (rank + 1),
      };
      const write = (text: string, mean: number) => {
        for (const token of text.match(/ ?[A-Za-z']+| ?\d+|[^\sA-Za-z\d]/g)!) {
          record.tokens.push(token);
          record.entropies.push(Math.round(1e4 * mean * (0.5 + random())) / 1e4);
          record.logprobs.push(-Math.round(1e4 * mean * (0.5 + random())) / 1e4);
        }
      };
      for (let i = 0; i < 6; i++) {
        if (i < moves) write(` ${pick(random, known)[0]}.`, 0.9);
        write(` ${pick(random, EXECUTION)}`, 0.25 + 0.35 * early);
      }
      record.response = record.tokens.join("");
      return record;
    });
  }).flat();
}
