import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { root, sgMine } from "../cli/spawn.js";

export const bin = join(root, "bin/sg-mine.js");
export const fixture = join(root, "fixtures/traces.jsonl");
export const lexicon = join(root, "fixtures/lexicon/lexicon.json");
/** What an undisturbed run on the fixture gives. */
export const plain = sgMine(["-q", fixture]);
/** Gone after the tests of the file. */
export const scratch = mkdtempSync(join(tmpdir(), "sg-mine-test-"));
afterAll(() => rmSync(scratch, { recursive: true }));
