import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Grams, packed } from "../../src/grams/corpus.js";
import { createGramCounter, type GramCounter } from "../../src/grams/counter.js";
import {
  BEFORE_COMMA,
  BEFORE_MATH,
  CLOSING,
  COUNTERS,
  EARLY,
  INITIAL,
  LATE,
  LAVISH,
  OCCURRENCES,
  OPENING,
  PROBLEMS,
  TRACES,
} from "../../src/grams/counting.js";
import { packTraces, type StoredTraces } from "../../src/grams/stored.js";
import { pathOf } from "../../src/grams/usage.js";
import type { Block, Records } from "../../src/traces/batch.js";
import { type Counts, naiveCounts, naiveSpellings, naiveUnion, type Text } from "./naive.js";

interface Setup {
  maxN?: number;
  threads?: number;
  memory?: number;
  /** texts per batch */
  batch?: number;
}

const recordOf = ({ problem, text }: Text) => ({ problem_id: problem, trace: text, correct: true });

/** Counts the texts with real threads; `use` is called while they run. */
async function withCounter<T>(
  texts: readonly Text[],
  { maxN = 6, threads = 1, memory = 1 << 20, batch = 7 }: Setup,
  use: (counter: GramCounter) => Promise<T>,
): Promise<T> {
  const counter = createGramCounter({ traces: {}, maxN, threads, memory });
  try {
    for (let i = 0; i < texts.length; i += batch) {
      const records = texts
        .slice(i, i + batch)
        .map((text, k) => ({ place: `row ${i + k + 1}`, value: recordOf(text) }));
      await counter.take({ kind: "records", file: "texts", records, malformed: [] } satisfies Records);
    }
    const corpus = await counter.finish();
    expect(corpus.records).toBe(texts.length);
    expect(corpus.problems).toBe(new Set(texts.map(({ problem }) => problem)).size);
    return await use(counter);
  } finally {
    await counter.close();
  }
}

function countsOf({ trie, words }: Grams): Map<string, Counts> {
  const result = new Map<string, Counts>();
  for (let node = 1; node < trie.size; node++) {
    const at = (counter: number) => trie.rows[node * COUNTERS + counter];
    const name = pathOf(trie, node)
      .map((word) => words[word])
      .join(" ");
    expect(result.has(name), name).toBe(false);
    result.set(name, {
      problems: at(PROBLEMS),
      traces: at(TRACES),
      occurrences: at(OCCURRENCES),
      initial: at(INITIAL),
      opening: at(OPENING),
      closing: at(CLOSING),
      beforeComma: at(BEFORE_COMMA),
      beforeMath: at(BEFORE_MATH),
      early: at(EARLY),
      late: at(LATE),
      lavish: at(LAVISH),
    });
  }
  return result;
}

const sorted = (counts: Map<string, Counts>) => [...counts].sort(([a], [b]) => (a < b ? -1 : 1));

/** Same numbers from the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Texts over a vocabulary of made-up words, the first ones common. */
function makeTexts(count: number, problems: number, vocabulary: number, length: number, seed = 1): Text[] {
  const next = random(seed);
  const word = () => {
    let w = Math.floor((next(1e6) / 1e6) ** 2 * vocabulary);
    let name = "";
    for (; name === "" || w > 0; w = Math.floor(w / 85))
      name += "bcdfghklmnprstvwz"[w % 17] + "aeiou"[Math.floor(w / 17) % 5];
    return next(6) === 0 ? name[0].toUpperCase() + name.slice(1) : name;
  };
  const gaps = [" ", " ", " ", " ", " ", " ", ", ", ". ", "\n", " $x$ ", " `y` ", " (", " 7 "];
  return Array.from({ length: count }, () => ({
    problem: `p${next(problems)}`,
    text: Array.from({ length: 1 + next(length) }, () => word() + gaps[next(gaps.length)]).join(""),
  }));
}

const piece = fc.constantFrom(
  ..."let|me|Let|LET|check|don't|don’t|wait|so|we|the|a|x|é|e\u0301|让我们想想|首先".split("|"),
  ..." |, |，|. |\n| $y$ | 3 | `c` | *|\\n| (".split("|"),
  "x".repeat(64),
  "x".repeat(65),
  " wait, let me check that again. ",
);
const texts = fc.array(
  fc.record({
    problem: fc.constantFrom("p1", "p2", "p3", "p4"),
    text: fc.array(piece, { minLength: 1, maxLength: 60 }).map((pieces) => `so ${pieces.join(" ")}`),
  }),
  { minLength: 1, maxLength: 12 },
);

describe("counting", () => {
  it("agrees with a naive count, whatever the texts, threads, batches and memory", async () => {
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.constantFrom(1, 2, 3),
        fc.constantFrom(1, 2),
        fc.constantFrom(4096, 1 << 16, 1 << 22),
        fc.constantFrom(1, 3, 100),
        async (texts, threads, floor, memory, batch) => {
          const grams = await withCounter(texts, { threads, memory, batch }, (counter) => counter.count(floor));
          expect(sorted(countsOf(grams))).toEqual(sorted(naiveCounts(texts, 6, floor)));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("counts named grams below the floor too, with what begins them, and no others", async () => {
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.constantFrom(1, 3),
        fc.constantFrom(4096, 1 << 22),
        async (texts, picks, threads, memory) => {
          const every = naiveCounts(texts, 6, 1);
          const names = [...every.keys()].sort();
          const others = picks.map((pick) => names[pick % names.length]);
          others.push("of words that none has", "");
          const grams = await withCounter(texts, { threads, memory }, (counter) =>
            counter.count(
              3,
              others.map((name) => name.split(" ")),
            ),
          );
          const kept = (name: string) => others.some((other) => `${other} `.startsWith(`${name} `));
          const expected = [...every].filter(([name, { problems }]) => problems >= 3 || kept(name));
          expect(sorted(countsOf(grams))).toEqual(sorted(new Map(expected)));
        },
      ),
      { numRuns: 15 },
    );
  });

  it("stays exact when the sketch is full and the table holds a part of the grams at a time", async () => {
    // 64 kB: a sketch of 4096 cells and a table of 1024 grams
    const all = makeTexts(250, 40, 120, 250);
    const distinct = naiveCounts(all, 6, 1).size;
    const expected = naiveCounts(all, 6, 3);
    expect(distinct).toBeGreaterThan(4 * 4096);
    expect(expected.size).toBeGreaterThan(1024);
    for (const threads of [1, 2, 4]) {
      const grams = await withCounter(all, { threads, memory: 1 << 16 }, (counter) => counter.count(3));
      expect(sorted(countsOf(grams)), `${threads} threads`).toEqual(sorted(expected));
    }
  });

  it("needs no more rounds for many words", async () => {
    const all = makeTexts(250, 40, 4000, 250, 2);
    const expected = naiveCounts(all, 3, 2);
    expect([...expected.keys()].filter((name) => !name.includes(" ")).length).toBeGreaterThan(1024);
    const started = performance.now();
    const grams = await withCounter(all, { maxN: 3, memory: 1 << 16 }, (counter) => counter.count(2));
    expect(sorted(countsOf(grams))).toEqual(sorted(expected));
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it("is the same in any order of the traces", async () => {
    const all = makeTexts(60, 10, 100, 80, 3);
    const count = (texts: Text[]) => withCounter(texts, { threads: 2, memory: 1 << 16 }, (counter) => counter.count(2));
    const forwards = sorted(countsOf(await count(all)));
    expect(sorted(countsOf(await count([...all].reverse())))).toEqual(forwards);
    expect(sorted(countsOf(await count([...all].sort((a, b) => (a.text < b.text ? -1 : 1)))))).toEqual(forwards);
  });

  it("counts a problem once, however often its traces come back", async () => {
    const text = "let me see";
    const all = ["a", "b", "a", "c", "a"].map((problem) => ({ problem, text }));
    const counts = countsOf(await withCounter(all, { batch: 1 }, (counter) => counter.count(3)));
    expect(counts.get("let me see")).toMatchObject({ problems: 3, traces: 5, occurrences: 5, initial: 5, closing: 5 });
    const none = await withCounter(all, {}, (counter) => counter.count(4));
    expect(countsOf(none).size).toBe(0);
  });

  it("counts a clause that a trace repeats as one use", async () => {
    const loop = { problem: "a", text: "let me try this again. ".repeat(50) };
    const content = { problem: "b", text: "try this. and try this now. or try this here. then try this there. " };
    const counts = countsOf(await withCounter([loop, content], {}, (counter) => counter.count(1)));
    expect(counts.get("let me")).toMatchObject({ occurrences: 50, lavish: 0 });
    expect(counts.get("try this")).toMatchObject({ occurrences: 54, traces: 2, lavish: 1 });
  });

  it("counts clauses repeated by the thousand", async () => {
    const lines = Array.from({ length: 6000 }, (_, i) => {
      const tail = [...`${i}`].map((digit) => "abcdefghij"[Number(digit)].repeat(3)).join("");
      return `then we go to ${tail}.`;
    });
    const all = [{ problem: "a", text: [...lines, ...lines.reverse()].join(" ") }];
    const grams = await withCounter(all, { memory: 1 << 24 }, (counter) => counter.count(1));
    expect(sorted(countsOf(grams))).toEqual(sorted(naiveCounts(all, 6, 1)));
  });
});

describe("spellings and unions", () => {
  it("agree with a naive count", async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.constantFrom(1, 2, 3), fc.integer(), async (texts, threads, seed) => {
        await withCounter(texts, { threads, memory: 1 << 16 }, async (counter) => {
          const { trie, words } = await counter.count(1);
          const next = random(seed);
          const grams = Array.from({ length: Math.min(30, trie.size - 1) }, () => 1 + next(trie.size - 1))
            .filter((node, i, all) => all.indexOf(node) === i)
            .map((node) => ({ path: pathOf(trie, node) }));
          const names = grams.map(({ path }) => path.map((word) => words[word]).join(" "));
          const spellings = await counter.spellings(packed(grams));
          names.forEach((name, g) => {
            const found = spellings[g].map(({ text, count }) => [text, count] as const);
            expect(new Map(found), name).toEqual(naiveSpellings(texts, name));
            const ordered = [...found].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
            expect(found).toEqual(ordered);
          });
          const clusterOf = Int32Array.from(grams, () => next(4));
          const unions = await counter.union(packed(grams), clusterOf, 4);
          for (let c = 0; c < 4; c++) {
            const members = new Set(names.filter((_, g) => clusterOf[g] === c));
            expect({
              problems: unions.problems[c],
              traces: unions.traces[c],
              occurrences: unions.occurrences[c],
            }).toEqual(members.size > 0 ? naiveUnion(texts, members) : { problems: 0, traces: 0, occurrences: 0 });
          }
        });
      }),
      { numRuns: 15 },
    );
  });
});

describe("reading", () => {
  const block = (lines: string[], firstLine = 1): Block => ({
    kind: "lines",
    file: "a.jsonl",
    firstLine,
    bytes: new Uint8Array(Buffer.from(`${lines.join("\n")}\n`)),
  });

  it("sums up what it read, in any order and division", async () => {
    const lines = [
      '{"problem_id": "p", "trace": "let me see", "correct": true}',
      '{"problem_id": "p", "trace": "no", "correct": false}',
      '{"problem_id": "q", "trace": "let me", "correct": 1}',
      '{"problem_id": "q", "trace": "so"}',
      '{"problem_id": "q", "trace": " ", "correct": true}',
      '{"trace": "so", "correct": true}',
      '{"problem_id": "q", "correct": true}',
      '"so"',
      "{",
    ];
    const read = async (batches: Block[], threads: number) => {
      const counter = createGramCounter({ traces: {}, maxN: 3, threads, memory: 1 << 20 });
      try {
        for (const batch of batches) await counter.take(batch);
        return await counter.finish();
      } finally {
        await counter.close();
      }
    };
    const corpus = await read([block(lines)], 1);
    expect(corpus).toMatchObject({
      records: 9,
      successful: 2,
      problems: 2,
      words: 5,
      skipped: { failed: 1, "unknown-success": 1, empty: 1, "no-problem": 1, "no-trace": 1, malformed: 2 },
    });
    expect(corpus.bad.map((place) => place.split(": ")[0])).toEqual([
      "a.jsonl:6",
      "a.jsonl:7",
      "a.jsonl:8",
      "a.jsonl:9",
    ]);
    const single = lines.map((line, i) => block([line], i + 1)).reverse();
    expect(await read(single, 3)).toEqual({ ...corpus, bad: expect.arrayContaining(corpus.bad) });
  });

  it("packs the traces in threads as the main one does", async () => {
    // a trace longer than the packer's first buffers, problems of several traces, more than is asked for at once
    const long = Array.from({ length: 40_000 }, (_, i) => `wait ${i % 300}`).join(" ");
    const texts = Array.from({ length: 60 }, (_, i) => ({
      problem: `p${i % 13}`,
      text: i % 20 === 0 ? `${long} ${i}` : `Wait, let me check ${i}. So, 数学很有趣，we go on.`,
    }));
    for (const threads of [1, 3])
      await withCounter(texts, { threads }, async (counter) => {
        const { problems, batches } = counter.store();
        const expected = Buffer.concat([...packTraces(problems, batches as Iterable<StoredTraces>)]);
        const packs: Uint8Array[] = [];
        for await (const pack of counter.pack()) packs.push(pack);
        expect(packs.length).toBeGreaterThan(0);
        expect(Buffer.concat(packs).equals(expected)).toBe(true);
      });
  });

  it("passes on what goes wrong in a thread", async () => {
    const counter = createGramCounter({ traces: {}, maxN: 3, threads: 1, memory: 1 << 20 });
    try {
      // not what a source gives: the thread has to fail, and to say so
      await counter.take({ kind: "records", file: "x", records: undefined, malformed: [] } as never);
      await expect(counter.finish()).rejects.toThrow();
    } finally {
      await counter.close();
    }
  });
});
