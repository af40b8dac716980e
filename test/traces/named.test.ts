import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { collect } from "./collect.js";

const lines = (...records: object[]) => Readable.from([Buffer.from(records.map((r) => JSON.stringify(r)).join("\n"))]);
const record = { problem: "q?", runs: [{ reply: "Let me see, wait." }], ok: true };

it("stops where a named field is in no record, with the nearest that is", async () => {
  const error = (options: object) =>
    collect(["-"], { stdin: lines(record, record), ...options }).catch((e: Error) => e.message);
  expect(await error({ textField: "runs.rely" })).toMatch(
    /--text-field runs\.rely: in none of the 2 records; the nearest is runs\.reply; .*problem/,
  );
  expect(await error({ successField: "okay" })).toMatch(/the nearest is ok;/);
  expect(await error({ problemField: "zzzzzz" })).toMatch(
    /in none of the 2 records; fields there are: ok, problem, runs/,
  );
});

it("is content with one record that has it, at any depth", async () => {
  const { traces } = await collect(["-"], { stdin: lines({ a: 1 }, record), textField: "runs.reply", all: true });
  expect(traces.map(({ text }) => text)).toEqual(["Let me see, wait."]);
});

it("reads as many records as asked for", async () => {
  const { records } = await collect(["fixtures/traces.jsonl"], { limit: 5 } as object);
  expect(records).toBe(5);
  expect((await collect(["fixtures/shapes/table.csv"], { limit: 1 } as object)).records).toBe(1);
});
