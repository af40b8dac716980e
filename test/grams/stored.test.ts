import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { putLeb } from "../../src/grams/leb128.js";
import { packTraces, type StoredTraces, unpackTraces } from "../../src/grams/stored.js";
import { GAP_BREAK, STOP } from "../../src/text/words.js";

const spellings = ["wait", "Let", "x"];
const problems = ["a", "b", ""];
const token = fc.oneof(
  fc.tuple(fc.nat(2), fc.constantFrom(0, 1)).map(([word, comma]) => (word << 2) | comma),
  fc.constant(((GAP_BREAK | STOP) << 2) | 2),
);
const traces = fc.array(fc.tuple(fc.constantFrom(...problems), fc.array(token, { maxLength: 9 })), { maxLength: 12 });

function storedOf(list: readonly (readonly [string, readonly number[]])[]): StoredTraces {
  const parts = list.map(([, tokens]) => {
    const bytes = new Uint8Array(tokens.length * 5);
    return bytes.subarray(
      0,
      tokens.reduce((at, value) => putLeb(bytes, at, value), 0),
    );
  });
  const offset = [0];
  for (const part of parts) offset.push(offset[offset.length - 1] + part.length);
  return { kind: "stored", problem: list.map(([problem]) => problem), offset, bytes: Buffer.concat(parts) };
}

const flat = (batches: readonly StoredTraces[]) =>
  batches.flatMap(({ problem, offset, bytes }) =>
    problem.map((name, t) => [name, Buffer.from(bytes.subarray(offset[t], offset[t + 1])).toString("hex")]),
  );

async function unpacked(chunks: Iterable<Buffer>): Promise<StoredTraces[]> {
  const batches: StoredTraces[] = [];
  for await (const batch of unpackTraces({ problems, spellings }, chunks)) batches.push(batch);
  return batches;
}

describe("stored traces", () => {
  it("come back as they were, wherever their bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(traces, fc.nat(40), async (list, size) => {
        const stored = storedOf(list);
        const bytes = Buffer.concat([...packTraces(problems, [stored])]);
        const chunks = Array.from({ length: Math.ceil(bytes.length / (size + 1)) }, (_, i) =>
          bytes.subarray(i * (size + 1), (i + 1) * (size + 1)),
        );
        expect(flat(await unpacked(chunks))).toEqual(flat([stored]));
      }),
    );
  });

  it("are refused where they are damaged, or hold what is not there", async () => {
    const bytes = Buffer.concat([...packTraces(problems, [storedOf([["a", [0, 5, 8]]])])]);
    await expect(unpacked([bytes.subarray(0, -1)])).rejects.toThrow("ends inside a trace");
    await expect(unpacked([Buffer.from([3, 1, 0])])).rejects.toThrow("no problem");
    await expect(unpacked([Buffer.from([0, 1, 3 << 2])])).rejects.toThrow("no run of words");
    await expect(unpacked([Buffer.from([0, 1, 3])])).rejects.toThrow("no run of words");
    await expect(unpacked([Buffer.from([0, 2, 128, 128])])).rejects.toThrow("does not end");
  });
});
