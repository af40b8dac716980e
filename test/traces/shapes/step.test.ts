import { expect, it } from "vitest";
import { stepOfFile } from "../../../src/traces/shapes/step.js";

it.each([
  ["step_300.jsonl", 300],
  ["300.jsonl", 300],
  ["runs/300.jsonl.gz", 300],
  ["global_step_40.json", 40],
  ["outputs-step500.parquet", 500],
  ["checkpoint-1200/samples.jsonl", 1200],
  ["completions_00010.parquet", 10],
  ["C:\\runs\\step_7\\out.csv", 7],
  ["traces.jsonl", undefined],
  ["gsm8k.jsonl", undefined],
  ["footstep2b.jsonl", undefined],
  ["-", undefined],
  ["step_99999999999999999999.jsonl", undefined],
])("%s → %s", (file, step) => {
  expect(stepOfFile(file)).toBe(step);
});
