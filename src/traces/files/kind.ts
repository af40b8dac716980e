import { InputError } from "../errors.js";
import { foldName, isTraceFieldName } from "../shapes/fields.js";

export type FileKind = "jsonl" | "json" | "csv" | "tsv" | "parquet";

const BY_EXTENSION: Record<string, FileKind> = {
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
  traj: "json",
  csv: "csv",
  tsv: "tsv",
  parquet: "parquet",
};

/** Kind by a file's extension, before .gz or .zst; undefined for others and for standard input. */
export function kindOfName(file: string): FileKind | undefined {
  const extension = /\.([a-z]+)(?:\.(?:gz|zst))?$/i.exec(file)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
}

/**
 * Kind by the first bytes (decompressed). A name's word is taken, but for .json files that hold JSON lines. Without a
 * name: PAR1 is parquet; "[" is JSON; "{" is JSON lines when the first line is a whole object or another line starts
 * one; a header with known field names is CSV or TSV; anything else is taken for JSON lines, whose bad lines are
 * reported one by one.
 */
export function kindOfContent(file: string, head: Uint8Array): FileKind {
  const named = kindOfName(file);
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const magic = bytes.subarray(0, 4).toString("latin1");
  if (magic.startsWith("\xff\xfe") || magic.startsWith("\xfe\xff")) {
    throw new InputError(`${file}: text in UTF-16; convert it to UTF-8`);
  }
  if (named !== undefined && named !== "json") return named;
  if (named === undefined && magic === "PAR1") return "parquet";
  const text = bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  const [first = "", ...rest] = text.split(/\r?\n/, 50);
  if (text.startsWith("{") || text.startsWith("[")) {
    const second = rest.find((line) => line.trim() !== "");
    if (second !== undefined && isJson(first)) return "jsonl";
    if (second?.startsWith("{") && text.startsWith("{")) return "jsonl";
    return "json";
  }
  if (named === "json") return "json";
  for (const [kind, delimiter] of [
    ["tsv", "\t"],
    ["csv", ","],
  ] as const) {
    const names = first.split(delimiter).map((name) => foldName(name.trim().replace(/^"(.*)"$/, "$1")));
    if (names.length > 1 && names.some(isTraceFieldName)) return kind;
  }
  return "jsonl";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
