import { readdir, readFile } from "node:fs/promises";
import type { Exporter } from "./consumers.js";
import { lexiconFile } from "./recipes.js";

const PACKAGE = new URL("../../../integrations/python/sg_lexicon/", import.meta.url);

/** The lexicon's file; `packageFiles` are written beside it. */
export const python: Exporter = (entries, tokenizer) => ({
  data: lexiconFile(entries, tokenizer),
  configuration: `from sg_lexicon import PlanningMatcher   # with DIR on PYTHONPATH

matcher = PlanningMatcher.load("FILE"${tokenizer ? "" : ", tokenizer=tokenizer"})`,
});

/** The Python package's files: name and content. */
export async function packageFiles(): Promise<[string, string][]> {
  const names = (await readdir(PACKAGE)).filter((name) => /\.(?:py|typed|json)$/.test(name)).sort();
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => [name, await readFile(new URL(name, PACKAGE), "utf8")]),
  );
}
