import { InputError } from "../../errors.js";
import { foldName, isTraceFieldName } from "../shapes/fields.js";
import { isEventLog } from "../shapes/session.js";
import { parseJson } from "./parse.js";

export type FileKind = "jsonl" | "events" | "json" | "csv" | "tsv" | "parquet" | "arrow" | "zip";

const BY_EXTENSION: Record<string, FileKind> = {
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
  traj: "json",
  csv: "csv",
  tsv: "tsv",
  parquet: "parquet",
  arrow: "arrow",
  feather: "arrow",
  eval: "zip",
};

/** Kind by a file's extension, before .gz or .zst; undefined for others and for standard input. */
export function kindOfName(file: string): FileKind | undefined {
  const extension = /\.([a-z]+)(?:\.(?:gz|zst))?$/i.exec(file)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
}

/** Files of other kinds by what they begin with: what they are, and what to do. */
const OTHERS: [magics: string[], what: string][] = [
  [["FEA1"], "a Feather file of version 1; write it anew, as in pandas' read_feather(…).to_feather(…)"],
  [
    ["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"],
    "a Python pickle, which is not read; write its records as JSON lines",
  ],
  [["\x89HDF\r\n"], "an HDF5 file; write its records as JSON lines"],
  [["\x93NUMPY"], "a NumPy array; write its records as JSON lines"],
  [["SQLite format 3\0"], "an SQLite database; export the table as CSV or JSON"],
  [["BZh"], "a bzip2 file; unpack it"],
  [["\xfd7zXZ\0"], "an xz file; unpack it"],
  [["7z\xbc\xaf", "Rar!"], "a packed archive; unpack it and name the files in it"],
  [['\x04"M\x18'], "an LZ4 file; unpack it"],
  [["Obj\x01"], "an Avro file; write it as Parquet or JSON lines"],
  [["ORC"], "an ORC file; write it as Parquet"],
  [["GGUF", "\x7fELF", "MZ\x90"], "a binary file, not traces"],
  [["\x89PNG", "\xff\xd8\xff", "GIF8", "%PDF"], "a picture or a document, not traces"],
];

/** Files of other kinds that begin as anything may, by their names. */
const PICKLE = "a Python pickle, which is not read; write its records as JSON lines";
const BINARY: Record<string, string> = {
  pkl: PICKLE,
  pickle: PICKLE,
  pt: PICKLE,
  pth: PICKLE,
  xls: "an Excel workbook; save the sheet as CSV",
  docx: "an Office document, not traces",
  bin: "a binary file, not traces",
};

/** A text's first lines that are looked at. */
const LINES = 50;

/**
 * Kind by the first bytes (decompressed). What begins as a kind of file that is not read is named for what it is. Else
 * a name's word is taken, but for .json files that hold JSON lines and .jsonl files that hold one indented value.
 * Without a name: PAR1 is parquet; "[" is JSON; "{" is JSON lines when the first line is a whole object or another line
 * starts one; a header with known field names is CSV or TSV; other text is refused where no line begins as JSON does.
 */
export function kindOfContent(file: string, head: Uint8Array): FileKind {
  const named = kindOfName(file);
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const latin = bytes.subarray(0, 512).toString("latin1");
  if (latin.startsWith("\xff\xfe") || latin.startsWith("\xfe\xff")) {
    throw new InputError(`${file}: text in UTF-16; convert it to UTF-8`);
  }
  if (latin.startsWith("PK\x03\x04") || latin.startsWith("PK\x05\x06")) return "zip";
  if (named === "zip") throw new InputError(`${file}: not a ZIP archive, which .eval files are; copy it again`);
  if (named === "parquet" || (named === undefined && latin.startsWith("PAR1"))) return "parquet";
  if (latin.startsWith("ARROW1\0\0") || latin.startsWith("\xff\xff\xff\xff")) return "arrow";
  for (const [magics, what] of OTHERS)
    if (magics.some((magic) => latin.startsWith(magic))) throw new InputError(`${file}: ${what}`);
  if (named === "arrow") throw new InputError(`${file}: no Arrow file; write it again`);
  if (latin.slice(257, 262) === "ustar")
    throw new InputError(`${file}: a tar archive; unpack it and name the files in it`);
  if (named === "csv" || named === "tsv") return named;

  const text = bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  const lines = text.split(/\r?\n/, LINES).filter((line) => line.trim() !== "");
  const [first = ""] = lines;
  if (first === "") return named ?? "jsonl";
  if (beginsAsJson(text)) {
    const whole = parses(first);
    if (named === "jsonl") return whole !== undefined || !goesOn(text, lines) ? linesKind(lines) : "json";
    const second = lines[1];
    if (second !== undefined && whole !== undefined) return linesKind(lines);
    // a first line that is broken; one that ends in the middle of a list is a document's
    if (second?.startsWith("{") && text.startsWith("{") && !/[{[,:]\s*$/.test(first)) return "jsonl";
    return "json";
  }
  for (const [kind, delimiter] of [
    ["tsv", "\t"],
    ["csv", ","],
  ] as const) {
    const names = first.split(delimiter).map((name) => foldName(name.trim().replace(/^"(.*)"$/, "$1")));
    if (named === undefined && names.length > 1 && names.some(isTraceFieldName)) return kind;
  }
  const extension = /\.(\w+)(?:\.(?:gz|zst))?$/.exec(file)?.[1]?.toLowerCase();
  if (extension !== undefined && Object.hasOwn(BINARY, extension))
    throw new InputError(`${file}: ${BINARY[extension]}`);
  if (!lines.some((line) => /^\s*[[{"]/.test(line) && parses(line) !== undefined)) refuseText(file, text, named);
  return named ?? "jsonl";
}

/** JSON lines whose every line is a message or an event are sessions. */
function linesKind(lines: readonly string[]): FileKind {
  // the last may be cut
  const values = (lines.length > 1 && lines.length < LINES ? lines : lines.slice(0, LINES - 1)).map(parses);
  if (values.at(-1) === undefined) values.pop();
  return isEventLog(values) ? "events" : "jsonl";
}

/** Whether a text's first characters can begin JSON: "[2025-01-02 …" cannot. */
function beginsAsJson(text: string): boolean {
  return (
    /^\{\s*(?:["}]|$)/.test(text) ||
    /^\[\s*(?:[[{"\]]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*[,\]]|true\b|false\b|null\b|NaN\b|-?Infinity\b|$)/.test(text)
  );
}

/** Whether the value that the first line begins goes on in the next lines, as indented JSON does. */
function goesOn(text: string, lines: readonly string[]): boolean {
  if (lines.length < 2 || !/[{[,:]\s*$/.test(lines[0]!)) return false;
  return /^\s*["\]}{[\d-]|^\s*(?:true|false|null)/.test(lines[1]!) && !/^\{\s*"/.test(lines[1]!.trimEnd())
    ? true
    : /^\[\s*$/.test(text.split("\n", 1)[0]!);
}

/** @throws InputError that says what the text is, and what to do */
function refuseText(file: string, text: string, named: FileKind | undefined): void {
  const markdown = /\.(?:md|markdown)(?:\.gz|\.zst)?$/i.test(file) || /^(?:#{1,6} |<!--|```|---\n)/.test(text);
  if (markdown) throw new InputError(`${file}: Markdown, which is not read; export the session as JSON or JSON lines`);
  if (/^<(?:!doctype|html|\?xml|[a-z][\w-]*[\s>])/i.test(text))
    throw new InputError(`${file}: HTML or XML, which is not read; export it as JSON lines or CSV`);
  if (/^\[?\d{4}-\d\d-\d\d[T ]|^\[\d\d:\d\d/.test(text))
    throw new InputError(`${file}: not JSON: a text log, which is not read; export the session as JSON or JSON lines`);
  if (named === undefined && /\.(?:txt|log|out|yaml|yml|toml|rst)(?:\.gz|\.zst)?$/i.test(file))
    throw new InputError(
      `${file}: not JSON: plain text, which is not read; traces are JSON, JSON lines, CSV or Parquet`,
    );
}

function parses(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
