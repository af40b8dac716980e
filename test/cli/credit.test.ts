import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const lexicon = join(root, "fixtures/lexicon/lexicon.json");
const tokenizer = join(root, "fixtures/tokenizers/gpt2");
const temporary = await mkdtemp(join(tmpdir(), "credit-"));

function credit(args: string[], input: unknown[] | string) {
  const { status, stdout, stderr } = spawnSync("node", [join(root, "bin/sg-mine.js"), "credit", ...args], {
    input: typeof input === "string" ? input : input.map((record) => JSON.stringify(record)).join("\n"),
    encoding: "utf8",
    env: { ...process.env, TMPDIR: temporary },
  });
  return {
    status,
    stderr,
    lines: stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}

const rollouts = [
  { id: 1, problem_id: "p", output: "But wait. 3", reward: 1 },
  { id: 2, problem_id: "q", output: "Only", reward: 0.5 },
  { id: 3, problem_id: "p", output: "But wait. 4", reward: 0 },
  { id: 4, problem_id: "p", output: "No move" },
];

describe("sg-mine credit", () => {
  it("gives GRPO's and HICRA's advantages, and spans without a tokenizer", () => {
    const { status, lines, stderr } = credit([lexicon], rollouts);
    expect(status).toBe(0);
    expect(
      lines.map(({ id, reward, advantage, planning_advantage }) => [id, reward, advantage, planning_advantage]),
    ).toEqual([
      [1, 1, 0.5, 0.6],
      [2, 0.5, 0, 0],
      [3, 0, -0.5, -0.4],
      [4, null, null, null],
    ]);
    expect(lines[0].spans).toHaveLength(1);
    expect(stderr.replace(/^fields: .*\n/gm, "")).toBe(
      "4 rollouts in 2 groups; no advantage to give in 1 groups of one and 0 with equal rewards; 1 rollouts without a reward\n",
    );
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("gives one advantage per token, or runs of them", () => {
    const { lines } = credit([lexicon, "--tokenizer", tokenizer, "--alpha", "0.5"], rollouts);
    const tokens = spawnSync("node", [join(root, "bin/sg-mine.js"), "tag", "-q", lexicon, "--tokenizer", tokenizer], {
      input: rollouts.map((record) => JSON.stringify(record)).join("\n"),
      encoding: "utf8",
    })
      .stdout.trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const [i, size] of [
      [0, 0.5],
      [2, -0.5],
    ]) {
      expect(lines[i].token_ids).toEqual(tokens[i].token_ids);
      expect(lines[i].advantages).toEqual(tokens[i].mask.map((bit: number) => size + 0.25 * bit));
      expect(new Set(lines[i].advantages).size).toBe(2);
    }
    expect(lines[3].advantages).toBeNull();
    const runs = credit([lexicon, "--tokenizer", tokenizer, "--alpha", "0.5", "--runs"], rollouts).lines;
    expect(runs[0].advantages).toBeUndefined();
    expect(runs[0].runs.flatMap(([count, value]: [number, number]) => new Array(count).fill(value))).toEqual(
      lines[0].advantages,
    );
    expect(runs[3].runs).toBeNull();
  });

  it("weighs, normalises, and takes the rollouts' own ids", () => {
    const { lines: plain } = credit([lexicon, "--tokenizer", tokenizer], rollouts);
    const weighted = ["--tokenizer", tokenizer, "--weighted", "--normalize", "std"];
    const { lines } = credit([lexicon, ...weighted, "--by", "grams"], rollouts);
    // rewards 1 and 0: the sample's deviation is sqrt(0.5); "but wait" weighs 0.92
    const size = 0.5 / (Math.SQRT1_2 + 1e-4);
    expect(lines[0].advantage).toBeCloseTo(size, 12);
    expect(Math.max(...lines[0].advantages)).toBeCloseTo(size * (1 + 0.2 * 0.92), 12);
    const context = credit([lexicon, ...weighted], rollouts).lines;
    const [{ probability }] = credit([lexicon], rollouts).lines[0].spans;
    expect(Math.max(...context[0].advantages)).toBeCloseTo(size * (1 + 0.2 * probability), 12);
    const own = rollouts.map((record, i) => ({ ...record, ids: plain[i].token_ids }));
    const same = credit([lexicon, "--tokenizer", tokenizer, "--token-field", "ids"], own).lines;
    expect(same[0].advantages).toEqual(plain[0].advantages);
    expect(same[0].token_ids).toBeUndefined();
  });

  it("does not depend on the order of lines", () => {
    const byId = (lines: { id: number }[]) => [...lines].sort((a, b) => a.id - b.id);
    expect(byId(credit([lexicon], [...rollouts].reverse()).lines)).toEqual(credit([lexicon], rollouts).lines);
  });

  it.each([["0"], ["1"], ["-0.2"], ["abc"], ["NaN"]])("refuses --alpha %s", (alpha) => {
    const { status, stderr } = credit([lexicon, `--alpha=${alpha}`], rollouts);
    expect(status).toBe(2);
    expect(stderr).toContain("between 0 and 1");
  });

  it("refuses what needs something else", () => {
    expect(credit([lexicon, "--runs"], rollouts).stderr).toContain("--runs needs --tokenizer");
    const list = join(root, "fixtures/lexicon/grams.txt");
    expect(credit([list, "--weighted", "--by", "grams"], rollouts)).toMatchObject({ status: 2 });
    expect(credit([list, "-q"], rollouts)).toMatchObject({ status: 0, stderr: "" });
  });

  it("credits tokens of high entropy too, in right responses longer than their group's mean", () => {
    // "But wait. Hmm, 3 + 4 is 7" is right and the longer one; its tokens above the 70th percentile of its entropies
    const encoded = credit(
      [lexicon, "--tokenizer", tokenizer],
      [{ id: 1, problem_id: "p", output: "But wait. Hmm, 3 + 4 is 7", reward: 1 }],
    );
    const ids: number[] = encoded.lines[0].token_ids;
    const group = [
      {
        id: 1,
        problem_id: "p",
        output: "But wait. Hmm, 3 + 4 is 7",
        reward: 1,
        token_ids: ids,
        entropies: ids.map((_, i) => i),
      },
      { id: 2, problem_id: "p", output: "But wait", reward: 0, token_ids: ids.slice(0, 2), entropies: [9, 0] },
      { id: 3, problem_id: "p", output: "But wait", reward: 1, token_ids: ids.slice(0, 2), entropies: [0, 9] },
    ];
    const options = [lexicon, "--tokenizer", tokenizer, "--token-field", "token_ids"];
    const plain = credit(options, group).lines.map(({ advantages }) => advantages);
    const { status, lines } = credit([...options, "--entropy"], group);
    expect(status).toBe(0);
    const n = ids.length;
    const threshold = Math.floor(0.7 * n);
    const gained = lines[0].advantages
      .map((value: number, i: number) => (value > plain[0][i] ? i : -1))
      .filter((i: number) => i >= 0);
    expect(gained.length).toBeGreaterThan(0);
    for (const [i, value] of lines[0].advantages.entries())
      expect(value).toBeCloseTo(i > threshold ? (1 / 3) * 1.2 : plain[0][i], 12);
    // wrong, and right but short: as without
    expect([lines[1].advantages, lines[2].advantages]).toEqual([plain[1], plain[2]]);
    const lacking = credit(
      [...options, "--entropy"],
      group.map(({ entropies, ...rest }, i) => (i === 1 ? rest : { ...rest, entropies })),
    );
    expect(lacking.lines.map(({ id }) => id)).toEqual([1, 3]);
    expect(lacking.stderr).toContain("no token entropies, which --entropy needs");
  });

  it("says where the credit goes, in words and in tokens", () => {
    const summary = (args: string[], input: unknown[] = rollouts) => {
      const { status, stdout } = spawnSync(
        "node",
        [join(root, "bin/sg-mine.js"), "credit", "-q", "--summary", ...args],
        {
          input: input.map((record) => JSON.stringify(record)).join("\n"),
          encoding: "utf8",
        },
      );
      expect(status).toBe(0);
      return JSON.parse(stdout);
    };
    const words = summary([lexicon]);
    // but and wait, of which HICRA moves 0.2 |A| each, are all the words there are
    expect(words).toMatchObject({ unit: "words", mass: { all: 2, right: 1, wrong: 1 }, rollouts: { credited: 2 } });
    expect(words.masks).toMatchObject({ list: { marked: 1, share: 0.2 }, entropy: null });
    expect(summary([lexicon], rollouts.toReversed())).toEqual(words);
    const { lines } = credit(["-q", lexicon, "--tokenizer", tokenizer], rollouts);
    const entropies = rollouts.map((record, i) => ({
      ...record,
      entropies: lines[i].token_ids.map((_: number, t: number) => Number(t === 1)),
    }));
    const tokens = summary([lexicon, "--tokenizer", tokenizer], entropies);
    expect(tokens).toMatchObject({ unit: "tokens", rollouts: { credited: 2, withEntropies: 2 } });
    expect(tokens.masks.entropy.marked).toBeCloseTo(2 / (lines[0].token_ids.length + lines[2].token_ids.length), 5);
    // the same as the lines' advantages give
    const moved = lines
      .filter(({ advantage }) => advantage)
      .flatMap(({ advantage, advantages }) => advantages.map((one: number) => one - advantage))
      .reduce((sum: number, one: number) => sum + one, 0);
    expect(tokens.masks.tagger.moved).toBeCloseTo(moved, 5);
    for (const args of [
      ["--summary", "--runs", "--tokenizer", tokenizer],
      ["--summary", "--by", "grams"],
      ["--seed", "3"],
    ])
      expect(credit([lexicon, ...args], rollouts).status, args.join(" ")).toBe(2);
  });
});
