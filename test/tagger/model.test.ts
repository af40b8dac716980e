import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { parseModel, readModel } from "../../src/tagger/model.js";
import { createScalarNetwork } from "../../src/tagger/network.js";
import { createSimdNetwork } from "../../src/tagger/simd.js";
import { keyOf } from "../../src/tagger/stream.js";
import { createTagger, FUNCTION_HEADS } from "../../src/tagger/tagger.js";

const embedded = join(import.meta.dirname, "../../models/planning-tagger");
const model = await readModel();

interface Check {
  text: string;
  keys: string[];
  /** 2 * case + glued */
  flags: number[];
  starts: number[];
  ends: number[];
  /** plan, goal, deduction, branching, backtracing, begin, end */
  logits: number[][];
}
// what the trainer's plain integers say: written by another program, in another language
const checks: Check[] = JSON.parse(readFileSync(join(embedded, "check.json"), "utf8"));

describe("the embedded tagger", () => {
  it.each([
    ["vectors", createSimdNetwork(model)!],
    ["plain JavaScript", createScalarNetwork(model)],
  ])("says, by %s, what the trainer's integers say, to the bit", (_, network) => {
    const tagger = createTagger(model, network);
    const { tables } = model;
    const of = (table: Uint16Array, logit: number) => table[Math.max(0, Math.min(255, (logit >> tables.shift) + 128))];
    for (const { text, keys, flags, starts, ends, logits } of checks) {
      const { stream, plan, begin, end, functions } = tagger.read(text);
      const points = (offset: number) => [...text.slice(0, offset)].length;
      const tokens = [...keys.keys()];
      expect(stream.length).toBe(keys.length);
      expect(tokens.map((token) => keyOf(text, stream, token))).toEqual(keys);
      expect([...stream.shape.subarray(0, keys.length)]).toEqual(flags);
      expect(tokens.map((token) => points(stream.start[token]))).toEqual(starts);
      expect(tokens.map((token) => points(stream.end[token]))).toEqual(ends);
      expect([...plan.subarray(0, keys.length)]).toEqual(logits.map(([logit]) => of(tables.plan, logit)));
      expect([...functions.subarray(0, keys.length * FUNCTION_HEADS)]).toEqual(
        logits.flatMap((own) => own.slice(1, 5)),
      );
      expect([...begin.subarray(0, keys.length)]).toEqual(logits.map((own) => of(tables.begin, own[5])));
      expect([...end.subarray(0, keys.length)]).toEqual(logits.map((own) => of(tables.end, own[6])));
    }
  });

  it("is the one whose figures its card tells", () => {
    expect(checks.flatMap(({ keys }) => keys).length).toBeGreaterThan(100);
    expect(model.sha256).toBe("ca9865ad3ec5f2d8558f6f281b1ee35b3d8fe7fb7016eb2c0da0fc07c008a180");
  });
});

describe("a tagger's files", () => {
  const folder = mkdtempSync(join(tmpdir(), "tagger-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let copies = 0;

  /** A copy with changes, whose sums fit them unless they are given. */
  function copyWith(change: (file: string) => void, sums?: string): string {
    const copy = join(folder, String(copies++));
    for (const file of ["tagger.json", "weights.bin", "SHA256SUMS"]) cpSync(join(embedded, file), join(copy, file));
    change(copy);
    const sumOf = (file: string) =>
      createHash("sha256")
        .update(readFileSync(join(copy, file)))
        .digest("hex");
    writeFileSync(
      join(copy, "SHA256SUMS"),
      sums ?? ["tagger.json", "weights.bin"].map((file) => `${sumOf(file)}  ${file}\n`).join(""),
    );
    return copy;
  }
  const headerWith = (changes: (header: Record<string, never>) => object) => (copy: string) => {
    const path = join(copy, "tagger.json");
    writeFileSync(path, JSON.stringify(changes(JSON.parse(readFileSync(path, "utf8")))));
  };
  const original = readFileSync(join(embedded, "SHA256SUMS"), "utf8");
  const flipped = (copy: string) => {
    const bytes = readFileSync(join(copy, "weights.bin"));
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(join(copy, "weights.bin"), bytes);
  };

  it.each<[string, (copy: string) => void, string | undefined, RegExp]>([
    ["a flipped bit", flipped, original, /weights\.bin: damaged, it is not the file that SHA256SUMS lists; restore/],
    [
      "weights cut short",
      (copy) => writeFileSync(join(copy, "weights.bin"), readFileSync(join(embedded, "weights.bin")).subarray(0, 999)),
      undefined,
      /tagger\.json: .*999 bytes of weights/,
    ],
    [
      "no weights",
      (copy) => rmSync(join(copy, "weights.bin")),
      original,
      /weights\.bin: missing; restore the model's files/,
    ],
    [
      "no JSON",
      (copy) => writeFileSync(join(copy, "tagger.json"), "{"),
      undefined,
      /tagger\.json: is not valid JSON: /,
    ],
    [
      "a list",
      (copy) => writeFileSync(join(copy, "tagger.json"), "[1]"),
      undefined,
      /tagger\.json: .*expected an object, got \[1\]/,
    ],
    [
      "another format",
      headerWith((header) => ({ ...header, format: 2 })),
      undefined,
      /tagger\.json: .*format is 2, not 1; have its trainer write it anew/,
    ],
    ["another shape", headerWith((header) => ({ ...header, channels: 32 })), undefined, /channels is 32, not 64/],
    [
      "other heads",
      headerWith((header) => ({ ...header, heads: ["plan"] })),
      undefined,
      /heads is \["plan"\], not \["plan","G"/,
    ],
    ["no dilations", headerWith(({ dilations: _, ...header }) => header), undefined, /dilations is missing, which/],
  ])("are refused with %s: exit 3, the file and what to do", async (_, change, sums, message) => {
    const error = await readModel(copyWith(change, sums)).then(
      () => undefined,
      (refused) => refused,
    );
    expect(error).toBeInstanceOf(InputError);
    expect(error.exitCode).toBe(3);
    expect(error.message).toMatch(message);
  });

  it("are refused where any field is missing or of a wrong type, by its name", async () => {
    const header = JSON.parse(readFileSync(join(embedded, "tagger.json"), "utf8"));
    // the sizes and sums of weights.bin are told for those who look at the file
    const { weights: _, ...read } = header;
    const places = Object.entries<object>(read).flatMap(([key, value]) =>
      ["shifts", "tables", "threshold"].includes(key) ? Object.keys(value).map((inner) => [key, inner]) : [[key]],
    );
    expect(places.length).toBeGreaterThan(20);
    const weights = readFileSync(join(embedded, "weights.bin"));
    const without = (places: string[], value?: unknown) => {
      const changed = structuredClone(header);
      const last = places.length - 1;
      places.slice(0, last).reduce((inside, key) => inside[key], changed)[places[last]] = value;
      return () => parseModel(JSON.stringify(changed), weights);
    };
    for (const place of places) {
      const name = place.join(".");
      expect(without(place), name).toThrow(`no tagger that this version runs: ${name} is missing, which is to be `);
      // a version may be any number
      for (const wrong of [null, true, -1.5, {}, ["", -1], []]) {
        // a version may be any number, and a network may have no further layers
        if ((name === "version" && wrong === -1.5) || (name === "dilations" && String(wrong) === "")) continue;
        expect(without(place, wrong), name).toThrow(`runs: ${name} is `);
      }
    }
    for (const [group] of places.filter(({ length }) => length === 2))
      expect(without([group], null), group).toThrow(new RegExp(`runs: ${group}\\.\\w+ is missing`));
  });

  it("are read when they are whole", async () => {
    expect((await readModel(copyWith(() => {}))).sha256).toBe(model.sha256);
  });
});
