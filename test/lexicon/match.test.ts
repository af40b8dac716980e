import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCodePoints, createMatcher, type GramEntry, wordsOf } from "../../src/lexicon/match.js";
import { createWords, isBreak, scan } from "../../src/text/words.js";

const list = (...grams: string[]): GramEntry[] => grams.map((gram) => ({ gram, spellings: [gram] }));
/** What is found, as the text's own slices. */
const found = (entries: GramEntry[], text: string) =>
  createMatcher(entries)
    .find(text)
    .map(({ start, end }) => text.slice(start, end));

describe("createMatcher", () => {
  it("finds whole words, whatever their case, apostrophes and commas", () => {
    const entries = list("wait, let me check", "that's not right", "double-check");
    expect(found(entries, "WAIT let me check. That’s not right! Double‑check, double-checked.")).toEqual([
      "WAIT let me check",
      "That’s not right",
      "Double‑check",
    ]);
    expect(found(list("let me"), "let men, outlet me, let,  me, let\tme")).toEqual(["let,  me", "let\tme"]);
  });

  it("never crosses a clause's end", () => {
    for (const between of [". ", "\n", ": ", " (", " — ", " 3 ", " $x$ ", " `a` ", "? ", " = "])
      expect(found(list("let me", "me"), `let${between}me`)).toEqual(["me"]);
  });

  it("takes the longest from each start, and every start", () => {
    const entries = list("let me", "let me check", "me check again", "check");
    expect(found(entries, "let me check again")).toEqual(["let me check", "me check again", "check"]);
    expect(found(entries, "let me check. again")).toEqual(["let me check", "check"]);
    expect(found(entries, "let let me")).toEqual(["let me"]);
  });

  it("falls back to a gram inside one that broke off", () => {
    expect(found(list("we can do this now", "can do", "do that"), "we can do that")).toEqual(["can do", "do that"]);
  });

  it("keeps to a clause's start where the entry says so, and falls back to the shorter", () => {
    const entries: GramEntry[] = [
      { gram: "wait", spellings: ["wait"], position: "clause-start" },
      { gram: "so wait", spellings: ["so wait"], position: "clause-start" },
      { gram: "but", spellings: ["but"] },
      { gram: "but wait", spellings: ["but wait"], position: "clause-start" },
    ];
    expect(found(entries, "wait. We wait, wait; (wait) 3 wait. So wait")).toEqual(["wait", "wait", "wait", "So wait"]);
    expect(found(entries, "yes but wait")).toEqual(["but"]);
    expect(found(entries, "But wait")).toEqual(["But wait"]);
  });

  it("finds every spelling, and the better of two entries with the same words", () => {
    const entries: GramEntry[] = [
      { gram: "wait let me", spellings: ["wait — let me", "Wait, let me"] },
      { gram: "wait, let me", spellings: ["wait, let me"] },
      { gram: "the same", spellings: ["it's the same", "l'idée"] },
    ];
    const matcher = createMatcher(entries);
    expect(matcher.find("wait, let me").map(({ entry }) => entry)).toEqual([0]);
    expect(matcher.find("L’ide\u0301e: it's the same").map(({ entry }) => entry)).toEqual([2, 2, 2]);
    expect(matcher.unmatchable).toEqual([]);
  });

  it("names entries that can never match", () => {
    expect(
      createMatcher(list("let me", "wait. no", "...", "f(x)", "suppose x", "2 let", "hmm...")).unmatchable,
    ).toEqual([1, 2, 3, 4, 5]);
  });

  it("finds grams of scripts without spaces wherever their characters stand", () => {
    expect(found(list("让我们", "まず"), "因此让我们继续。まず、让我 们")).toEqual(["让我们", "まず", "让我 们"]);
  });

  it("agrees with a plain search over words, on any text", () => {
    const words = ["let", "me", "check", "wait", "it’s", "é", "让", "we"];
    const gram = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(" "));
    const text = fc
      .array(fc.tuple(fc.constantFrom(...words, "Let", "other", "x"), fc.constantFrom(" ", ", ", ". ", "\n", "  ")), {
        maxLength: 40,
      })
      .map((parts) => parts.flat().join(""));
    fc.assert(
      fc.property(fc.array(gram, { minLength: 1, maxLength: 8 }), text, (grams, read) => {
        const expected: string[] = [];
        const scanned = scan(read, createWords(), "characters");
        const patterns = grams.map((one) => wordsOf(one)!);
        for (let first = 0; first < scanned.length; first++) {
          let best = -1;
          for (const pattern of patterns) {
            const fits = pattern.every((word, k) => {
              const at = first + k;
              if (at >= scanned.length || (k > 0 && isBreak(scanned.gap[at]))) return false;
              return wordsOf(read.slice(scanned.start[at], scanned.end[at]))?.[0] === word;
            });
            if (fits) best = Math.max(best, first + pattern.length - 1);
          }
          if (best >= 0) expected.push(read.slice(scanned.start[first], scanned.end[best]));
        }
        expect(found(list(...grams), read)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe("offsets", () => {
  const entries = list("let me check", "wait", "that's", "让我们", "première étape", "𝒳𝒴");
  const spellings = new Set(entries.map(({ gram }) => wordsOf(gram)!.join(" ")));
  // Any Unicode at all, lone surrogates too, and texts full of grams.
  const unicode = fc.string({
    unit: fc.constantFrom(...'🙂👩‍👩‍👧e\u0301\r\n\ud800 \udc00𝒳a1$`<\\."(', "\r\n"),
    maxLength: 30,
  });
  const text = fc
    .array(
      fc.oneof(unicode, fc.string({ unit: "binary" }), fc.constantFrom(...entries.map(({ gram }) => ` ${gram} `))),
      {
        maxLength: 12,
      },
    )
    .map((parts) => parts.join(""));

  it("slice back to the gram's words in any text, in UTF-16 and in code points", () => {
    const matcher = createMatcher(entries);
    let spans = 0;
    fc.assert(
      fc.property(text, (read) => {
        const points = Array.from(read); // as Python sees the string
        for (const { start, end, entry } of matcher.find(read)) {
          spans++;
          const slice = read.slice(start, end);
          expect(wordsOf(slice)!.join(" ")).toBe(wordsOf(entries[entry].gram)!.join(" "));
          expect(spellings).toContain(wordsOf(slice)!.join(" "));
          const point = createCodePoints(read);
          expect(points.slice(point(start), point(end)).join("")).toBe(slice);
        }
      }),
      { numRuns: 2000 },
    );
    expect(spans).toBeGreaterThan(1000);
  });

  it("count code points whatever the order of the questions", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.nat(60)), (read, offsets) => {
        const point = createCodePoints(read);
        for (const offset of offsets) {
          const within = Math.min(offset, read.length);
          // inside a pair there is no code point to count
          if (/[\ud800-\udbff]/.test(read[within - 1] ?? "") && /[\udc00-\udfff]/.test(read[within] ?? "")) continue;
          expect(point(within)).toBe(Array.from(read.slice(0, within)).length);
        }
      }),
    );
  });
});
