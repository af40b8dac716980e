import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../../../src/errors.js";
import { type BytesOptions, openBytes } from "../../../src/traces/files/bytes.js";

const folder = mkdtempSync(join(tmpdir(), "bytes-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, bytes: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
async function all(path: string, options: BytesOptions = {}): Promise<string> {
  const opened = openBytes(path, options);
  const parts: Uint8Array[] = [];
  try {
    for await (const chunk of opened.chunks()) parts.push(chunk);
  } finally {
    await opened.close();
  }
  return Buffer.concat(parts).toString();
}
const text = `${"Let me see. ".repeat(300_000)}end`;

describe("openBytes", () => {
  it("gives a file's bytes, packed or not, whatever its name", async () => {
    expect(await all(file("plain.gz", text))).toBe(text);
    expect(await all(file("packed.jsonl", gzipSync(text)))).toBe(text);
    expect(await all(file("empty", ""))).toBe("");
    expect(await all("-", { stdin: Readable.from([gzipSync(text)]) })).toBe(text);
    expect(await all("-", { stdin: Readable.from([...text.slice(0, 9)]) })).toBe(text.slice(0, 9));
  });

  it("leaves out a byte order mark at the beginning, and only there", async () => {
    expect(await all(file("bom", "\uFEFFa\uFEFFb"))).toBe("a\uFEFFb");
    expect(await all(file("bom.gz", gzipSync("\uFEFFa")))).toBe("a");
  });

  it("shows the first bytes without taking them", async () => {
    const opened = openBytes(file("peek", text), {});
    const head = await opened.peek();
    expect(head.length).toBe(2 ** 20);
    expect(Buffer.from(head).toString()).toBe(text.slice(0, 2 ** 20));
    let bytes = 0;
    for await (const chunk of opened.chunks()) bytes += chunk.length;
    expect(bytes).toBe(text.length);
    await opened.close();
  });

  it("hands out the handle of a plain regular file alone", async () => {
    for (const [name, bytes, plain] of [
      ["handle", "abcd", true],
      ["handle.gz", gzipSync("abcd"), false],
    ] as const) {
      const opened = openBytes(file(name, bytes), {});
      expect((await opened.plainFile()) !== undefined).toBe(plain);
      await opened.close();
    }
    expect(await openBytes("-", { stdin: Readable.from(["abcd"]) }).plainFile()).toBeUndefined();
  });

  it("refuses a file that is written to while it is read, or between two readings", async () => {
    const path = file("grows", text);
    const opened = openBytes(path, {});
    await opened.peek();
    appendFileSync(path, "more");
    await expect(opened.unchanged()).rejects.toThrow(InputError);
    await opened.close();
    const seen = new Map<string, string>();
    await all(path, { seen });
    await all(path, { seen });
    appendFileSync(path, "more");
    await expect(all(path, { seen })).rejects.toThrow("was changed while it was read");
  });

  it("says what is wrong and what to do", async () => {
    await expect(all(join(folder, "absent"))).rejects.toThrow("no such file; check the name");
    await expect(all(folder)).rejects.toThrow("is a directory");
    await expect(all("-")).rejects.toThrow("stdin: none here");
    const packed = gzipSync(text);
    await expect(all(file("cut.gz", packed.subarray(0, packed.length - 9)))).rejects.toThrow("end too early");
    packed[packed.length - 6] ^= 1;
    await expect(all(file("wrong.gz", packed))).rejects.toThrow(/broken gzip data .*copy or download/);
    await expect(all(file("bomb.gz", gzipSync(Buffer.alloc(1.1e9))), { maxExpansion: 2 })).rejects.toThrow(
      "unpacks to more than 2 times its size",
    );
  });
});
