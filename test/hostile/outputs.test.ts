/** Outputs never go over what is read, nor over each other, and do not come back as traces. */
import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { OutputError, writeTogether } from "../../src/cli/output.js";
import { sgMine, shell } from "../cli/spawn.js";
import { fixture, lexicon, plain, scratch } from "./setup.js";

let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(scratch, `outputs-${count++}`);
  mkdirSync(folder);
  copyFileSync(fixture, join(folder, "t.jsonl"));
  copyFileSync(lexicon, join(folder, "grams.json"));
  symlinkSync("t.jsonl", join(folder, "link.jsonl"));
  linkSync(join(folder, "t.jsonl"), join(folder, "hard.jsonl"));
});
const here = (args: string[], input = "") => sgMine(args, { cwd: folder, input });
/** the contents of the folder's files, links by what they lead to */
const contents = () =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));

describe("what is read is not written over", () => {
  it.each([
    ["mine t.jsonl -o t.jsonl", /-o t\.jsonl would overwrite t\.jsonl/],
    ["t.jsonl -o link.jsonl", /-o link\.jsonl would overwrite t\.jsonl/],
    ["link.jsonl -o t.jsonl", /would overwrite link\.jsonl/],
    ["t.jsonl -o hard.jsonl", /would overwrite t\.jsonl/],
    ["t.jsonl --state ./t.jsonl", /--state .* would overwrite/],
    ["t.jsonl --check grams.json -o grams.json", /would overwrite grams\.json/],
    ["count t.jsonl -o t.jsonl", /would overwrite/],
    ["count t.jsonl -o new.jsonl --corpus hard.jsonl", /--corpus hard\.jsonl would overwrite/],
    ["merge t.jsonl -o t.jsonl", /would overwrite/],
    ["tag grams.json t.jsonl -o t.jsonl", /would overwrite/],
    ["tag grams.json t.jsonl -o grams.json", /would overwrite/],
    ["tag grams.json t.jsonl --html t.jsonl", /--html t\.jsonl would overwrite/],
    ["credit grams.json t.jsonl -o link.jsonl", /would overwrite/],
    ["dynamics grams.json --run a=t.jsonl --html hard.jsonl", /would overwrite/],
    ["audit grams.json t.jsonl --sheet t.jsonl", /--sheet t\.jsonl would overwrite/],
    ["audit grams.json t.jsonl --placebo grams.json", /--placebo grams\.json would overwrite/],
    ["explain grams.json wait t.jsonl -o t.jsonl", /would overwrite/],
    ["update grams.json t.jsonl --state s -o t.jsonl", /would overwrite/],
    ["export grams.json --for list -o grams.json", /would overwrite/],
    ["diff grams.json t.jsonl -o grams.json", /would overwrite/],
    // each other
    ["t.jsonl -o new.json --state new.json", /-o and --state are one file, new\.json/],
    ["tag grams.json t.jsonl -o new --html ./new", /-o and --html are one file/],
    // where they would be read the next time
    ["tag grams.json . -o out.jsonl", /-o out\.jsonl lies in \., and the next run/],
    ["tag grams.json *.jsonl -o out.jsonl", /lies in \*\.jsonl, and the next run/],
    ["count . -o part.parquet", /lies in \./],
    ["audit grams.json . --sheet sheet.csv", /--sheet sheet\.csv lies in \./],
    [". --format list -o out.json", /lies in \./],
  ])("%s", (line, message) => {
    const before = contents();
    const { status, stdout, stderr } = here(line.split(" "));
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: "", stderr: expect.stringMatching(message) });
    expect(contents()).toEqual(before);
  });

  it("nor by the shell's redirection", () => {
    for (const line of [
      "sg-mine t.jsonl >> t.jsonl",
      "sg-mine -o t.jsonl < t.jsonl",
      "sg-mine tag grams.json < t.jsonl >> hard.jsonl",
      "sg-mine export --for list grams.json >> grams.json",
    ]) {
      const before = contents();
      const { status, stderr } = shell(line, folder);
      expect([status, stderr], line).toEqual([2, expect.stringMatching(/would overwrite/)]);
      expect(contents(), line).toEqual(before);
    }
    expect(shell("sg-mine < .", folder)).toMatchObject({ status: 3, stderr: expect.stringMatching(/is a folder/) });
  });

  it("but devices and other files are written to", () => {
    expect(here(["export", "-o", "/dev/null", "--for", "list", "grams.json"]).status).toBe(0);
    expect(shell("sg-mine tag -q grams.json t.jsonl -o /dev/stdout | cat", folder).stdout).toContain("spans");
  });
});

describe("a lexicon among the traces", () => {
  it("is passed over, the one that the shell has just made too", () => {
    mkdirSync(join(folder, "run"));
    copyFileSync(fixture, join(folder, "run/t.jsonl"));
    const run = join(folder, "run");
    expect(sgMine(["-q", ".", "-o", "grams.json"], { cwd: run }).status).toBe(0);
    expect(readFileSync(join(run, "grams.json"), "utf8")).toBe(plain.stdout);
    const again = sgMine([".", "-o", "grams.json"], { cwd: run });
    expect([again.status, again.stderr]).toEqual([0, expect.stringMatching(/passed over: grams\.json: written by/)]);
    expect(readFileSync(join(run, "grams.json"), "utf8")).toBe(plain.stdout);
    expect(shell("sg-mine -q . > other.json", run).status).toBe(0);
    expect(readFileSync(join(run, "other.json"), "utf8")).toBe(plain.stdout);
  });
});

describe("a link to nothing", () => {
  it("is written through, and one that leads in a circle is refused", () => {
    symlinkSync("made/later.json", join(folder, "dangling.json"));
    mkdirSync(join(folder, "made"));
    symlinkSync("circle", join(folder, "circle"));
    const args = ["export", "--for", "list", "grams.json", "-o"];
    expect(here([...args, "dangling.json"]).status).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, "made/later.json"), "utf8")).length).toBeGreaterThan(0);
    expect(here([...args, "circle"])).toMatchObject({ status: 2, stderr: expect.stringMatching(/circles/) });
  });
});

describe("files that belong together", () => {
  const text = (name: string) => readFileSync(join(folder, name), "utf8");
  const failing = async function* (): AsyncGenerator<string> {
    yield "half";
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { syscall: "write", code: "ENOSPC" });
  };

  it("are all replaced or none", async () => {
    const [a, b] = ["a", "b"].map((name) => join(folder, name));
    writeFileSync(a, "old a");
    writeFileSync(b, "old b");
    const names = readdirSync(folder);
    await expect(
      writeTogether([
        { data: "new a", file: a },
        { data: failing(), file: b },
      ]),
    ).rejects.toThrow(OutputError);
    expect([text("a"), text("b")]).toEqual(["old a", "old b"]);
    // the second file turns into a folder at the last moment: the first gets its content back
    await expect(
      writeTogether(
        [
          { data: "new a", file: a },
          { data: "new", file: join(folder, "c") },
        ],
        () => mkdirSync(join(folder, "c")),
      ),
    ).rejects.toThrow(OutputError);
    expect(text("a")).toBe("old a");
    await writeTogether([
      { data: "new a", file: a },
      { data: "new b", file: b },
    ]);
    expect([text("a"), text("b")]).toEqual(["new a", "new b"]);
    expect(readdirSync(folder).sort()).toEqual([...names, "c"].sort());
  });

  it("are replaced by one at a time", async () => {
    const file = join(folder, "a");
    let inside: unknown;
    await writeTogether([{ data: "first", file }], async () => {
      inside = await writeTogether([{ data: "second", file }], () => {}).catch((error) => error);
    });
    expect(text("a")).toBe("first");
    expect(String(inside)).toMatch(/another run is replacing/);
  });
});

describe("a long pipe", () => {
  it("brings no warning of Node's", () => {
    const { status, stderr } = shell(
      `for i in $(seq 60); do cat t.jsonl; done | sg-mine tag -q grams.json | while read -r line; do sleep 0.0005; done`,
      folder,
    );
    expect([status, stderr]).toEqual([0, ""]);
  });
});
