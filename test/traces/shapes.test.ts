import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { collect } from "./collect.js";

const folder = "fixtures/shapes";
const filesIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

// Golden files are written by UPDATE=1, and read by a person before they are committed
describe.each(["fixtures/shapes", "fixtures/producers"])("records in %s", (folder) => {
  it.each(filesIn(folder))("%s", async (name) => {
    const strict = await collect([`${folder}/${name}`]);
    const all = await collect([`${folder}/${name}`], { all: true });
    const got = { ...strict, unknown: all.traces.filter((trace) => trace.success === undefined) };
    const golden = `${folder}/golden/${name}.json`;
    if (process.env.UPDATE) writeFileSync(golden, `${JSON.stringify(got, null, 1)}\n`);
    expect(JSON.parse(JSON.stringify(got))).toEqual(JSON.parse(readFileSync(golden, "utf8")));
  });

  it("have a golden file for every shape and no other", () => {
    const names = filesIn(folder).map((name) => `${name}.json`);
    expect(readdirSync(`${folder}/golden`).sort()).toEqual(names.sort());
  });

  it("are never read with a reference, a tool's, a system's, a judge's or a user's words", async () => {
    for (const name of filesIn(folder)) {
      const { traces } = await collect([`${folder}/${name}`], { all: true });
      for (const { text } of traces) expect(text, name).not.toMatch(/(?:Reference|Tool says|System|Judge|User):/);
    }
  });
});

describe("files", () => {
  it("gives the same records for a file, its gzip and a pipe", async () => {
    const { createReadStream } = await import("node:fs");
    const plain = await collect([`${folder}/flat.jsonl`]);
    const packed = await collect([`${folder}/flat-packed.jsonl.gz`]);
    expect(packed).toEqual(plain);
    for (const name of ["flat.jsonl", "flat-packed.jsonl.gz", "simulations.json", "table.csv", "table.tsv"]) {
      const piped = await collect(["-"], { stdin: createReadStream(`${folder}/${name}`) });
      expect(piped, name).toEqual(await collect([`${folder}/${name}`]));
    }
  });

  it("reads parquet from a pipe", async () => {
    const { createReadStream } = await import("node:fs");
    const name = `${folder}/completions_00002.parquet`;
    expect(await collect(["-"], { stdin: createReadStream(name) })).toEqual(await collect([name]));
  });
});
