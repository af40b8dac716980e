import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { count } from "../../src/count.js";
import { openCounts } from "../../src/counts/reader.js";
import { forget, readState, stateBytes } from "../../src/counts/state.js";
import { InputError } from "../../src/errors.js";
import { DEFAULTS } from "../../src/options.js";

const folder = mkdtempSync(join(tmpdir(), "counts-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "counts.parquet");

async function* batches() {
  const records = Array.from({ length: 30 }, (_, i) => ({
    place: `row ${i}`,
    value: {
      problem_id: `p${i % 7}`,
      trace: `Wait, let me check ${"again ".repeat(i % 5)}. So 数学 we add.`,
      correct: true,
    },
  }));
  yield { kind: "records" as const, file: "texts", records, malformed: [] };
}
async function* none(): AsyncGenerator<never> {}
async function joined(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part.slice());
  return Buffer.concat(parts);
}
const made = joined(
  count({ batches: batches(), parts: none() }, { traces: {}, maxN: 4, threads: 1, memory: 1 << 20, minProblems: 2 }),
);

/** All that a file of counts says, as text. */
async function everything(path: string): Promise<string> {
  const { facts, rows, stored } = await openCounts(path);
  const of: unknown[] = [facts, await rows(1)];
  for await (const { problem, offset, bytes } of (await stored())!.batches)
    of.push(problem, offset, Buffer.from(bytes).toString("hex"));
  return JSON.stringify(of);
}

describe("a file of counts", () => {
  it("says the same, or is refused, whichever bit of it is wrong", async () => {
    const bytes = await made;
    writeFileSync(file, bytes);
    const whole = await everything(file);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const damaged = Buffer.from(bytes);
        damaged[at] ^= 1 << bit;
        writeFileSync(file, damaged);
        const said = await everything(file).catch((error: Error) => error);
        if (said instanceof Error) {
          expect(said).toBeInstanceOf(InputError);
          expect(said.message).toContain(file);
          refused++;
        } else expect(said).toBe(whole);
      }),
      { numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(75);
  });

  it("keeps a state of update, which forgets the same problems each time", async () => {
    writeFileSync(file, await made);
    await expect(readState(file)).rejects.toThrow("no state of a lexicon");
    const { facts, stored } = await openCounts(file);
    const traces = (await stored())!;
    const kept = [];
    for await (const batch of traces.batches) kept.push(batch);
    const update = { mining: DEFAULTS, updates: 3, decay: 0.5 };
    const state = join(folder, "state");
    writeFileSync(
      state,
      await joined(stateBytes({ ...traces, batches: kept }, { ...facts.corpus, bad: [] }, { update, traces: {} })),
    );
    const read = await readState(state);
    expect(read.update).toEqual(update);
    expect(read.stored.batches).toEqual(kept);
    const once = forget(read, 0.5);
    const names = new Set(once.stored.batches.flatMap(({ problem }) => problem));
    expect(names.size).toBeGreaterThan(0);
    expect(names.size).toBeLessThan(7);
    const left = once.stored.batches.reduce((sum, { problem }) => sum + problem.length, 0);
    expect(once.stored.sums.skipped.forgotten).toBe(30 - left);
    for (const { problem } of once.stored.batches) for (const name of problem) expect(names).toContain(name);
    expect(forget(read, 0.5)).toEqual(once);
    expect(forget({ ...read, update: { ...update, updates: 4 } }, 0.5)).not.toEqual(once);
  });
});
