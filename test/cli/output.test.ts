import { mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeOutput } from "../../src/cli/output.js";

describe("writeOutput to a file", () => {
  it("writes text, chunks and through a link, and leaves nothing else behind", async () => {
    const folder = await mkdtemp(join(tmpdir(), "write-"));
    const file = join(folder, "a.json");
    await writeOutput("one", file);
    await symlink(file, join(folder, "link"));
    const parts = (async function* () {
      yield "two ";
      yield "parts";
    })();
    await writeOutput(parts, join(folder, "link"));
    expect(await readFile(file, "utf8")).toBe("two parts");
    expect((await readdir(folder)).sort()).toEqual(["a.json", "link"]);
  });

  it("leaves the old file whole when the data fail", async () => {
    const folder = await mkdtemp(join(tmpdir(), "write-"));
    const file = join(folder, "a.json");
    await writeFile(file, "old");
    const failing = (async function* () {
      yield "new";
      throw new Error("no more");
    })();
    await expect(writeOutput(failing, file)).rejects.toThrow("no more");
    expect(await readFile(file, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["a.json"]);
  });
});
