import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { embed, featuresOf, fnv1a } from "../../src/tagger/embedding.js";
import { DIMENSION } from "../../src/tagger/model.js";
import { createScalarNetwork } from "../../src/tagger/network.js";
import { addFunctions, functionOf, probabilityOf, spansOf } from "../../src/tagger/spans.js";
import { CHARACTER, createStream, keyOf, readStream, WORD } from "../../src/tagger/stream.js";
import { createTagger, FUNCTION_HEADS, type Reading } from "../../src/tagger/tagger.js";
import { createWordTags, tagWords } from "../../src/tagger/words.js";
import { createWords, scan } from "../../src/text/words.js";
import { randomModel } from "./randomModel.js";

const model = randomModel();
const copy = ({ stream, plan, begin, end, functions }: Reading) => ({
  plan: [...plan.subarray(0, stream.length)],
  begin: [...begin.subarray(0, stream.length)],
  end: [...end.subarray(0, stream.length)],
  functions: [...functions.subarray(0, stream.length * FUNCTION_HEADS)],
});
const word = fc.oneof(fc.constantFrom("wait", "the", "The", "x2", "让我", ",", "\n", "double-check"), fc.string());
const someText = fc.array(word, { maxLength: 40 }).map((words) => words.join(" "));

describe("a form", () => {
  it("is hashed as published", () => {
    // test vectors of Fowler, Noll and Vo
    expect([fnv1a(""), fnv1a("a"), fnv1a("foobar")]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  });

  it("has features when its key is not in the vocabulary", () => {
    expect(featuresOf("checking")).toEqual(["n8", "u0", "^c", "^che", "^chec", "ng$", "ing$", "king$"]);
    expect(featuresOf("让")).toEqual(["n1", "u279", "^让"]);
    expect(featuresOf("𝐱é")).toEqual(["n2", "u936", "^𝐱", "𝐱é$"]);
    expect(featuresOf("a".repeat(100_000))).toEqual(["n15", "u0", "^a", "^aaa", "^aaaa", "aa$", "aaa$", "aaaa$"]);
  });

  it("tells unknown words apart, and cases", () => {
    const of = (key: string, shape: number) => {
      const out = new Int32Array(DIMENSION);
      embed(model, key, shape, out);
      return out.join();
    };
    const all = [of("wait", 0), of("wait", 2), of("checking", 0), of("checked", 0), of("checking", 1)];
    expect(new Set(all).size).toBe(all.length);
  });
});

describe("the tagger", () => {
  const tagger = createTagger(model);

  it("says the same whatever was read before, and without vectors", () => {
    fc.assert(
      fc.property(fc.array(someText, { maxLength: 4 }), (texts) => {
        const fresh = createTagger(model, createScalarNetwork(model));
        for (const text of texts) {
          const read = copy(tagger.read(text));
          expect(read).toEqual(copy(fresh.read(text)));
        }
      }),
      { numRuns: 20 },
    );
  });

  it("says of a token what its surroundings make of it, however long the text", () => {
    const line = "Wait, let me double-check that the 3 of them are even.\n";
    const long = copy(tagger.read(line.repeat(3_000)));
    const tokens = readStream(line, createStream()).length;
    // every line is alike but for those near the ends
    const middle = long.plan.slice(10 * tokens, 11 * tokens);
    for (let at = 10; at < 2_990; at++) expect(long.plan.slice(at * tokens, (at + 1) * tokens)).toEqual(middle);
    const short = copy(tagger.read(line.repeat(20)));
    expect(short.plan.slice(0, 10 * tokens)).toEqual(long.plan.slice(0, 10 * tokens));
    expect(short.plan.slice(-10 * tokens)).toEqual(long.plan.slice(-10 * tokens));
  });

  it("forgets no form that it needs", () => {
    const spelled = (n: number) => [...String(n)].map((digit) => "klmnopqrst"[Number(digit)]).join("");
    for (let n = 0; n < 3; n++)
      tagger.read(Array.from({ length: 14_000 }, (_, i) => spelled(14_000 * n + i)).join(" "));
    const text = `Wait, ${"x".repeat(60)} and the rest`;
    expect(copy(tagger.read(text))).toEqual(copy(createTagger(model).read(text)));
  });
});

describe("spans", () => {
  const tagger = createTagger(model);

  it("are runs of planning tokens from word to word, apart and in order", () => {
    let found = 0;
    fc.assert(
      fc.property(someText, (text) => {
        const reading = tagger.read(text);
        const { stream, plan } = reading;
        let last = -1;
        const covered = new Set<number>();
        for (const span of spansOf(model, reading)) {
          found++;
          expect(span.first).toBeGreaterThan(last);
          last = span.last;
          for (const token of [span.first, span.last]) expect([WORD, CHARACTER]).toContain(stream.kind[token]);
          for (let token = span.first; token <= span.last; token++) {
            covered.add(token);
            expect(plan[token]).toBeGreaterThanOrEqual(model.threshold.plan);
            expect(keyOf(text, stream, token)).not.toBe("\n\n");
          }
          expect(span.start).toBe(stream.start[span.first]);
          expect(span.end).toBe(stream.end[span.last]);
          expect(span.probability).toBe(probabilityOf(reading, span.first, span.last));
          expect(span.function).toBe(functionOf(model, addFunctions(reading, span.first, span.last)));
        }
        for (let token = 0; token < stream.length; token++)
          if (stream.kind[token] === WORD && plan[token] >= model.threshold.plan) expect(covered).toContain(token);
      }),
      { numRuns: 200 },
    );
    expect(found).toBeGreaterThan(100);
  });

  it("say what they do only when it is probable enough", () => {
    const { tables } = model;
    const of = (sums: number[], count: number, threshold: number) =>
      functionOf({ ...model, tables, threshold: { ...model.threshold, function: threshold } }, { sums, count });
    expect(of([5, 9, 9, 1], 1, 0)).toBe(1);
    expect(of([0, 0, 0, 0], 3, 2_500)).toBe(0);
    expect(of([0, 0, 0, 0], 3, 2_501)).toBe(null);
    expect(of([0, 0, 0, 20_000], 4, 9_000)).toBe(3);
    expect(of([1, 2, 3, 4], 0, 0)).toBe(null);
  });
});

describe("tagWords", () => {
  it("gives each word what its tokens have", () => {
    const tagger = createTagger(model);
    let tags = createWordTags();
    const words = createWords();
    fc.assert(
      fc.property(someText, fc.constantFrom("words" as const, "characters" as const), (text, segmented) => {
        const reading = tagger.read(text);
        const { stream } = reading;
        scan(text, words, segmented);
        tags = tagWords(reading, words, tags);
        for (let i = 0; i < words.length; i++) {
          const inside = Array.from({ length: stream.length }, (_, token) => token).filter(
            (token) =>
              stream.end[token] > words.start[i] &&
              stream.start[token] < words.end[i] &&
              (stream.kind[token] === WORD || stream.kind[token] === CHARACTER),
          );
          // where they differ, as in 0A'i, a name in mathematics and no word but its i, the token is the longer one
          expect(stream.start[inside[0]]).toBeLessThanOrEqual(words.start[i]);
          expect(stream.end[inside.at(-1)!]).toBeGreaterThanOrEqual(words.end[i]);
          expect(tags.tokens[i]).toBe(inside.length);
          expect(tags.plan[i]).toBe(
            Math.floor(inside.reduce((sum, token) => sum + reading.plan[token], 0) / inside.length),
          );
          expect(tags.begin[i]).toBe(reading.begin[inside[0]]);
          expect(tags.end[i]).toBe(reading.end[inside.at(-1)!]);
          expect([...tags.functions.subarray(i * FUNCTION_HEADS, (i + 1) * FUNCTION_HEADS)]).toEqual(
            addFunctions(reading, inside[0], inside.at(-1)!).sums,
          );
        }
      }),
      { numRuns: 200 },
    );
  });
});
