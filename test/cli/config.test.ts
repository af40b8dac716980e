import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/main.js";

const root = join(import.meta.dirname, "../..");
const schemaFile = join(root, "schema/config.schema.json");

/** Runs in a folder of its own with these files. */
function run(files: Record<string, string>, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "config-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return spawnSync("node", [join(root, "bin/sg-mine.js"), ...args], { cwd: folder, encoding: "utf8" });
}
const config = (value: unknown) => ({ "sg-mine.config.json": JSON.stringify(value) });
const traces = join(root, "fixtures/traces.jsonl");
const lexicon = join(root, "fixtures/lexicon/lexicon.json");

/** The schema as the commands' options have it. */
function schema() {
  const commands = createProgram().commands.map((command) => {
    const options = command.options.map((option) => {
      const text = option.argChoices ? { enum: option.argChoices } : { type: ["string", "number"] };
      const value = option.isBoolean()
        ? { type: "boolean" }
        : option.variadic
          ? { type: "array", items: text, minItems: 1 }
          : text;
      return [option.attributeName(), { description: option.description, ...value }];
    });
    return [
      command.name(),
      {
        description: command.summary(),
        type: "object",
        additionalProperties: false,
        properties: Object.fromEntries(options),
      },
    ];
  });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: 'Options of sg-mine: sg-mine.config.json, or the key "sg-mine" of package.json',
    type: "object",
    additionalProperties: false,
    properties: { $schema: { type: "string" }, ...Object.fromEntries(commands) },
  };
}

describe("a config file", () => {
  it("gives options, which flags win over", () => {
    const { provenance } = JSON.parse(run(config({ $schema: "x", mine: { maxN: 4, quiet: true } }), traces).stdout);
    expect(provenance.options.maxN).toBe(4);
    const files = config({ mine: { maxN: 4, seed: 7, format: "list" } });
    const flags = JSON.parse(run(files, "-q", "--max-n", "5", "--format", "json", traces).stdout);
    expect(flags.provenance).toMatchObject({ seed: 7, options: { maxN: 5 } });
  });

  it("may be a key of package.json; the file wins over it", () => {
    const manifest = { "package.json": JSON.stringify({ name: "x", "sg-mine": { diff: { format: "json" } } }) };
    expect(JSON.parse(run(manifest, "diff", lexicon, lexicon).stdout)).toMatchObject({ difference: 0 });
    const both = { ...manifest, ...config({ diff: { format: "markdown" } }) };
    expect(run(both, "diff", lexicon, lexicon).stdout).toContain("### Lexicon");
    expect(run({ "package.json": "{broken" }, "diff", lexicon, lexicon).status).toBe(0);
  });

  it("gives what a command must have, and lists", () => {
    const files = config({ export: { for: "list", function: ["goal", "branching"] } });
    expect(run(files, "export", lexicon)).toMatchObject({ status: 0 });
  });

  it.each([
    ["an unknown command", { mien: {} }, /sg-mine\.config\.json: "mien": no such command/],
    ["an unknown option", { mine: { maxn: 4 } }, /mine\.maxn: no such option; mine has .*maxN/],
    ["a number out of range", { mine: { maxN: 99 } }, /mine\.maxN: expected a whole number from 1 to 8, got 99/],
    ["a word for a number", { mine: { maxN: "four" } }, /mine\.maxN: expected a whole number/],
    ["a choice that is none", { diff: { format: "xml" } }, /diff\.format: expected one of text, json, markdown/],
    ["text for a switch", { mine: { all: "yes" } }, /mine\.all: expected true or false/],
    ["one for several", { export: { function: "goal" } }, /export\.function: expected an array/],
    ["an array", [], /expected an object/],
  ])("is refused with %s", (_, value, why) => {
    const { status, stderr, stdout } = run(config(value), "diff", lexicon, lexicon);
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(why);
  });

  it("is refused when it is no JSON, but never stands in the way of help", () => {
    const broken = { "sg-mine.config.json": "{" };
    expect(run(broken, "diff", lexicon, lexicon)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("not valid JSON"),
    });
    expect(run(broken, "diff", "--help").status).toBe(0);
  });

  it("has a schema of just the options that there are (UPDATE=1 writes it, npm run format tidies it)", () => {
    if (process.env.UPDATE) writeFileSync(schemaFile, JSON.stringify(schema(), null, 2));
    const shipped = JSON.parse(readFileSync(schemaFile, "utf8"));
    expect(shipped).toEqual(JSON.parse(JSON.stringify(schema())));
    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(shipped);
    expect(validate({ $schema: "x", mine: { maxN: 5, all: true, format: "list" } })).toBe(true);
    expect(validate({ mine: { maxn: 5 } })).toBe(false);
    expect(validate({ mine: { all: "yes" } })).toBe(false);
    expect(validate({ minne: {} })).toBe(false);
  });
});
