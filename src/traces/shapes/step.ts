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
