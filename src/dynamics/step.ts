import { stepOfFile } from "../traces/shapes/step.js";

/**
 * The training step as a number: a number itself, "300", "step_300", "global_step_300". Undefined for anything else,
 * such as a commit hash: that says which checkpoint it was, but not where it stands among the others.
 */
export function numericStep(step: string | number | undefined): number | undefined {
  if (typeof step === "number") return Number.isFinite(step) ? step : undefined;
  if (step === undefined) return undefined;
  const text = step.trim();
  if (/^\d{1,15}(?:\.\d+)?$/.test(text)) return Number(text);
  return /^[a-z _=-]+\d+$/i.test(text) ? stepOfFile(text) : undefined;
}
