import { describe, expect, it } from "vitest";
import { collect } from "./collect.js";

describe("fixtures/traces.jsonl", () => {
  it("has 70 graded traces over 24 problems among some bad lines", async () => {
    const { traces, skipped, malformed } = await collect(["fixtures/traces.jsonl"]);
    expect(traces).toHaveLength(70);
    expect(new Set(traces.map((trace) => trace.problem)).size).toBe(24);
    expect(traces.filter((trace) => trace.success)).toHaveLength(46);
    expect(skipped).toEqual({ malformed: 1, empty: 1, "unknown-success": 1 });
    expect(malformed).toEqual(["line 12: not JSON: it ends too early", expect.stringMatching(/^line 51: not JSON/)]);
  });

  it("gives the same digest in any order of lines", async () => {
    const { readFileSync } = await import("node:fs");
    const { Readable } = await import("node:stream");
    const lines = readFileSync("fixtures/traces.jsonl", "utf8").split("\n");
    const backwards = await collect(["-"], { stdin: Readable.from([Buffer.from(lines.reverse().join("\n"))]) });
    const forwards = await collect(["fixtures/traces.jsonl"]);
    expect(backwards.digest).toBe(forwards.digest);
    expect(backwards.records).toBe(forwards.records);
  });
});

describe("fixtures/chinese.jsonl", () => {
  it("has 16 traces over 9 problems", async () => {
    const { traces, malformed, skipped } = await collect(["fixtures/chinese.jsonl"]);
    expect(traces).toHaveLength(16);
    expect(new Set(traces.map((trace) => trace.problem)).size).toBe(9);
    expect({ malformed, skipped }).toEqual({ malformed: [], skipped: {} });
  });
});
