import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root, sgMine } from "./spawn.js";

const folder = mkdtempSync(join(tmpdir(), "sg-mine-show-"));
afterAll(() => rmSync(folder, { recursive: true }));
const lexicon = join(root, "fixtures/lexicon/lexicon.json");
const traces = join(root, "fixtures/traces.jsonl");

describe("sg-mine show", () => {
  it("writes a page of the lexicon with traces, to a file or a pipe, and the same twice", () => {
    const out = join(folder, "page.html");
    const { status, stdout, stderr } = sgMine(["show", lexicon, traces, "-o", out]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toMatch(/page: \d+ entries, \d+ traces: /);
    const page = readFileSync(out, "utf8");
    expect(page).toMatch(/<cite>[^<]*traces\.jsonl:\d+<\/cite>/);
    expect(sgMine(["show", lexicon, traces, "-q"])).toEqual({ status: 0, stdout: page, stderr: "" });
  });

  it("shows a lexicon alone, and what is piped in", () => {
    expect(sgMine(["show", lexicon]).stdout).not.toContain("In traces");
    const piped = sgMine(["show", lexicon, "-"], { input: readFileSync(traces) });
    expect(piped.stdout).toMatch(/<cite>[^<]*:\d+<\/cite>/);
  });

  it("refuses to write over what it reads, and what is no lexicon", () => {
    const own = join(folder, "grams.json");
    writeFileSync(own, '["let me"]');
    expect(sgMine(["show", own, "-o", own])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("which is read"),
    });
    expect(readFileSync(own, "utf8")).toBe('["let me"]');
    expect(sgMine(["show", traces]).status).toBe(3);
  });
});

describe("sg-mine mine --html", () => {
  it("writes the page beside the lexicon, whose bytes stay what they are", () => {
    const page = join(folder, "mined.html");
    const mined = sgMine(["-q", "--html", page, traces]);
    expect(mined.stdout).toBe(sgMine(["-q", traces]).stdout);
    const html = readFileSync(page, "utf8");
    expect(html).toContain("Moves by function");
    expect(html).toMatch(/<cite>[^<]*traces\.jsonl:\d+<\/cite>/);
  });
});
