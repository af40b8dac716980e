import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FUNCTIONS } from "../../src/lexicon/lexicon.js";

const root = join(import.meta.dirname, "../..");
const lexicon = join(root, "fixtures/lexicon/lexicon.json");
const list = join(root, "fixtures/lexicon/grams.txt");
const traces = join(root, "fixtures/lexicon/traces.jsonl");
const tokenizer = join(root, "fixtures/tokenizers/gpt2");

function tag(args: string[], input?: string | Buffer) {
  const { status, stdout, stderr } = spawnSync("node", [join(root, "bin/sg-mine.js"), "tag", ...args], {
    input: input ?? "",
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return {
    status,
    stdout,
    stderr,
    lines: stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}
const records = (await readFile(traces, "utf8"))
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

describe("sg-mine tag", () => {
  it("writes a page with the traces highlighted, markup in them shown and not obeyed", async () => {
    const page = join(await mkdtemp(join(tmpdir(), "sg-mine-test-")), "page.html");
    const hostile = JSON.stringify({
      id: 1,
      problem: "p",
      trace: "<script>alert(1)</script> Wait, let me double-check.",
    });
    const { status, lines } = tag([lexicon, "--by", "grams", "--html", page], `${hostile}\n`);
    expect(status).toBe(0);
    const html = await readFile(page, "utf8");
    expect(html).not.toContain("<script");
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    for (const { gram } of lines[0].spans) expect(html).toContain(`: ${gram}"`);
    expect(lines[0].spans.length).toBeGreaterThan(0);
  });

  it("marks a lexicon's grams with both kinds of offsets, one line per record in order", () => {
    const { status, lines, stderr } = tag([lexicon, traces, "--by", "grams"]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^(?:fields: .*\n)+tagged 7 traces: 28 spans in 7 of them\n$/);
    expect(lines.map(({ id, problem_id }) => [id, problem_id])).toEqual(records.map((r) => [r.id, r.problem_id]));
    expect(lines[0]).toEqual({
      id: "a",
      problem_id: "p1",
      spans: [
        {
          start: 0,
          end: 18,
          startCodePoint: 0,
          endCodePoint: 18,
          gram: "wait, let me check",
          cluster: 0,
          function: "backtracing",
          weight: 0.97,
        },
        {
          start: 39,
          end: 52,
          startCodePoint: 39,
          endCodePoint: 52,
          gram: "so that means",
          cluster: 3,
          function: "deduction",
          weight: 0.76,
        },
      ],
    });
    const slices = lines.map(({ spans }, i) =>
      spans.map((s: { start: number; end: number }) => records[i].trace.slice(s.start, s.end)),
    );
    expect(slices[2]).toEqual(["But wait", "the problem says", "what if we", "Let's try", "let me think"]);
    expect(slices[4]).toEqual(["Première étape", "premie\u0300re e\u0301tape", "让我们", "让我们"]);
    expect(slices[5]).toEqual(["wait", "let me think", "so, let me", "I made a mistake"]);
    lines.forEach(({ spans }, i) => {
      for (const { start, end, startCodePoint, endCodePoint } of spans)
        expect(Array.from(records[i].trace).slice(startCodePoint, endCodePoint).join("")).toBe(
          records[i].trace.slice(start, end),
        );
    });
  });

  it("marks by context: the entry of each span or none, its probability, its function there", () => {
    const { status, lines, stderr } = tag([lexicon, traces]);
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^(?:fields: .*\n)+tagged 7 traces by context: \d+ spans in \d of them\nthe lexicon's grams cover \d+\.\d % of \d+ planning words\n$/,
    );
    const entries = new Map(
      JSON.parse(readFileSync(lexicon, "utf8")).entries.map((e: { gram: string }) => [e.gram, e]),
    );
    const seen = new Set<string>();
    lines.forEach(({ spans }, i) => {
      let last = 0;
      for (const span of spans) {
        expect(span.start).toBeGreaterThanOrEqual(last);
        last = span.end;
        expect(span.probability).toBeGreaterThan(0);
        expect(span.probability).toBeLessThanOrEqual(1);
        expect([...FUNCTIONS, null]).toContain(span.function);
        const text = records[i].trace.slice(span.start, span.end);
        expect(text).toMatch(/^\p{L}.*[\p{L}\p{M}]$/su);
        if (span.gram === null) {
          expect(span).not.toHaveProperty("weight");
          seen.add("none");
        } else {
          expect(span).toMatchObject({ cluster: expect.any(Number), weight: expect.any(Number) });
          expect(entries.get(span.gram)).toMatchObject({ cluster: span.cluster, weight: span.weight });
          seen.add("entry");
        }
      }
    });
    expect([...seen].sort()).toEqual(["entry", "none"]);
  });

  it("marks by the tagger alone where the first file is no lexicon, whatever it is called", async () => {
    const alone = tag([traces]);
    expect(alone.stderr).toMatch(
      /^(?:fields: .*\n)+tagged 7 traces by context, without a lexicon: \d+ spans in \d of them\n$/,
    );
    const withLexicon = tag([lexicon, traces]).lines;
    const places = (lines: { spans: Record<string, unknown>[] }[]) =>
      lines.map(({ spans }) =>
        spans.map(({ start, end, function: purpose, probability }) => [start, end, purpose, probability]),
      );
    expect(places(alone.lines)).toEqual(places(withLexicon));
    for (const { spans } of alone.lines) for (const span of spans) expect(span.gram).toBeNull();
    expect(tag(["-q"], readFileSync(traces)).stdout).toBe(alone.stdout);
    expect(tag(["-", "-q"], readFileSync(traces)).stdout).toBe(alone.stdout);
    const folder = await mkdtemp(join(tmpdir(), "tag-"));
    for (const [name, content] of [
      ["traces.json", JSON.stringify(records)],
      ["lines.json", readFileSync(traces)],
      ["many.jsonl", readFileSync(traces)],
    ] as const) {
      await writeFile(join(folder, name), content);
      expect(tag([join(folder, name), "-q"]).stdout).toBe(alone.stdout);
    }
    expect(tag([join(folder, "many.jsonl"), traces, "-q"]).stdout).toBe(alone.stdout.repeat(2));
    expect(tag([join(folder, "*.jsonl"), "-q"]).stdout).toBe(alone.stdout);
    await writeFile(join(folder, "cut.json"), '{"format": "sg-lexicon/1", "entries": [');
    expect(tag([join(folder, "cut.json"), traces])).toMatchObject({ status: 3, stdout: "" });
    expect(tag([join(folder, "cut.json"), traces]).stderr).toContain("cut.json: is not valid JSON");
  });

  it("gives the same lines with and without threads", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tag-"));
    const file = join(folder, "many.jsonl");
    await writeFile(file, (await readFile(traces, "utf8")).repeat(1_500));
    const lines = async (threads: string) => {
      const output = join(folder, threads);
      const { stderr, status } = tag([lexicon, file, "--threads", threads, "-o", output]);
      expect(status).toBe(0);
      return { stderr, data: await readFile(output, "utf8") };
    };
    const one = await lines("1");
    expect(one.stderr).toContain("tagged 10500 traces");
    expect(await lines("3")).toEqual(one);
  });

  it("reads lists, standard input, and names records by line where they have no id", () => {
    const input = `${JSON.stringify({ trace: "Nothing to see" })}\n\n${JSON.stringify({ problem_id: 7, output: "let me" })}\n`;
    const { lines } = tag([list, traces, "-q", "--by", "grams"]);
    expect(lines[0].spans).toEqual([{ start: 6, end: 18, startCodePoint: 6, endCodePoint: 18, gram: "let me check" }]);
    const piped = tag([lexicon, "-q", "--by", "grams"], input).lines;
    expect(piped).toEqual([
      { id: 1, spans: [] },
      { problem_id: 7, id: 3, spans: [] },
    ]);
  });

  it.each(["context", "grams"])("gives tokens and their mask, by %s", (by) => {
    const { lines, stderr } = tag([lexicon, traces, "--tokenizer", tokenizer, "--by", by]);
    expect(stderr).toMatch(/tagged 7 traces.*: \d+ spans in 7 of them, \d+\.\d % of \d+ tokens\n/);
    for (const { token_ids, mask, spans } of lines) {
      expect(mask).toHaveLength(token_ids.length);
      expect(mask.includes(1)).toBe(spans.length > 0);
      expect(new Set(mask).size).toBe(2);
    }
    expect(tag([lexicon, traces, "--tokenizer", tokenizer, "-q"]).stderr).toBe("");
  });

  it("masks the records' own ids, of a cut and ended completion", () => {
    const byGrams = ["--by", "grams", "--tokenizer", tokenizer];
    const { token_ids, mask } = tag([lexicon, traces, ...byGrams]).lines[0];
    const own = { id: 1, completion: "Wait, let me check", ids: [...token_ids.slice(1), 0, 0] };
    const { lines } = tag([lexicon, "-q", ...byGrams, "--token-field", "ids"], JSON.stringify(own));
    expect(lines[0].token_ids).toEqual(own.ids);
    // without its first token the first gram is another text
    expect(lines[0].mask.slice(mask.indexOf(0))).toEqual([...mask.slice(mask.indexOf(0) + 1), 0, 0]);
    expect(lines[0].spans[0]).toMatchObject({ start: 0, end: 18 });
    const missing = tag([lexicon, "--tokenizer", tokenizer, "--token-field", "tokens"], JSON.stringify(own));
    expect(missing.status).toBe(4);
    expect(missing.stderr).toContain("--token-field tokens: in none of the 1 records");
  });

  it("gives each rollout of a record its own ids, never those of a neighbour", () => {
    const [first, second] = ["But wait. 3", "Only"].map(
      (text) =>
        tag([lexicon, "-q", "--tokenizer", tokenizer], JSON.stringify({ id: 1, trace: text })).lines[0].token_ids,
    );
    const choices = [
      { index: 0, text: "But wait. 3", token_ids: first },
      { index: 1, text: "Only", token_ids: second },
    ];
    const rollouts = choices.map(({ text, token_ids }) => ({ completion: text, token_ids }));
    const ids = (record: object, field: string) => {
      const { status, stderr, lines } = tag(
        [lexicon, "--tokenizer", tokenizer, "--token-field", field],
        JSON.stringify(record),
      );
      return { status, stderr, ids: lines.map(({ rollout, token_ids }) => [rollout, token_ids]) };
    };
    const both = [
      [0, first],
      [1, second],
    ];
    for (const field of ["token_ids", "choices.token_ids"])
      expect(ids({ id: "c", problem: "?", choices }, field)).toMatchObject({ status: 0, ids: both });
    expect(ids({ id: "c", problem: "?", rollouts }, "rollouts.token_ids").ids).toEqual(both);
    expect(ids({ id: "c", problem: "?", outputs: ["But wait. 3", "Only"], ids: [first, second] }, "ids").ids).toEqual(
      both,
    );
    // one list for two rollouts is none of theirs
    const shared = ids({ id: "c", problem: "?", outputs: ["But wait. 3", "Only"], ids: first }, "ids");
    expect(shared).toMatchObject({ status: 3, ids: [] });
    const partly = ids({ id: "c", problem: "?", choices: [choices[0], { index: 1, text: "Only" }] }, "token_ids");
    expect(partly).toMatchObject({ status: 0, ids: [[0, first]] });
    expect(partly.stderr).toMatch(/^skipped: .*item 1, rollout 1: no list of token ids/m);
  });

  it("passes over a trace whose tokens have no certain places, and says which", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tag-"));
    const json = JSON.parse(await readFile(join(tokenizer, "tokenizer.json"), "utf8"));
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify({ ...json, normalizer: { type: "Lowercase" } }));
    const input = ["but wait", "But wait", "so, let me"].map((trace, i) => JSON.stringify({ id: i, trace })).join("\n");
    const { status, lines, stderr } = tag([lexicon, "--tokenizer", folder], input);
    expect(status).toBe(0);
    expect(lines.map(({ id }) => id)).toEqual([0, 2]);
    expect(stderr).toMatch(/^skipped: .*:2: tokenizer .*do not add up/m);
    expect(tag([lexicon, "--tokenizer", folder, "--strict"], input).status).toBe(3);
  });

  it("gives the text that offsets refer to where the record does not hold it as such", () => {
    const record = {
      id: 1,
      messages: [
        { role: "user", content: "2+2? let me" },
        { role: "assistant", content: "So, let me see" },
      ],
    };
    const { lines } = tag([lexicon, "-q", "--by", "grams"], JSON.stringify(record));
    expect(lines[0].text.slice(lines[0].spans[0].start, lines[0].spans[0].end)).toBe("So, let me");
    expect(tag([lexicon, "-q", traces]).stdout).not.toContain('"text"');
  });

  it("tells rollouts of one record apart", () => {
    const record = { id: "r", problem: "?", outputs: ["So, let me see", "no"], correct: [true, false] };
    const { lines } = tag([lexicon, "-q", "--by", "grams"], JSON.stringify(record));
    expect(lines.map(({ id, rollout, spans }) => [id, rollout, spans.length])).toEqual([
      ["r", 0, 1],
      ["r", 1, 0],
    ]);
  });

  it("passes over bad lines and says where, or stops at them with --strict", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tag-"));
    const file = join(folder, "bad.jsonl");
    await writeFile(file, '{"trace": "So, let me", "id": 1}\n{"trace": \n{"id": 2}\n{"trace": "wait", "id": 3}\n');
    const { status, lines, stderr } = tag([lexicon, file]);
    expect(status).toBe(0);
    expect(lines.map(({ id }) => id)).toEqual([1, 3]);
    expect(stderr).toMatch(/^skipped: .*bad\.jsonl:2: not JSON/m);
    expect(stderr).toMatch(/^skipped: .*bad\.jsonl:3: no field holds a model's output \(--text-field names it\)/m);
    const out = join(folder, "out.jsonl");
    const strict = tag([lexicon, file, "--strict", "-o", out]);
    expect(strict.status).toBe(3);
    expect(strict.stderr).toMatch(/bad\.jsonl:2: /);
    expect(await readdir(folder)).toEqual(["bad.jsonl"]);
  });

  it("warns of grams that can never match", async () => {
    const list = join(await mkdtemp(join(tmpdir(), "tag-")), "grams.json");
    await writeFile(list, '["let me", "x = 3", "..."]');
    const { stderr } = tag([list, traces]);
    expect(stderr).toMatch(/2 of 3 grams can never match.*"x = 3", "\.\.\."/);
  });

  it("refuses what it cannot do", () => {
    expect(tag([traces, "--by", "grams"])).toMatchObject({ status: 2, stdout: "" });
    expect(tag([traces, "--by", "grams"]).stderr).toContain("--by grams needs a lexicon");
    expect(tag(["--by", "grams"]).stderr).toContain("--by grams needs a lexicon, and there is none");
    expect(tag([lexicon, traces, "--token-field", "ids"]).status).toBe(2);
    expect(tag(["/nowhere.json", traces])).toMatchObject({
      status: 3,
      stderr: "sg-mine: /nowhere.json: no such file; the first is a lexicon, or all are traces\n",
    });
    expect(tag([lexicon, "/nowhere.jsonl"]).status).toBe(3);
    const wordpiece = tag([lexicon, traces, "--tokenizer", join(root, "fixtures/tokenizers/wordpiece")]);
    expect(wordpiece).toMatchObject({ status: 3, stdout: "" });
    expect(wordpiece.stderr).toContain("WordPiece");
  });

  it("ends quietly when its reader goes away", () => {
    const long = Array.from({ length: 4000 }, () => JSON.stringify(records[0])).join("\n");
    const command = `node ${join(root, "bin/sg-mine.js")} tag -q ${lexicon} | head -n 1`;
    const { stdout, stderr, status } = spawnSync("bash", ["-c", `set -o pipefail; ${command}`], {
      input: long,
      encoding: "utf8",
    });
    expect(JSON.parse(stdout).id).toBe("a");
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });
});
