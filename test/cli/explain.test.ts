import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Lexicon } from "../../src/lexicon/lexicon.js";

const root = join(import.meta.dirname, "../..");
const traces = join(root, "fixtures/traces.jsonl");
const folder = mkdtempSync(join(tmpdir(), "explain-"));
const grams = join(folder, "grams.json");
const temporary = mkdtempSync(join(tmpdir(), "explain-tmp-"));

const run = (args: string[], input = "") =>
  spawnSync("node", [join(root, "bin/sg-mine.js"), ...args], {
    encoding: "utf8",
    input,
    env: { ...process.env, NO_COLOR: "1", TMPDIR: temporary },
  });
const explain = (...args: string[]) => JSON.parse(run(["explain", grams, "--format", "json", ...args]).stdout);
let lexicon: Lexicon;

beforeAll(() => {
  expect(run(["-q", "-o", grams, traces]).status).toBe(0);
  lexicon = JSON.parse(readFileSync(grams, "utf8"));
});

describe("sg-mine explain", () => {
  it("shows an entry with its cluster and what is near it", () => {
    const [entry] = lexicon.entries;
    const e = explain(entry.spellings[0].toUpperCase());
    expect(e.entry).toEqual({ rank: 1, ...entry });
    expect(e.cluster).toEqual(lexicon.clusters.find(({ id }) => id === entry.cluster));
    expect(e.neighbours.length).toBeGreaterThan(0);
    expect(e.neighbours.map(({ gram }: { gram: string }) => gram)).not.toContain(entry.gram);
    expect(e.neighbours[0].cosine).toBeGreaterThanOrEqual(e.neighbours.at(-1).cosine);
    expect(e.checks).toEqual([]);
  });

  it("says from the traces what let an entry in, and where it stands", () => {
    const entry = lexicon.entries.find(({ gram }) => gram.split(" ").length > 1)!;
    const e = explain(entry.gram, traces);
    expect(e.rule).toMatch(/^let in by its uses: \d+ % of its \d+ uses plan/);
    expect(e.use).toMatchObject({ problems: entry.problems, traces: entry.traces, occurrences: entry.occurrences });
    const lines = readFileSync(traces, "utf8").split("\n");
    for (const { place, clause } of e.use.examples) {
      const [, line] = /^.*traces\.jsonl:(\d+)$/.exec(place)!;
      const { trace } = JSON.parse(lines[Number(line) - 1]);
      expect(trace.replace(/\s+/g, " ")).toContain(clause);
      expect(clause.toLowerCase().replace(/[^a-z' ]/g, "")).toContain(entry.gram.replace(/[^a-z' ]/g, ""));
    }
    expect(e.checks.find(({ name }: { name: string }) => name.startsWith("place")).value).toBe(
      lexicon.grams.indexOf(entry.gram) + 1,
    );
  });

  it("says what kept a phrase out", () => {
    const first = (e: { checks: { passed: boolean }[] }) => e.checks.findIndex(({ passed }) => !passed);
    const long = explain("one two three four five six seven", traces);
    expect([long.rule, first(long)]).toEqual([expect.stringContaining("length"), 0]);
    const rare = explain("zyzzyva gram", traces);
    expect([rare.rule, first(rare)]).toEqual([expect.stringContaining("document frequency"), 1]);
    const plain = explain("of the", traces);
    expect([plain.rule, first(plain)]).toEqual([expect.stringMatching(/by its uses: .* 1 % plan as a whole/), 3]);
    expect(plain.checks).toHaveLength(4);
    const fragment = explain("to find", traces);
    expect(fragment.rule).toContain("kept out as a fragment");
    expect(first(fragment)).toBe(fragment.checks.length - 1);
    expect(fragment.checks.at(-1).name).toMatch(/begin/);
  });

  it("says where the lexicon and the traces contradict each other", () => {
    const [{ gram }] = lexicon.entries;
    expect(explain(gram, traces).contradicts).toBeUndefined();
    const edited = join(folder, "edited.json");
    const without = { ...lexicon, grams: lexicon.grams.slice(1), entries: lexicon.entries.slice(1) };
    writeFileSync(edited, JSON.stringify(without));
    expect(run(["explain", edited, gram, traces]).stdout).toMatch(
      /^but it is no entry of the lexicon, and these traces let it in: they are the traces that it was mined from, so /m,
    );
    const some = readFileSync(traces, "utf8").split("\n").slice(0, 40).join("\n");
    expect(run(["explain", grams, gram, "-"], some).stdout).toMatch(
      /^but .*: they are not the traces that it was mined from$/m,
    );
  });

  it("takes traces from standard input, and leaves nothing behind", () => {
    const [{ gram }] = lexicon.entries;
    const text = run(["explain", grams, gram, "-"], readFileSync(traces, "utf8")).stdout;
    expect(text).toContain("let in by its uses");
    expect(text).toMatch(/^ {2}stdin:\d+: /m);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("refuses what is no gram, and a bare list", () => {
    const { status, stderr } = run(["explain", grams, "one. two"]);
    expect([status, stderr]).toEqual([3, expect.stringContaining("a clause ends inside it")]);
    expect(run(["explain", join(root, "fixtures/lexicon/grams.txt"), "wait"]).status).toBe(3);
  });
});
