const NAMED =
  /(?:^|[^a-z])(?:global_?steps?|steps?|ckpt|checkpoint|completions|iter(?:ation)?)[ _=-]*(\d+)(?![a-z\d])/i;
const BARE = /^\d+$/;

/**
 * Training step in a file's name: "outputs_step_300.jsonl", "checkpoint-500/x.jsonl", "300.jsonl.gz"; undefined when
 * neither the name nor its folder's name tells one.
 */
export function stepOfFile(file: string): number | undefined {
  const [name = "", folder = ""] = file.split(/[/\\]/).reverse();
  const stem = name.replace(/\.(gz|zst)$/i, "").replace(/\.[a-z]+$/i, "");
  const found = BARE.test(stem) ? stem : (NAMED.exec(stem)?.[1] ?? NAMED.exec(folder)?.[1]);
  if (found === undefined) return undefined;
  const step = Number(found);
  return Number.isSafeInteger(step) ? step : undefined;
}

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
