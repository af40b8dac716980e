import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BREAK,
  CAPITAL,
  CHARACTER,
  createStream,
  keyOf,
  LOWER,
  MIXED,
  NUMBER,
  OTHER,
  readStream,
  UPPER,
  WORD,
} from "../../src/tagger/stream.js";

const read = (text: string) => {
  const stream = readStream(text, createStream(1));
  return Array.from({ length: stream.length }, (_, i) => ({
    key: keyOf(text, stream, i),
    kind: stream.kind[i],
    case: stream.shape[i] >> 1,
    glued: (stream.shape[i] & 1) === 1,
    text: text.slice(stream.start[i], stream.end[i]),
  }));
};
const keys = (text: string) => read(text).map(({ key }) => key);

describe("readStream", () => {
  it.each([
    ["Wait, that’s don't", ["wait", ",", "that's", "don't"]],
    ["'quoted' rock'n'roll a''b", ["'", "quoted", "'", "rock'n'roll", "a", "'", "'", "b"]],
    ["x2 = 3.14 ½²", ["x", "0", "=", "0", ".", "0", "0"]],
    ["well-known snake_case", ["well", "-", "known", "snake", "_", "case"]],
    ["让我コーヒー ก็", ["让", "我", "コ", "ー", "ヒ", "ー", "ก", "็"]],
    ["𝐱𠮷🙂", ["𝐱", "𠮷", "🙂"]],
    ["İ ΣΑΣ ǅ Ⅷ Ⓐ", ["i", "σασ", "ǆ", "0", "Ⓐ"]],
    ["a\ud800b", ["a", "\ud800", "b"]],
    ["", []],
    [" \t ", []],
  ])("cuts %j", (text, expected) => {
    expect(keys(text)).toEqual(expected);
  });

  it.each([
    ["a\nb", "\n", "\n"],
    ["a \r\n b", "\n", " \r\n "],
    ["a\n \nb", "\n\n", "\n \n"],
    ["a\r\rb", "\n\n", "\r\r"],
    ["a\n\r\nb", "\n\n", "\n\r\n"],
    ["a\u2028b", "\n", "\u2028"],
  ])("takes a break with the space around it: %j", (text, key, span) => {
    expect(read(text)[1]).toMatchObject({ key, text: span, kind: BREAK });
  });

  it("tells cases apart", () => {
    const cases = read("wait Wait I WAIT iPhone DeepSeek Let's DON’T É E\u0301 1 让").map((token) => token.case);
    expect(cases).toEqual([
      LOWER,
      CAPITAL,
      CAPITAL,
      UPPER,
      MIXED,
      MIXED,
      CAPITAL,
      UPPER,
      CAPITAL,
      CAPITAL,
      LOWER,
      LOWER,
    ]);
  });

  it("tells what is glued to the token before", () => {
    expect(read("(a, b2)\nc 让我").map(({ glued }) => glued)).toEqual([
      ...[false, true, true, false, true, true],
      ...[false, false, false, true],
    ]);
  });

  it("leaves nothing out but white space, and never looks beyond a token's neighbours", () => {
    const character = fc.oneof(
      fc.constantFrom(..."aZ'’ \n\r\t1²-让ーก็é\u0301İ🙂𝐱\ud800"),
      fc.integer({ min: 0x20, max: 0x24f }).map((point) => String.fromCodePoint(point)),
    );
    fc.assert(
      fc.property(fc.array(character, { maxLength: 60 }), (characters) => {
        const text = characters.join("");
        const tokens = read(text);
        expect(tokens.map((token) => token.text).join("")).toBe(
          text.replace(/[\p{White_Space}]+/gu, (space) => (/[\n\v\f\r\u0085\u2028\u2029]/.test(space) ? space : "")),
        );
        for (const { text: part, kind, key } of tokens) {
          if (kind === WORD || kind === CHARACTER) expect(part).toMatch(/^[\p{L}\p{M}'’]+$/u);
          if (kind === NUMBER) expect(part).toMatch(/^\p{N}+$/u);
          if (kind === OTHER) expect([...part]).toHaveLength(1);
          if (kind !== BREAK && kind !== NUMBER) expect([...key]).toHaveLength([...part].length);
        }
      }),
      { numRuns: 500 },
    );
  });
});
