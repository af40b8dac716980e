import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openEncoder } from "../../src/encoder/encoder.js";
import { serialise } from "../../src/lexicon/write.js";
import { mine } from "../../src/mine.js";
import { DEFAULTS } from "../../src/options.js";
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

describe("mining", () => {
  it("finds what the plain reference finds: whole lexicons, byte for byte", async () => {
    let mined = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(trace, { minLength: 6, maxLength: 40 }),
        fc.constantFrom(null, 5),
        async (texts, maxEntries) => {
          const options = { ...DEFAULTS, maxEntries };
          const lines = texts
            .map(({ problem, text }) => JSON.stringify({ problem_id: problem, trace: text }))
            .join("\n");
          const result = await mine(
            readSources(["-"], { stdin: Readable.from([Buffer.from(lines)]) }),
            { all: true },
            options,
            {
              openEncoder: async () => ({ ...encoder, close: async () => {} }),
              tagger: model,
              threads: 2,
              memory: 1 << 24,
              version: "0",
            },
          ).catch((error) => {
            expect(error.exitCode, error).toBe(4);
            return undefined;
          });
          if (!result) return;
          const { lexicon, floor } = result;
          const reference = await referenceMine(texts, floor, options, { encoder, model }, lexicon.provenance);
          expect(serialise(lexicon)).toBe(serialise(reference));
          mined++;
        },
      ),
      { numRuns: 10 },
    );
    expect(mined).toBeGreaterThan(5);
  });
});
