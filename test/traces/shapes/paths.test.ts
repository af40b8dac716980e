import { expect, it } from "vitest";
import { nearest, reach } from "../../../src/traces/shapes/paths.js";

const record = {
  runs: [
    { text: "a", judge: { ok: true } },
    { text: "b", judge: { ok: false } },
  ],
  "a.b": { c: 1 },
};

it("reaches through lists, by number, by star and by names with dots", () => {
  expect(reach(record, "runs.text").map(({ value }) => value)).toEqual(["a", "b"]);
  expect(reach(record, "runs.*.text").map(({ value }) => value)).toEqual(["a", "b"]);
  expect(reach(record, "runs.1.text").map(({ value, owner }) => [value, owner])).toEqual([["b", record.runs[1]]]);
  expect(reach(record, "a.b.c").map(({ value }) => value)).toEqual([1]);
  for (const name of ["runs.7.text", "nope", "constructor.name", "runs.length", "__proto__"])
    expect(reach(record, name), name).toEqual([]);
});

it("finds what stands nearest to a place, and nothing between two as near", () => {
  const found = reach(record, "runs.judge.ok");
  expect(nearest(found, ["runs", 1, "text"])?.value).toBe(false);
  expect(nearest(found, ["else"])).toBeUndefined();
});
