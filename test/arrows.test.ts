import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

/** What each room may import, besides itself and the floor. A file at the root of src is a room of its own. */
const FLOOR = ["text", "statistics", "errors", "json", "threads", "replace", "version"];
const ARROWS: Record<string, readonly string[]> = {
  text: [],
  statistics: [],
  errors: [],
  json: [],
  threads: [],
  replace: [],
  version: [],
  options: [],
  traces: [],
  tokenizer: ["hub"],
  encoder: ["hub"],
  clusters: [],
  lexicon: [],
  tagger: ["lexicon"],
  grams: ["traces"],
  counts: ["traces", "grams", "options"],
  selection: ["grams", "clusters", "encoder", "tagger", "lexicon", "options"],
  hub: [],
  provenance: ["traces", "grams", "encoder", "tagger", "lexicon", "options"],
  mine: ["traces", "grams", "encoder", "clusters", "tagger", "selection", "lexicon", "options", "provenance"],
  mineFiles: ["mine", "traces", "encoder", "tagger", "options"],
  count: ["traces", "grams", "counts", "options"],
  trainers: ["lexicon", "tagger", "tokenizer", "traces"],
  dynamics: ["lexicon", "tagger", "traces"],
  audit: ["lexicon", "tagger", "traces", "grams", "encoder", "clusters", "selection", "options", "provenance"],
  report: ["lexicon", "tagger", "traces", "trainers", "dynamics", "audit", "selection"],
};
/** These may import everything. */
const TOP = ["cli", "index"];

const source = join(import.meta.dirname, "../src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const roomOf = (file: string) => file.replace(/\.ts$/, "").split("/")[0];

/** Files of src that a file imports: statically, on demand, for types, or as a thread's module. */
const imports = new Map(
  files.map((file) => {
    const found = readFileSync(join(source, file), "utf8").matchAll(
      /\b(?:from|import|import\(|URL\()\s*"(\.[^"]+\.js)"/g,
    );
    return [file, [...found].map(([, path]) => join(dirname(file), path).replace(/\.js$/, ".ts"))];
  }),
);

/** The files that can be reached from a file by one import or more. */
function reachable(file: string): Set<string> {
  const seen = new Set<string>();
  const next = [...imports.get(file)!];
  for (let one = next.pop(); one !== undefined; one = next.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    next.push(...(imports.get(one) ?? []));
  }
  return seen;
}

describe("the sources", () => {
  it("import files that are there", () => {
    const missing = [...imports].flatMap(([file, to]) =>
      to.filter((one) => !imports.has(one)).map((one) => `${file} ${one}`),
    );
    expect(missing).toEqual([]);
  });

  it("point one way", () => {
    const upward = [...imports].flatMap(([file, to]) =>
      to
        .filter((one) => {
          const [from, target] = [roomOf(file), roomOf(one)];
          return from !== target && !TOP.includes(from) && !FLOOR.includes(target) && !ARROWS[from]?.includes(target);
        })
        .map((one) => `${file} ${one}`),
    );
    expect(upward).toEqual([]);
  });

  it("hold no circle", () => {
    expect(files.filter((file) => reachable(file).has(file))).toEqual([]);
  });
});
