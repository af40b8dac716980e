import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openEncoder } from "../../src/encoder/encoder.js";
import { serialise } from "../../src/lexicon/write.js";
import { mine } from "../../src/mine.js";
import { DEFAULTS } from "../../src/options.js";
import { priorFrom } from "../../src/selection/prior.js";
import { readModel } from "../../src/tagger/model.js";
import { readSources } from "../../src/traces/source.js";
import { referenceMine } from "./reference.js";

const encoder = await openEncoder({});
const model = await readModel();
afterAll(() => encoder.close());

/** Sentences of several kinds, so that corpora differ in how much they plan. */
const sentence = fc.oneof(
  fc.constantFrom(
    "Let me check that again.",
    "Wait, that can't be right.",
    "First, I need to find the number of red boxes.",
    "So we need to find $x$.",
    "Alternatively, maybe I can try another way.",
    "But the problem says that nothing is left, so this means that we start over.",
    "首先，我们需要想想。",
  ),
  fc.constantFrom(
    "Then 3 + 4 = 7.",
    "The box is red, and the box is blue.",
    "we have `f(x)`;",
    "The sum of the angles is 180 degrees.",
    "He has four apples and gives two away.\n",
  ),
);
const trace = fc.record({
  problem: fc.constantFrom("a", "b", "c", "d", "e", "f"),
  text: fc.array(sentence, { minLength: 1, maxLength: 10 }).map((sentences) => sentences.join(" ")),
});

/** Weights of grams of such sentences, and of others. */
const prior = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom(
      "let me check",
      "wait",
      "alternatively",
      "we need to",
      "another way",
      "首先",
      "the box",
      "to nowhere",
    ),
    fc.constantFrom(0.4, 0.75, 1),
  ),
  { selector: ([gram]) => gram, maxLength: 6 },
);

type Pairs = readonly (readonly [string, number])[];
/** Undefined where there is nothing to mine. */
const mined = (
  texts: readonly { problem: string; text: string }[],
  { maxEntries = null, prior, threads }: { maxEntries?: number | null; prior: Pairs; threads: number },
) => {
  const lines = texts.map(({ problem, text }) => JSON.stringify({ problem_id: problem, trace: text })).join("\n");
  return mine(
    readSources(["-"], { stdin: Readable.from([Buffer.from(lines)]) }),
    { all: true },
    { ...DEFAULTS, maxEntries },
    {
      openEncoder: async () => ({ ...encoder, close: async () => {} }),
      tagger: model,
      prior: prior.length > 0 ? priorFrom(prior) : undefined,
      threads,
      memory: 1 << 24,
      version: "0",
    },
  ).catch((error) => {
    expect(error.exitCode, error).toBe(4);
    return undefined;
  });
};

describe("mining", () => {
  it("finds what the plain reference finds: whole lexicons, byte for byte", async () => {
    let [compared, below] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(trace, { minLength: 6, maxLength: 40 }),
        fc.constantFrom(null, 5),
        prior,
        async (texts, maxEntries, prior) => {
          const options = { ...DEFAULTS, maxEntries };
          const result = await mined(texts, { maxEntries, prior, threads: 2 });
          if (!result) return;
          const { lexicon, floor } = result;
          const judges = { encoder, model, prior: new Map(prior) };
          const reference = await referenceMine(texts, floor, options, judges, lexicon.provenance);
          expect(serialise(lexicon)).toBe(serialise(reference));
          compared++;
          below += lexicon.entries.filter(({ problems }) => problems < floor).length;
        },
      ),
      { numRuns: 10 },
    );
    expect(compared).toBeGreaterThan(5);
    expect(below).toBeGreaterThan(0);
  });

  it("finds the same with a prior in whatever order, of the traces and of the prior, and with any threads", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(trace, { minLength: 12, maxLength: 30 }), prior, async (texts, prior) => {
        const [one, other] = [
          await mined(texts, { prior, threads: 1 }),
          await mined([...texts].reverse(), { prior: [...prior].reverse(), threads: 3 }),
        ];
        expect(one && serialise(one.lexicon)).toBe(other && serialise(other.lexicon));
      }),
      { numRuns: 3 },
    );
  });
});
