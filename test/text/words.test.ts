import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  closingOf,
  createWords,
  GAP_COMMA,
  GAP_SPACE,
  isBreak,
  isUnspaced,
  normalise,
  openingOf,
  opensClause,
  scan,
} from "../../src/text/words.js";

const KINDS = ["mark", "stop", "math", "code", "comma"];

/** Words with what stands between them: " ", "," or "[first/last kind of the break]". */
function spelled(text: string, segmented?: "words" | "characters"): string {
  const words = scan(text, createWords(1), segmented);
  const gapOf = (gap: number) =>
    gap === GAP_SPACE ? " " : gap === GAP_COMMA ? "," : `[${KINDS[closingOf(gap)]}/${KINDS[openingOf(gap)]}]`;
  let result = "";
  for (let i = 0; i < words.length; i++) result += gapOf(words.gap[i]) + text.slice(words.start[i], words.end[i]);
  return result + gapOf(words.gap[words.length]);
}

/** The clauses alone, commas as commas. */
const clauses = (text: string) =>
  spelled(text)
    .split(/\[\w+\/\w+\]/)
    .filter(Boolean);

describe("scan", () => {
  it.each([
    ["Wait, let me check. So we go", ["Wait,let me check", "So we go"]],
    ["First\nthen; next: last! end? no… done", ["First", "then", "next", "last", "end", "no", "done"]],
    ["go—then – and - so ― on", ["go", "then", "and", "so", "on"]],
    ["let's (note) go [there] now", ["let's", "note", "go", "there", "now"]],
  ])("ends a clause at sentence ends, lines, dashes and brackets, not at commas: %j", (text, expected) => {
    expect(clauses(text)).toEqual(expected);
  });

  it.each([
    ["so $x = 3$ then", "math"],
    ["so $$a\nb$$ then", "math"],
    ["so \\(a+b\\) then", "math"],
    ["so \\[ a \\] then", "math"],
    ["so \\alpha then", "math"],
    ["so 1,000.5 then", "math"],
    ["so 3 2nd 5x then", "math"],
    ["so x then", "math"],
    ["so f(x) then", "math"],
    ["so = then", "math"],
    ["so ≤ 4 then", "math"],
    ["so `a b` then", "code"],
    ["so ```\na b\n``` then", "code"],
    ["so go.then", "code"],
    ["so snake_case then", "code"],
    ["so __init__ then", "code"],
    ["so print() then", "code"],
  ])("ends a clause at math and code: %j", (text, kind) => {
    const all = spelled(text);
    expect(all).toMatch(/^\[stop\/stop\]so/);
    expect(all).toContain(`[${kind}/`);
    expect(all).toMatch(/\]then\[stop\/stop\]$/);
    expect(all.split("]").length, "one break between the two words").toBe(4);
  });

  it("keeps what the formula hides apart from its surroundings", () => {
    expect(spelled("so $x = 3$, we get")).toBe("[stop/stop]so[math/comma]we get[stop/stop]");
    expect(spelled("wait, 3 then")).toBe("[stop/stop]wait[comma/math]then[stop/stop]");
    expect(spelled("wait,\nlet me")).toBe("[stop/stop]wait[comma/stop]let me[stop/stop]");
    expect(spelled("“Wait,” he")).toBe("[stop/stop]Wait[comma/mark]he[stop/stop]");
    expect(spelled("So, , then")).toBe("[stop/stop]So,then[stop/stop]");
  });

  it("takes prices for prices: a dollar sign opens a formula only before, and closes it only after, a non-space", () => {
    expect(clauses("it costs $5 and then $6 more")).toEqual(["it costs", "and then", "more"]);
    expect(clauses("in $ and in $ too")).toEqual(["in", "and in", "too"]);
  });

  it("takes markup for no words", () => {
    expect(clauses("<think>Okay</think>So it")).toEqual(["Okay", "So it"]);
    expect(clauses("done<|im_end|>Next <|begin_of_thought|> then")).toEqual(["done", "Next", "then"]);
    expect(clauses('<a href="let me">here</a>')).toEqual(["here"]);
    expect(clauses("**Step one**: go *on*")).toEqual(["Step one", "go", "on"]);
    expect(spelled("but < and >")).toBe("[stop/stop]but[math/math]and[math/stop]");
  });

  it("begins clauses after the marks of chat templates and in quoted lines", () => {
    for (const mark of [
      ..."<｜Assistant｜> <｜end▁of▁sentence｜> <|im_start|> [/INST] [THINK] ◁think▷ ◁/think▷ <think> <seed:think>".split(
        " ",
      ),
      "\n> ",
      "\n> > ",
      "\n>",
    ])
      expect(spelled(`so 4${mark}Now we`), mark).toBe("[stop/stop]so[math/stop]Now we[stop/stop]");
    expect(spelled("> Now")).toBe("[stop/stop]Now[stop/stop]");
    expect(spelled("if x > so")).toBe("[stop/stop]if[math/math]so[stop/stop]");
    expect(spelled("if a > so")).toBe("[stop/stop]if a[math/math]so[stop/stop]");
    expect(clauses("so [NOTE] it")).toEqual(["so", "NOTE", "it"]);
  });

  it("ends code that was left open where the turn ends", () => {
    expect(clauses("Run it\n```python\nlet me<|im_end|>\n<|im_start|>user\nfine<|im_end|>")).toEqual([
      "Run it",
      "user",
      "fine",
    ]);
    expect(clauses("so```let me</think>Now we")).toEqual(["so", "Now we"]);
    expect(clauses("so```let me if a <|b```Now we")).toEqual(["so", "Now we"]);
  });

  it("begins clauses at bullets, and reads a newline that was escaped twice", () => {
    expect(spelled("- First\n- second")).toBe("[stop/stop]First[stop/stop]second[stop/stop]");
    expect(spelled("wait\\nNext line")).toBe("[stop/stop]wait[stop/stop]Next line[stop/stop]");
    expect(clauses("\\nabla f")).toEqual([]);
  });

  it("keeps apostrophes and hyphens inside words, and only there", () => {
    expect(clauses("don't double-check l’été rock'n'roll")).toEqual(["don't double-check l’été rock'n'roll"]);
    expect(clauses("'quoted' -bullet- it's'")).toEqual(["quoted", "bullet", "it's"]);
  });

  it("reads letters of any script, composed or not", () => {
    expect(clauses("naïve café e\u0301te\u0301 Первый шаг 𝐴𝑏")).toEqual(["naïve café e\u0301te\u0301 Первый шаг 𝐴𝑏"]);
  });

  it("cuts scripts without spaces into words, or into characters", () => {
    expect(spelled("首先，我们需要")).toMatch(/^\[stop\/stop\]首先,我们 ?需要\[stop\/stop\]$/);
    expect(spelled("首先，我们。so 𠮷", "characters")).toBe("[stop/stop]首 先,我 们[stop/stop]so 𠮷[stop/stop]");
    expect(isUnspaced("我们", "需要")).toBe(true);
    expect(isUnspaced("我们", "need")).toBe(false);
  });

  it("has nothing to say about nothing", () => {
    for (const text of ["", " ", "\n", "...", "12", "$x$", "`a`"]) expect(clauses(text)).toEqual([]);
    expect(spelled("")).toBe("[stop/stop]");
  });

  it("opens a clause for a reader after a stop, not after a formula", () => {
    const words = scan("So $x$ then. Next", createWords());
    expect([...words.gap.subarray(0, 3)].map(opensClause)).toEqual([true, false, true]);
  });
});

/** Pieces that mean something to the tokeniser, and any text at all. */
const text = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        ..."Wait let don't é \u0301 's - ' ’ , ， . 。 ? \n \r\n \t $ $$ \\( \\) \\n \\frac ` ``` < <b> </b> <|x|> ( ) [ _ __ x f(x) 3 3.5 让我们 𠮷 𝐴 \ud835 \udc00 * # | = ≤ — \u00a0".split(
          " ",
        ),
        " ",
      ),
      { maxLength: 40 },
    )
    .map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 200 }),
);

describe("scan, of any text", () => {
  it("gives words in order that slice back to letters, with a gap around each", () => {
    fc.assert(
      fc.property(text, fc.constantFrom("words" as const, "characters" as const), (text, segmented) => {
        const { length, start, end, gap } = scan(text, createWords(1), segmented);
        expect(isBreak(gap[0])).toBe(true);
        expect(isBreak(gap[length])).toBe(true);
        for (let i = 0; i < length; i++) {
          expect(start[i]).toBeGreaterThanOrEqual(i > 0 ? end[i - 1] : 0);
          expect(end[i]).toBeGreaterThan(start[i]);
          expect(end[i]).toBeLessThanOrEqual(text.length);
          const word = text.slice(start[i], end[i]);
          expect(word).toMatch(/^[\p{L}\p{M}\p{Nl}\p{No}\p{Script=Han}\p{Pd}'’‐‑\p{Sk}\p{Lm}]+$/u);
          expect(word).toMatch(/^[^'’-].*[^'’-]$|^[^'’-]$/su);
          if (i > 0 && gap[i] <= GAP_COMMA) {
            const between = text.slice(end[i - 1], start[i]);
            expect(between).toMatch(/^[\p{Zs}\t,，、،]*$/u);
            expect(/[,，、،]/u.test(between)).toBe(gap[i] === GAP_COMMA);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("does not depend on what it read before", () => {
    fc.assert(
      fc.property(text, text, (first, second) => {
        const reused = scan(second, scan(first, createWords(1)));
        const fresh = scan(second, createWords());
        const { length } = fresh;
        expect(reused.length).toBe(length);
        for (const key of ["start", "end", "gap"] as const)
          expect([...reused[key].subarray(0, length)]).toEqual([...fresh[key].subarray(0, length)]);
        expect(reused.gap[length]).toBe(fresh.gap[length]);
      }),
    );
  });

  it("reads two texts one line apart as it reads each", () => {
    const plain = fc
      .array(fc.constantFrom("so", "wait", ", ", " ", ". ", "3"), { maxLength: 20 })
      .map((p) => p.join(""));
    fc.assert(
      fc.property(plain, plain, (first, second) => {
        expect(clauses(`${first}\n${second}`)).toEqual([...clauses(first), ...clauses(second)]);
      }),
    );
  });

  it("takes time that grows with the text alone", () => {
    for (const piece of ["$", "`", "<a", "\\(", "\\[", "让", "𠮷", "a-", "'", "$a ", "``"]) {
      const started = performance.now();
      scan(piece.repeat(100_000), createWords());
      expect(performance.now() - started, piece).toBeLessThan(3000);
    }
  });
});

describe("normalise", () => {
  it("folds case, apostrophes, hyphens and composition", () => {
    expect(normalise("Don’t")).toBe("don't");
    expect(normalise("Double‑Check")).toBe("double-check");
    expect(normalise("E\u0301te\u0301")).toBe("été");
  });
  it("has nothing left to fold", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (s) => normalise(normalise(s)) === normalise(s)));
  });
});
