import { describe, expect, it } from "vitest";
import { kindOfContent } from "../../../src/traces/files/kind.js";

const kind = (file: string, text: string, encoding: BufferEncoding = "utf8") =>
  kindOfContent(file, Buffer.from(text, encoding));

describe("a file is what it holds", () => {
  it.each([
    ["a.jsonl", '{"a":1}\n{"a":2}\n', "jsonl"],
    ["a.jsonl", '{"a":1', "jsonl"],
    ["a.jsonl", '{\n "a": 1\n}\n', "json"],
    ["a.jsonl", '[\n {"a": 1}\n]\n', "json"],
    ["a.jsonl", '{"role":"user","content":"q"}\n{"role":"assistant","content":"a"}\n', "events"],
    [
      "a.jsonl",
      '{"role":"user","content":"q","correct":true}\n{"role":"assistant","content":"a","correct":true}\n',
      "jsonl",
    ],
    ["a.json", '{"a":1}\n{"a":2}\n', "jsonl"],
    ["-", "[1, 2]", "json"],
    ["-", "id,problem,trace\n1,a,b\n", "csv"],
    ["a.eval", "PK\x03\x04", "zip"],
    ["a.parquet", "PAR1", "parquet"],
    ["a.feather", "ARROW1\0\0", "arrow"],
    ["-", "ARROW1\0\0", "arrow"],
  ])("%s: %j is %s", (file, text, expected) => {
    expect(kind(file, text, text.startsWith("PK") ? "latin1" : "utf8")).toBe(expected);
  });

  it.each([
    ["a.log", "[2025-01-02T03:04:05] Agent v1\n[2025-01-02T03:04:09] thinking\n", /text log/],
    ["a.md", "# Session\n\n**User**: hello\n", /Markdown/],
    ["a.jsonl", "# Session\n\nhello\n", /Markdown/],
    ["a.html", "<!DOCTYPE html><p>hello", /HTML/],
    ["a.arrow", "{}", /no Arrow file/],
    ["a.feather", "FEA1", /version 1/],
    ["a.jsonl", "\x80\x04\x95", /pickle/],
    ["a.pkl", "(lp0\n(dp1\n", /pickle/],
    ["a.xls", "no workbook", /Excel/],
    ["a.bz2", "BZh91AY", /bzip2/],
    ["a.db", "SQLite format 3\0", /SQLite/],
    ["a.tar", `${"x".padEnd(257, "\0")}ustar\0`, /tar archive/],
    ["a.eval", '{"a":1}', /not a ZIP/],
  ])("%s: %j is refused", (file, text, message) => {
    expect(() => kind(file, text, "latin1")).toThrow(message);
  });
});
