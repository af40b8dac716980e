import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEncoder } from "../../src/encoder/encoder.js";

const FIRST = ["let me try", "wait", "so we have", "let me try"];
const SECOND = ["alternatively", "wait", "let me check"];

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "sg-mine-vectors-"));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

/** The vectors of one run with the cache, and what it computed. */
async function run(phrases: string[]): Promise<{ vectors: Float32Array; computed: number }> {
  const encoder = await openEncoder({ cache });
  const reports: number[] = [];
  const vectors = await encoder.embed(phrases, (done) => reports.push(done));
  await encoder.close();
  return { vectors, computed: reports.length };
}

async function plain(phrases: string[]): Promise<Float32Array> {
  const encoder = await openEncoder();
  const vectors = await encoder.embed(phrases);
  await encoder.close();
  return vectors;
}

async function file(): Promise<string> {
  const names = await readdir(cache);
  expect(names).toHaveLength(1); // no temporary file is left
  return join(cache, names[0]);
}

test("gives the same bytes as no cache, and computes a phrase once", async () => {
  expect((await run(FIRST)).vectors).toEqual(await plain(FIRST));
  const again = await run(FIRST);
  expect(again).toEqual({ vectors: await plain(FIRST), computed: 0 });
  expect((await run(SECOND)).vectors).toEqual(await plain(SECOND));
  expect((await run([...FIRST, ...SECOND])).computed).toBe(0);
});

test("holds the same bytes in whatever order phrases came", async () => {
  await run(FIRST);
  await run(SECOND);
  const one = await readFile(await file());
  await rm(await file());
  await run([...SECOND, ...FIRST].reverse());
  expect(await readFile(await file())).toEqual(one);
});

test("is rebuilt when damaged", async () => {
  await run(FIRST);
  const path = await file();
  const whole = await readFile(path);
  const flipped = Buffer.from(whole);
  flipped[whole.length - 5] ^= 1;
  for (const damaged of [flipped, whole.subarray(0, whole.length - 7), Buffer.from("garbage"), Buffer.alloc(0)]) {
    await writeFile(path, damaged);
    const { vectors, computed } = await run(FIRST);
    expect(computed).toBeGreaterThan(0);
    expect(vectors).toEqual(await plain(FIRST));
    expect(await readFile(path)).toEqual(whole);
  }
});

test("says when the folder cannot be written", async () => {
  const occupied = join(cache, "a-file");
  await writeFile(occupied, "");
  const encoder = await openEncoder({ cache: occupied });
  await expect(encoder.embed(FIRST)).rejects.toThrow(/a-file: cannot keep vectors here/);
  await encoder.close();
  expect((await stat(occupied)).size).toBe(0);
});
