import { readdir, readFile } from "node:fs/promises";
import type { Exporter } from "./consumers.js";
import { lexiconFile } from "./recipes.js";

const PACKAGE = new URL("../../../integrations/python/sg_lexicon/", import.meta.url);

const MODEL = new URL("../../../models/planning-tagger/", import.meta.url);
const MODEL_FILES = ["SHA256SUMS", "tagger.json", "weights.bin"];

/** The lexicon's file; `packageFiles` are written beside it. */
export const python: Exporter = (entries, tokenizer) => ({
  data: lexiconFile(entries, tokenizer),
  configuration: `from sg_lexicon import PlanningMatcher   # with DIR on PYTHONPATH

matcher = PlanningMatcher.load("FILE"${tokenizer ? "" : ", tokenizer=tokenizer"})`,
});

/** The Python package's files, and the tagger's in its folder: name and content. */
export async function packageFiles(): Promise<[string, Uint8Array][]> {
  const names = (await readdir(PACKAGE)).filter((name) => /\.(?:py|typed)$/.test(name)).sort();
  return Promise.all([
    ...names.map(async (name): Promise<[string, Uint8Array]> => [name, await readFile(new URL(name, PACKAGE))]),
    ...MODEL_FILES.map(
      async (name): Promise<[string, Uint8Array]> => [`model/${name}`, await readFile(new URL(name, MODEL))],
    ),
  ]);
}
