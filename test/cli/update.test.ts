import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { readState } from "../../src/counts/state.js";
import { inNewFolder, root } from "./spawn.js";

const { folder, path, run, quietly } = inNewFolder("update-");
const update = (...args: string[]) => quietly("update", ...args);

// With a word too long to be kept, commas and code around it, and a problem that comes again in the second part
const awkward = (i: number) =>
  JSON.stringify({
    problem_id: `long-${i}`,
    trace: `Wait, ${"ab".repeat(50)}, let me check. Hmm \`x\`, so ${"q".repeat(99)} let me check. 数学很有趣，我们需要找到答案。`,
    correct: true,
  });
const lines = readFileSync(join(root, "fixtures/traces.jsonl"), "utf8").trimEnd().split("\n");
lines.push(awkward(1), awkward(2), awkward(3), awkward(1));
const file = (name: string, of: readonly string[]) => {
  writeFileSync(path(name), `${of.join("\n")}\n`);
  return name;
};
file("all.jsonl", lines);
file(
  "a.jsonl",
  lines.filter((_, i) => i % 3 === 0),
);
file(
  "b.jsonl",
  lines.filter((_, i) => i % 3 === 1),
);
file(
  "c.jsonl",
  lines.filter((_, i) => i % 3 === 2),
);
const bytes = (name: string) => readFileSync(path(name), "utf8");

describe("sg-mine update", () => {
  it("gives what mining everything at once gives, and a state to go on from", async () => {
    quietly("all.jsonl", "--state", "all.state", "-o", "all.json");
    quietly("b.jsonl", "--state", "s", "-o", "g.json", "--threads", "1");
    expect(bytes("g.json")).not.toBe(bytes("all.json"));
    update("g.json", "--state", "s", "-o", "g.json", "a.jsonl");
    update("g.json", "--state", "s", "-o", "g.json", "--threads", "3", "c.jsonl");
    expect(bytes("g.json")).toBe(bytes("all.json"));
    const [first, second] = await Promise.all(["all.state", "s"].map((name) => readState(path(name))));
    expect([first.update.updates, second.update.updates]).toEqual([0, 2]);
    expect({ ...second, update: first.update }).toEqual(first);
    // a state is a file of counts: it merges, and what it holds is mined with other options
    quietly("merge", "s", "-o", "s.parquet");
    quietly("--counts", "s.parquet", "--max-n", "4", "-o", "four.json");
    quietly("all.jsonl", "--max-n", "4", "-o", "four-all.json");
    expect(bytes("four.json")).toBe(bytes("four-all.json"));
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("warns where the lexicon covered less of the new traces' planning than of those that it was made from", () => {
    const chinese = readFileSync(join(root, "fixtures/chinese.jsonl"), "utf8").trimEnd().split("\n");
    file("zh.jsonl", chinese);
    quietly("a.jsonl", "--state", "w", "-o", "w.json");
    const said = (...files: string[]) => {
      const { status, stderr } = run("update", "w.json", "--state", "w", "-o", "w.json", ...files);
      expect(status).toBe(0);
      return /w\.json as it was covers ([\d.]+) % of the planning words of the new traces, and ([\d.]+) %/.exec(stderr);
    };
    const { coverage } = JSON.parse(bytes("w.json")).provenance.tagger;
    const [, here, before] = said("zh.jsonl")!;
    expect(Number(before)).toBeCloseTo(100 * coverage, 1);
    expect(Number(here)).toBeLessThan(20);
    // what it has learned now, it covers
    file(
      "zh-again.jsonl",
      chinese.map((line) =>
        JSON.stringify({ ...JSON.parse(line), problem_id: `${JSON.parse(line).problem_id} again` }),
      ),
    );
    expect(said("zh-again.jsonl")).toBeNull();
  });

  it("says what changed", () => {
    quietly("a.jsonl", "--state", "cs", "-o", "c.json");
    const { status, stderr } = run("update", "c.json", "--state", "cs", "-o", "c.json", "b.jsonl", "c.jsonl");
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/^changed: \d+ → \d+ entries: \d+ added, \d+ removed, \d+ in both; difference /m);
    expect(stderr).toMatch(/^added: \p{L}.* · /mu);
  });

  it("keeps the options of the first mining", () => {
    const options = ["--max-n", "4", "--preset", "paper", "--all"];
    quietly(...options, "all.jsonl", "-o", "paper-all.json");
    quietly(...options, "a.jsonl", "--state", "p", "-o", "p.json");
    update("p.json", "--state", "p", "-o", "p.json", "b.jsonl", "c.jsonl");
    expect(bytes("p.json")).toBe(bytes("paper-all.json"));
  });

  it("forgets a share of the problems with --decay, the same ones each time", () => {
    const once = (name: string) => {
      quietly("all.jsonl", "--state", name, "-o", `${name}.json`);
      update(`${name}.json`, "--state", name, "--decay", "0.7", "-o", `${name}.json`, "a.jsonl");
      return JSON.parse(bytes(`${name}.json`));
    };
    const faded = once("d");
    expect(once("e")).toEqual(faded);
    const { provenance } = faded;
    const whole = JSON.parse(bytes("all.json")).provenance;
    expect(provenance.options.decay).toBe(0.7);
    expect(provenance.input.skipped.forgotten).toBeGreaterThan(0);
    const { records, successful, skipped } = provenance.input;
    expect(successful + Object.values<number>(skipped).reduce((a, b) => a + b, 0)).toBe(records);
    expect(provenance.corpus.problems).toBeLessThanOrEqual(whole.corpus.problems);
    update("d.json", "--state", "d", "--decay", "0.5", "-o", "d.json", "a.jsonl");
    const twice = JSON.parse(bytes("d.json"));
    expect(twice.provenance.options.decay).toBe(0.35);
    const schema = JSON.parse(readFileSync(join(root, "schema/lexicon.schema.json"), "utf8"));
    expect(new Ajv2020({ strict: false }).validate(schema, twice)).toBe(true);
  });

  it("leaves lexicon and state as they were when the new traces cannot be read", () => {
    quietly("a.jsonl", "--state", "k", "-o", "k.json");
    const before = [bytes("k.json"), readFileSync(path("k")).toString("hex")];
    expect(run("update", "-q", "k.json", "--state", "k", "-o", "k.json", "absent.jsonl").status).toBe(3);
    expect([bytes("k.json"), readFileSync(path("k")).toString("hex")]).toEqual(before);
  });

  it("refuses the state of another lexicon, none, and broken ones", () => {
    quietly("a.jsonl", "--state", "k", "-o", "k.json");
    quietly("b.jsonl", "-o", "other.json");
    const refused = (state: string, lexicon = "k.json") => {
      const { status, stderr } = run("update", "-q", lexicon, "--state", state, "c.jsonl");
      expect([status, stderr]).toEqual([3, expect.stringContaining(state)]);
      return stderr;
    };
    expect(refused("k", "other.json")).toContain("of another lexicon");
    expect(refused("absent")).toContain("no such state");
    const whole = readFileSync(path("k"));
    writeFileSync(path("cut"), whole.subarray(0, whole.length - 40));
    refused("cut");
    writeFileSync(path("text"), "no state");
    refused("text");
    writeFileSync(
      path("flipped"),
      whole.map((byte, i) => (i === whole.length - 400 ? byte ^ 1 : byte)),
    );
    expect(refused("flipped")).toContain("broken");
    quietly("count", "a.jsonl", "-o", "counts");
    expect(refused("counts")).toContain("no state of a lexicon");
    expect(run("update", "-q", "k.json", "c.jsonl").status).toBe(2);
    expect(run("update", "-q", "k.json", "--state", "k", "--decay", "0", "c.jsonl").status).toBe(2);
  });
});

describe("two updates at once", () => {
  it("lose nothing: one that comes too late writes nothing and says so", async () => {
    quietly("--state", "twice.state", "-o", "twice.json", join(root, "fixtures/traces.jsonl"));
    const args = ["update", "-q", "twice.json", "--state", "twice.state", "-o", "twice.json"];
    const once = () =>
      new Promise<number | null>((resolve) => {
        const all = [join(root, "bin/sg-mine.js"), ...args, join(root, "fixtures/traces.jsonl")];
        spawn(process.execPath, all, { cwd: folder }).on("close", resolve);
      });
    const codes = await Promise.all([once(), once()]);
    const done = codes.filter((code) => code === 0).length;
    expect([codes.filter((code) => code === 3).length, done > 0]).toEqual([2 - done, true]);
    expect((await readState(path("twice.state"))).update.updates).toBe(done);
    // the pair fits: a third goes on from it
    expect(await once()).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith("twice"))).toEqual(["twice.json", "twice.state"]);
  });
});
