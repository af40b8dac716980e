import { describe, expect, it } from "vitest";
import { csvLines } from "../../src/cli/csvLines.js";
import { createMeasurer } from "../../src/dynamics/dynamics.js";
import { columnsOf, stepRows } from "../../src/dynamics/flat.js";
import { tracesOf } from "../../src/traces/shapes/record.js";
import { lexicon, runRecords } from "./run.js";

const records = runRecords({ steps: 9, problems: 6 });
const measurer = createMeasurer(lexicon, ["run"]);
for (const record of records) measurer.add("run", record, tracesOf(record, { all: true }, { file: "x" }).traces);
const { dynamics, rollouts } = measurer.finish();

describe("stepRows", () => {
  it("holds every number of a step, named by its path", () => {
    const rows = stepRows(dynamics);
    const { steps } = dynamics.runs[0];
    expect(rows).toHaveLength(steps.length);
    rows.forEach((row, i) => {
      expect(row).toMatchObject({ run: "run", step: steps[i].step, "accuracy.low": steps[i].accuracy!.low });
      expect(row["semanticEntropy.grams.matched"]).toBe(steps[i].semanticEntropy.grams.matched);
      expect(row["tokenMeasures.entropy.planning"]).toBe(steps[i].tokenMeasures!.entropy!.planning);
    });
  });

  it("gives a measure that some steps lack the columns of its parts alone", () => {
    expect(
      columnsOf([
        { run: "a", step: 1, accuracy: null },
        { run: "a", step: 2, "accuracy.value": 1, other: null },
      ]),
    ).toEqual(["run", "step", "accuracy.value"]);
  });
});

describe("rollouts", () => {
  it("are a row each, whose sums are the step's", () => {
    const rows = [...rollouts()];
    expect(rows).toHaveLength(records.length);
    for (const { step, traces, movesPerTrace, words, functions } of dynamics.runs[0].steps) {
      const own = rows.filter((row) => row.step === step);
      const mean = (name: string) => own.reduce((sum, row) => sum + Number(row[name]), 0) / traces;
      expect(own).toHaveLength(traces);
      expect(mean("moves")).toBeCloseTo(movesPerTrace.value, 4);
      expect(mean("words")).toBeCloseTo(words.value, 2);
      expect(mean("goal")).toBeCloseTo(functions!.goal, 4);
    }
    expect(rows[0].problem).toBe(records[0].problem_id);
  });
});

describe("csvLines", () => {
  it("quotes what must be, and lets no cell run as a formula", async () => {
    let text = "";
    for await (const line of csvLines([
      { run: "=1+1", n: -2 },
      { run: 'a,"b"', n: null },
    ]))
      text += line;
    expect(text).toBe('run,n\n\'=1+1,-2\n"a,""b""",\n');
  });
});
