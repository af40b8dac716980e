import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseLexicon } from "../../../src/lexicon/read.js";
import { createEvidence, type SeenTrace } from "../../../src/report/lexicon/evidence.js";
import { lexiconPage } from "../../../src/report/lexicon/page.js";

const path = join(import.meta.dirname, "../../../fixtures/lexicon/lexicon.json");
const file = parseLexicon(await readFile(path, "utf8"), "lexicon.json");
const at = (gram: string) => file.entries.findIndex((entry) => entry.gram === gram);

const trace = (more: Partial<SeenTrace>): SeenTrace => ({
  place: "a.jsonl:1",
  problem: "p",
  success: true,
  text: "Wait, no. So 2 + 2 is 4.",
  spans: [{ start: 0, end: 8, function: "backtracing", entry: at("wait") }],
  words: 6,
  planningWords: 2,
  coveredWords: 1,
  ...more,
});

describe("createEvidence", () => {
  it("counts words and traces of right and wrong attempts apart", () => {
    const evidence = createEvidence(file.entries);
    evidence.add(trace({}));
    evidence.add(trace({ success: false, spans: [], planningWords: 0, coveredWords: 0 }));
    evidence.add(trace({ success: undefined }));
    const { all, right, wrong, problems } = evidence.finish();
    expect(all).toEqual({ traces: 3, withPlanning: 2, words: 18, planningWords: 4, coveredWords: 2 });
    expect(right).toEqual({ traces: 1, withPlanning: 1, words: 6, planningWords: 2, coveredWords: 1 });
    expect(wrong).toEqual({ traces: 1, withPlanning: 0, words: 6, planningWords: 0, coveredWords: 0 });
    expect(problems).toBe(1);
  });

  it("keeps two sightings of an entry, of distinct problems, with where they stand", () => {
    const evidence = createEvidence(file.entries);
    for (const [i, problem] of ["p", "p", "q", "r"].entries())
      evidence.add(trace({ problem, place: `a.jsonl:${i + 1}` }));
    const seen = evidence.finish().sightings.get(at("wait"))!;
    expect(seen.map(({ place }) => place)).toEqual(["a.jsonl:1", "a.jsonl:3"]);
    expect(seen[0]).toMatchObject({ before: "", span: "Wait, no", after: ". So 2 + 2 is 4." });
  });

  it("sets a right attempt beside a wrong one at the same problem, whichever came first", () => {
    const evidence = createEvidence(file.entries);
    evidence.add(trace({ problem: "alone" }));
    evidence.add(trace({ problem: "both", success: false, place: "a.jsonl:2" }));
    evidence.add(trace({ problem: "both", place: "a.jsonl:3" }));
    const { pairs } = evidence.finish();
    expect(pairs.map(({ right, wrong }) => [right.place, wrong.place])).toEqual([["a.jsonl:3", "a.jsonl:2"]]);
  });

  it("lists what belongs to no entry, as words, the most frequent first", () => {
    const evidence = createEvidence(file.entries);
    const missed = trace({ spans: [{ start: 0, end: 8, function: null, entry: -1 }] });
    evidence.add(missed);
    expect(evidence.finish().missed).toEqual([]);
    evidence.add(missed);
    expect(evidence.finish().missed).toEqual([{ text: "wait no", count: 2, function: null }]);
  });

  it("cuts neither a pair of surrogates nor more than is shown", () => {
    const evidence = createEvidence(file.entries);
    evidence.add(trace({ text: `Wait, no${"😀".repeat(4000)}` }));
    const [shown] = evidence.finish().singles;
    expect(shown.text.length + shown.omitted).toBe(8008);
    expect(shown.text).not.toMatch(/\p{Surrogate}/u);
    expect(evidence.finish().sightings.get(at("wait"))![0].after).not.toMatch(/\p{Surrogate}/u);
  });
});

describe("lexiconPage", () => {
  it("has every entry, its examples, where it came from and what to do next", () => {
    const evidence = createEvidence(file.entries);
    evidence.add(trace({}));
    const html = lexiconPage(file, evidence.finish());
    for (const { gram } of file.entries) expect(html).toContain(`<span>${gram.replaceAll("'", "&#39;")}</span>`);
    expect(html).toContain("<b>Wait, no</b>. So 2 + 2 is 4. <cite>a.jsonl:1</cite>");
    expect(html).toContain(file.lexicon!.provenance.input.digest);
    expect(html).toContain("sg-mine tag lexicon.json rollouts.jsonl");
    expect(html).toMatch(/script-src &#39;|script-src 'sha256-[\w+/]+=*'/);
  });

  it("shows a bare list for what it is, and a lexicon without traces", () => {
    const list = lexiconPage({ path: "it's.json", entries: [{ gram: "let me", spellings: ["let me"] }] });
    expect(list).toContain("A plain list of moves");
    expect(list).not.toMatch(/Moves by function|Coverage|Where it came from|--check/);
    expect(list).toContain("sg-mine tag &#39;it&#39;\\&#39;&#39;s.json&#39;");
    expect(lexiconPage(file)).not.toMatch(/In traces|Coverage/);
  });

  it("lets nothing of a lexicon or a trace out of its text", () => {
    const attack = '</script><script>alert(1)</script><img src=x onerror="alert(1)">';
    const entries = file.entries.map((entry, i) => (i === 0 ? { ...entry, gram: attack } : entry));
    const evidence = createEvidence(entries);
    evidence.add(trace({ text: `Wait, no ${attack}`, place: attack, problem: attack }));
    const html = lexiconPage({ ...file, path: attack, entries }, evidence.finish());
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toContain("<img");
  });
});
