import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import type { Lexicon } from "../../src/lexicon/lexicon.js";
import { readPrior } from "../../src/selection/prior.js";
import { countedWords } from "../../src/text/words.js";
import { inNewFolder, root } from "./spawn.js";

const { path, run, quietly } = inNewFolder("prior-");
const lines = readFileSync(join(root, "fixtures/traces.jsonl"), "utf8").trimEnd().split("\n");
const file = (name: string, of: readonly string[]) => writeFileSync(path(name), `${of.join("\n")}\n`);
file("all.jsonl", lines);
file("backwards.jsonl", [...lines].reverse());
for (const [i, name] of ["even", "odd"].entries())
  file(
    `${name}.jsonl`,
    lines.filter((_, line) => line % 2 === i),
  );
const reference = join(root, "lexicons/reference.json");
const ours: Lexicon = JSON.parse(readFileSync(reference, "utf8"));
const prior = ["--prior", "@reference"];
const mined = quietly("all.jsonl", ...prior);
const lexicon: Lexicon = JSON.parse(mined);
writeFileSync(path("grams.json"), mined);
const rare = lexicon.entries.filter(({ problems }) => problems < 3);
const wordsOf = (gram: string) => countedWords(gram).join(" ");

describe("sg-mine --prior", () => {
  it("lets in the prior's moves that are rare here, with their counts here, and says so", async () => {
    const alone: Lexicon = JSON.parse(quietly("all.jsonl"));
    expect(alone.provenance.prior).toBeUndefined();
    expect(alone.entries.every(({ problems }) => problems >= 3)).toBe(true);
    expect(lexicon.provenance.prior).toEqual({ sha256: (await readPrior("@reference")).sha256, entries: 1500 });
    const schema = JSON.parse(readFileSync(join(root, "schema/lexicon.schema.json"), "utf8"));
    expect(new Ajv2020({ strict: false }).validate(schema, lexicon)).toBe(true);

    expect(rare.length).toBeGreaterThan(10);
    const grams = new Set(ours.grams.map(wordsOf));
    for (const { gram } of rare) expect(grams).toContain(wordsOf(gram));
    quietly("count", "all.jsonl", "--min-problems", "1", "-o", "rows.jsonl");
    const rows = readFileSync(path("rows.jsonl"), "utf8").trimEnd().split("\n");
    const counted = new Map(rows.map((line) => JSON.parse(line)).map((row) => [row.gram, row]));
    for (const { gram, problems, traces, occurrences } of rare)
      expect(counted.get(wordsOf(gram)), gram).toMatchObject({ problems, traces, occurrences });
  });

  it("gives the same bytes whatever the order, threads, memory and name of the prior", () => {
    writeFileSync(path("renamed.json"), readFileSync(reference));
    for (const args of [
      ["backwards.jsonl", ...prior, "--threads", "1"],
      ["odd.jsonl", "even.jsonl", ...prior, "--threads", "3", "--memory", "1"],
      ["all.jsonl", "--prior", "renamed.json"],
    ])
      expect(quietly(...args), args.join(" ")).toBe(mined);
    expect(run("-q", "--check", "grams.json", "all.jsonl", ...prior).status).toBe(0);
  });

  it("gives the same from counts that hold their traces, and refuses others", () => {
    for (const part of ["even", "odd"]) quietly("count", `${part}.jsonl`, "-o", `${part}.parquet`);
    quietly("merge", "even.parquet", "odd.parquet", "-o", "all.parquet");
    expect(quietly("--counts", "all.parquet", ...prior)).toBe(mined);
    quietly("count", "all.jsonl", "--wanted", "all.parquet", "-o", "rows.parquet");
    const { status, stderr } = run("--counts", "rows.parquet", ...prior);
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/rows\.parquet: holds no traces, .* leave --prior out/),
    ]);
  });

  it("goes on in the state", () => {
    quietly("even.jsonl", ...prior, "--state", "s", "-o", "g.json");
    quietly("update", "g.json", "--state", "s", "-o", "g.json", "odd.jsonl");
    expect(readFileSync(path("g.json"), "utf8")).toBe(mined);
  });

  it("is needed to mine the lexicon again, and no other", () => {
    const without = run("audit", "grams.json", "all.jsonl");
    expect([without.status, without.stderr]).toEqual([
      3,
      expect.stringMatching(/grams\.json: mined with a prior of 1500 entries \(sha256 \w{12}…\); name .* with --prior/),
    ]);
    const other = run("explain", "grams.json", "let me", "all.jsonl", "--prior", "grams.json");
    expect([other.status, other.stderr]).toEqual([
      3,
      expect.stringContaining("grams.json: not the prior of grams.json, which was mined with another"),
    ]);
    const audit = quietly("audit", "grams.json", "all.jsonl", ...prior, "--resamples", "3", "--format", "json");
    expect(JSON.parse(audit).reproduced).toBe(1);

    const [{ gram, problems }] = rare;
    const { stdout } = run("explain", "grams.json", gram, "all.jsonl", ...prior, "--format", "json");
    const { checks, rule, contradicts } = JSON.parse(stdout);
    expect(checks[1]).toEqual({ name: "problems", value: problems, needs: "any, for the prior has it", passed: true });
    expect([rule, contradicts]).toEqual([
      expect.stringMatching(/^let in .*with its cluster's and the prior's/),
      undefined,
    ]);
    expect(run("explain", "grams.json", gram).status).toBe(0);
  });

  it("refuses what has no measured weights, and the paper's preset", () => {
    writeFileSync(path("list.json"), JSON.stringify(ours.grams));
    quietly("all.jsonl", "--preset", "paper", "-o", "paper.json");
    for (const [name, why] of [
      ["list.json", "a list of grams; needed is a lexicon"],
      ["paper.json", "no prior: its weights are no shares of uses that plan (mined with --preset paper)"],
      ["nowhere.json", "no such lexicon file"],
    ]) {
      const { status, stderr, stdout } = run("all.jsonl", "--prior", name);
      expect([status, stdout, stderr], name).toEqual([3, "", expect.stringContaining(`${name}: ${why}`)]);
    }
    const paper = run("all.jsonl", "--preset", "paper", ...prior);
    expect([paper.status, paper.stderr]).toEqual([
      2,
      expect.stringContaining("--prior has no meaning with --preset paper"),
    ]);
    const over = run("all.jsonl", "--prior", "renamed.json", "-o", "renamed.json");
    expect([over.status, over.stderr]).toEqual([
      2,
      expect.stringContaining("would overwrite renamed.json, which is read"),
    ]);
  });
});
