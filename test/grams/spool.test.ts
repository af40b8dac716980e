import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSpoolReader, createSpoolWriter, SPOOL_BREAK, SPOOL_COMMA, SPOOL_WORD } from "../../src/grams/spool.js";
import { GAP_BREAK, GAP_COMMA, GAP_SPACE, STOP } from "../../src/text/words.js";

const folder = mkdtempSync(join(tmpdir(), "spool-"));
let fds: number[];
beforeAll(() => {
  fds = [0, 1].map((n) => openSync(join(folder, `${n}`), "wx+"));
});
afterAll(() => {
  for (const fd of fds) closeSync(fd);
  rmSync(folder, { recursive: true });
});

interface Step {
  id: number;
  gap: number;
}
const BREAK = GAP_BREAK | (STOP << 3) | STOP;

/** Writes traces to a spool; gives where each lies and what it must be read as. */
function write(fd: number, traces: readonly Step[][]) {
  const spool = createSpoolWriter(fd);
  const places = traces.map((steps) => {
    const position = spool.position;
    const values: number[] = [];
    for (const { id, gap } of steps) {
      spool.word(id, gap);
      if (gap >= GAP_BREAK) values.push((gap << 2) | SPOOL_BREAK);
      values.push((id << 2) | (gap === GAP_COMMA ? SPOOL_COMMA : SPOOL_WORD));
    }
    spool.break(BREAK);
    values.push((BREAK << 2) | SPOOL_BREAK);
    return { position, bytes: spool.position - position, values };
  });
  spool.flush();
  return places;
}

describe("spool", () => {
  const step = fc.record({
    id: fc.oneof(fc.nat(40), fc.nat(2 ** 28)),
    gap: fc.constantFrom(GAP_SPACE, GAP_COMMA, BREAK),
  });

  it("gives back what was written, in any order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(step, { maxLength: 50 }), { maxLength: 20 }),
        fc.array(fc.array(step, { maxLength: 50 }), { maxLength: 20 }),
        fc.infiniteStream(fc.nat()),
        (first, second, order) => {
          const all = [first, second].flatMap((traces, spool) =>
            write(fds[spool], traces).map((place) => ({ ...place, spool })),
          );
          const read = createSpoolReader(fds);
          const shuffled = all.map((place) => ({ place, key: order.next().value })).sort((a, b) => a.key - b.key);
          for (const { place } of shuffled) {
            const { values, length } = read(place.spool, place.position, place.bytes);
            expect([...values.subarray(0, length)]).toEqual(place.values);
          }
        },
      ),
    );
  });

  it("carries traces longer than its buffers", () => {
    const long = Array.from({ length: 2_000_000 }, (_, i) => ({ id: i * 7, gap: i % 9 === 0 ? BREAK : GAP_SPACE }));
    const [short, place] = write(fds[0], [[{ id: 3, gap: GAP_COMMA }], long]);
    const read = createSpoolReader(fds);
    for (const { position, bytes, values: expected } of [place, short, place]) {
      const { values, length } = read(0, position, bytes);
      expect(length).toBe(expected.length);
      expect(expected.findIndex((value, i) => values[i] !== value)).toBe(-1);
    }
  });

  it("says that the file is shorter than it should be", () => {
    write(fds[1], [[{ id: 1, gap: GAP_SPACE }]]);
    expect(() => createSpoolReader(fds)(1, 1e9, 10)).toThrow("10 bytes expected at 1000000000, 0 found");
  });
});
