import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createMatcher,
  DEFAULTS,
  type Encoder,
  type Lexicon,
  type MineOptions,
  type MineTools,
  mine,
  openEncoder,
  readSources,
  readTagger,
  STAGES,
  serialise,
  type TaggerModel,
  type TraceOptions,
} from "../src/index.js";

const root = join(import.meta.dirname, "..");
const schema = JSON.parse(readFileSync(join(root, "schema/lexicon.schema.json"), "utf8"));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

let encoder: Encoder;
let tagger: TaggerModel;
beforeAll(async () => {
  tagger = await readTagger();
  encoder = await openEncoder({ threads: 2 });
});
afterAll(() => encoder.close());

interface How {
  options?: Partial<MineOptions>;
  traces?: TraceOptions;
  tools?: Partial<MineTools>;
}

/** Mines lines of JSON as the command line would; the encoder stays open from one to the next. */
async function mineText(text: string, { options, traces = {}, tools }: How = {}): Promise<Lexicon> {
  const { lexicon } = await mine(
    readSources(["-"], { stdin: Readable.from([Buffer.from(text)]), blockBytes: 4096 }),
    traces,
    { ...DEFAULTS, ...options },
    {
      openEncoder: async () => ({ ...encoder, close: async () => {} }),
      tagger,
      threads: 2,
      memory: 1 << 24,
      version: "0.0.0", // so that golden files outlive a release
      ...tools,
    },
  );
  return lexicon;
}
const fixture = (name: string) => readFileSync(join(root, "fixtures", name), "utf8");

describe("golden lexicons", () => {
  // UPDATE=1 writes them anew: read the difference before committing it.
  it.each(["traces", "chinese"])("fixtures/%s.jsonl", async (name) => {
    const mined = serialise(await mineText(fixture(`${name}.jsonl`)));
    const golden = join(root, `fixtures/golden/${name}.grams.json`);
    if (process.env.UPDATE === "1") {
      mkdirSync(dirname(golden), { recursive: true });
      writeFileSync(golden, mined);
    }
    expect(existsSync(golden), `${golden} is missing: UPDATE=1 writes it`).toBe(true);
    expect(JSON.parse(mined)).toEqual(JSON.parse(readFileSync(golden, "utf8")));
    expect(mined).toBe(readFileSync(golden, "utf8"));
  });
});

describe("mine", () => {
  it("finds planning moves, not the matter they steer", async () => {
    const lexicon = await mineText(fixture("traces.jsonl"));
    expect(validate(lexicon), JSON.stringify(validate.errors)).toBe(true);
    expect(lexicon.grams).toEqual(expect.arrayContaining(["let me", "wait"]));
    expect(lexicon.grams.filter((gram) => /let me (double-)?check|another way|i need to/.test(gram))).not.toEqual([]);
    const matter = /\b(equals|apples|triangle|number of|divided by|def|print)\b/;
    expect(lexicon.grams.filter((gram) => matter.test(gram))).toEqual([]);
    expect(new Set(lexicon.entries.map((entry) => entry.function)).size).toBeGreaterThan(2);
  });

  it("counts what its entries say: every figure by the matcher over the traces", async () => {
    const lexicon = await mineText(fixture("traces.jsonl"));
    const records = fixture("traces.jsonl")
      .split("\n")
      .flatMap((line) => {
        try {
          const record = JSON.parse(line);
          return record.correct === true && record.trace.trim() ? [record] : [];
        } catch {
          return [];
        }
      });
    for (const entry of lexicon.entries.slice(0, 40)) {
      const matcher = createMatcher([{ gram: entry.gram, spellings: entry.spellings }]);
      const having = records.filter(({ trace }) => matcher.find(trace).length > 0);
      expect(having.length, entry.gram).toBe(entry.traces);
      expect(new Set(having.map(({ problem_id }) => problem_id)).size, entry.gram).toBe(entry.problems);
      expect(
        having.reduce((sum, { trace }) => sum + matcher.find(trace).length, 0),
        entry.gram,
      ).toBe(entry.occurrences);
    }
    for (const cluster of lexicon.clusters) {
      const grams = lexicon.entries.filter(({ cluster: id }) => id === cluster.id);
      expect(cluster.grams).toEqual(grams.map(({ gram }) => gram));
      const problems = Math.max(...grams.map((entry) => entry.problems));
      expect(cluster.documentFrequency * lexicon.provenance.corpus.problems).toBeGreaterThan(problems - 0.01);
      expect(cluster.perTrace).toBeGreaterThanOrEqual(1);
    }
  });

  it("finds planning moves in Chinese", async () => {
    const { grams } = await mineText(fixture("chinese.jsonl"));
    expect(grams.filter((gram) => /让我|我们需要|首先|等等|我需要/.test(gram))).not.toEqual([]);
    for (const gram of grams) expect(gram).toMatch(/\p{Script=Han}/u);
  });

  it("says how far it is", async () => {
    const heard: [string, number | undefined][] = [];
    await mineText(fixture("traces.jsonl"), { tools: { onProgress: (stage, done) => heard.push([stage, done]) } });
    expect([...new Set(heard.map(([stage]) => stage))]).toEqual([...STAGES]);
    for (const [, done] of heard) if (done !== undefined) expect(done).toBeGreaterThanOrEqual(0);
    for (const [, done] of heard) if (done !== undefined) expect(done).toBeLessThanOrEqual(1);
  });

  it("ends its threads when the input ends in an error", async () => {
    const handles = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
    const before = handles();
    await expect(mineText("[1, 2")).rejects.toThrow("item 2");
    await expect(mineText("")).rejects.toMatchObject({ exitCode: 4 });
    expect(handles()).toBe(before);
  });
});

describe("the same records", () => {
  const sentence = fc.constantFrom(
    "Let me check the answer.",
    "Wait, let me think.",
    "So we need to find $x$.",
    "Alternatively, maybe I can try again,",
    "First, I need to count them.",
    "Then 3 + 4 = 7.",
    "let’s see:",
    "But that can't be right!\n",
    "we have `f(x)`;",
    "Hmm.",
    "首先，我们需要想想。",
  );
  const record = fc.record({
    id: fc.constantFrom("a", "b", "c", "d", "e"),
    trace: fc.array(sentence, { minLength: 1, maxLength: 12 }).map((sentences) => sentences.join(" ")),
    correct: fc.constantFrom(true, true, true, false),
  });

  it("give the same bytes, whatever their order, the threads, the blocks and the memory", async () => {
    // a lexicon, or the reason that there is none
    const outcome = (lines: readonly string[], how: How) =>
      mineText(lines.join("\n"), how).then(serialise, ({ message, exitCode }) => {
        expect(exitCode, message).toBe(4);
        return message as string;
      });
    let mined = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 8, maxLength: 60 }),
        fc.constantFrom("default" as const, "paper" as const),
        fc.infiniteStream(fc.nat()),
        async (records, preset, keys) => {
          const lines = records.map((one) => JSON.stringify(one));
          const options = { preset, ...(preset === "paper" && { minN: 3, maxN: 5, maxEntries: null }) };
          const first = await outcome(lines, { options, tools: { threads: 1 } });
          const shuffled = lines.map((line) => ({ line, key: keys.next().value })).sort((a, b) => a.key - b.key);
          const again = await outcome(
            shuffled.map(({ line }) => line),
            { options, tools: { threads: 3, memory: 4096 } },
          );
          expect(again).toBe(first);
          if (first.startsWith("{")) {
            mined++;
            expect(validate(JSON.parse(first)), JSON.stringify(validate.errors)).toBe(true);
          }
        },
      ),
      { numRuns: 8 },
    );
    expect(mined).toBeGreaterThan(2);
  });
});
