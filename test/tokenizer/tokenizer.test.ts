import { copyFile, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { maskOf } from "../../src/lexicon/mask.js";
import { createTokenizer, loadTokenizer } from "../../src/tokenizer/tokenizer.js";

const folder = (name: string) => join(import.meta.dirname, "../../fixtures/tokenizers", name);
const names = ["gpt2", "qwen", "llama2", "gemma"];
const tokenizers = Object.fromEntries(
  await Promise.all(names.map(async (name) => [name, await loadTokenizer(folder(name))])),
) as Record<string, Awaited<ReturnType<typeof loadTokenizer>>>;
const cat = (...parts: (Uint8Array | undefined)[]) => Buffer.concat(parts.map((part) => part!));

describe.each(names)("a tokenizer like %s", (name) => {
  const tokenizer = tokenizers[name];

  it("places every token of any text: in order, without holes, on the bytes it spells", () => {
    const unicode = fc.string({
      unit: fc.constantFrom(..."Wait, let me 🙂é\u0301让\n\r\t’$3_<>|/ks", "<think>", "  "),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.oneof(unicode, fc.string({ unit: "grapheme" }), fc.string({ unit: "binary-ascii" })), (text) => {
        const { ids, starts, ends } = tokenizer.encode(text);
        const spaced = tokenizer.kind === "sentencepiece" ? text.replaceAll("▁", " ") : text;
        const plain = name !== "qwen" || text.normalize("NFC") === text;
        let reached = 0;
        ids.forEach((id, i) => {
          expect(starts[i]).toBeLessThanOrEqual(reached);
          expect(ends[i]).toBeGreaterThanOrEqual(reached);
          const slice = Buffer.from(spaced.slice(starts[i], ends[i]));
          // a token inside a character has all of it; a space set before the text is none of it
          if (plain) expect(slice.includes(cat(tokenizer.bytes[id])) || tokenizer.bytes[id]![0] === 32).toBe(true);
          reached = ends[i];
        });
        expect(reached).toBe(text.length);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads its own ids back", () => {
    const text = "Wait, let me check 🙂: première étape,\n让我们! <think>";
    const { ids } = tokenizer.encode(text);
    const decoded = tokenizer.decode(ids);
    expect(decoded.text).toBe(name === "llama2" ? ` ${text}` : text);
    expect(decoded.ends.at(-1)).toBe(decoded.text.length);
  });

  it("keeps the lengths of bytes that are no character", () => {
    const ids = Array.from({ length: 60 }, (_, i) => (i * 37) % tokenizer.bytes.length);
    const { text, starts, ends } = tokenizer.decode([...ids, 10_000_000]);
    expect(Buffer.byteLength(text)).toBe(cat(...ids.map((id) => tokenizer.bytes[id])).length + 1);
    expect(text).toContain("\x1a");
    expect(Math.max(...ends)).toBe(text.length);
    starts.forEach((start, i) => {
      expect(start).toBeLessThanOrEqual(ends[i]);
    });
  });
});

describe("encode", () => {
  it("gives both halves of a character that two tokens share", () => {
    const { ids, starts, ends } = tokenizers.gpt2.encode("a𝄞b");
    expect(ids.length).toBeGreaterThan(4);
    for (let i = 1; i < ids.length - 1; i++) expect([starts[i], ends[i]]).toEqual([1, 3]);
    expect(maskOf([{ start: 1, end: 3 }], starts, ends)).toEqual([0, ...ids.slice(2).map(() => 1), 0]);
  });

  it("finds its way back through NFC", () => {
    const text = "e\u0301tape, \u1112\u1161\u11ab";
    const { starts, ends } = tokenizers.qwen.encode(text);
    expect([starts[0], ends[0]]).toEqual([0, 2]);
    expect(Math.min(...starts.slice(-1))).toBe(text.indexOf("\u1112"));
    expect(ends.at(-1)).toBe(text.length);
  });

  it("refuses tokens that do not add up to the text", async () => {
    const json = JSON.parse(await readFile(join(folder("gpt2"), "tokenizer.json"), "utf8"));
    const lossy = createTokenizer({ ...json, normalizer: { type: "Lowercase" } }, {}, "lossy", "");
    expect(lossy.encode("wait").ids.length).toBeGreaterThan(0);
    expect(() => lossy.encode("Wait")).toThrow("tokenizer lossy: its tokens do not add up to the text");
    expect(() => lossy.encode("Wait")).toThrow(InputError);
  });

  it("reads Gemma's added tokens of ▁ as the spaces they stand for", async () => {
    const json = JSON.parse(await readFile(join(folder("gemma"), "tokenizer.json"), "utf8"));
    const runs = ["▁▁", "▁▁▁▁"].map((content, i) => ({ id: 5000 + i, content, normalized: false, special: false }));
    const mark = { id: 5002, content: "<▁>", normalized: false, special: true };
    const vocab = { ...json.model.vocab, "▁▁": 5000, "▁▁▁▁": 5001 };
    const added_tokens = [...json.added_tokens, ...runs, mark];
    const tokenizer = createTokenizer({ ...json, model: { ...json.model, vocab }, added_tokens }, {}, "x", "");
    expect([5000, 5001, 5002].map((id) => String(tokenizer.bytes[id]))).toEqual(
      ["  ", "    ", "<▁>"].map((text) => String(Buffer.from(text))),
    );
    expect(tokenizer.decode([5000, ...tokenizer.encode("Wait").ids]).text).toBe("  Wait");
    const text = "a  b. I  need";
    const { ids, starts, ends } = tokenizer.encode(text);
    expect(ids.map((_, i) => text.slice(starts[i], ends[i])).join("")).toBe(text);
  });

  it("is not misled by spaces that an added token swallows", async () => {
    const json = JSON.parse(await readFile(join(folder("gpt2"), "tokenizer.json"), "utf8"));
    const mask = { id: 5000, content: "<mask>", lstrip: true, rstrip: true, normalized: false, special: true };
    const tokenizer = createTokenizer({ ...json, added_tokens: [...json.added_tokens, mask] }, {}, "x", "");
    const { ids, starts, ends } = tokenizer.encode("let  <mask> me ");
    const at = ids.indexOf(5000);
    expect([starts[at], ends[at]]).toEqual([5, 11]);
    expect(starts[at + 1]).toBe(12);
  });
});

describe("loadTokenizer", () => {
  it("refuses kinds without exact offsets, saying which have them", async () => {
    await expect(loadTokenizer(folder("wordpiece"))).rejects.toThrow(
      /a WordPiece tokenizer.*supported are byte-level BPE/,
    );
  });

  it("says what is missing", async () => {
    const empty = await mkdtemp(join(tmpdir(), "tokenizer-"));
    await expect(loadTokenizer(empty)).rejects.toThrow(`${join(empty, "tokenizer.json")}: no such file`);
    await writeFile(join(empty, "tokenizer.json"), "{");
    await expect(loadTokenizer(empty)).rejects.toThrow("tokenizer.json is not valid JSON");
    await expect(loadTokenizer("no/such-model")).rejects.toThrow("no/such-model: no such folder");
  });

  it("finds a model of Hugging Face's cache by its name", async () => {
    const shared = await mkdtemp(join(tmpdir(), "hub-"));
    const snapshot = join(shared, "models--org--tiny/snapshots/abc");
    await mkdir(snapshot, { recursive: true });
    await copyFile(join(folder("gpt2"), "tokenizer.json"), join(snapshot, "tokenizer.json"));
    const found = await loadTokenizer("org/tiny", { shared, offline: true });
    expect(found.encode("Wait").ids).toEqual(tokenizers.gpt2.encode("Wait").ids);
    expect([found.name, found.label]).toEqual(["org/tiny", "tiny"]);
  });
});
