/** Values of Parquet's types as JSON has them, exactly: hyparquet rounds decimals and times, and mends broken text. */
import { isUtf8 } from "node:buffer";
import type { ParquetParsers, SchemaElement } from "hyparquet";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { exactNumber } from "./exact.js";
import { parseJson } from "./parse.js";

/** Stands for text that is not UTF-8. */
export const NO_TEXT = Object.freeze({ text: "not UTF-8" });

export const textOf = (bytes: Uint8Array | undefined): unknown => {
  if (bytes === undefined || bytes === null) return bytes;
  if (!isUtf8(bytes)) return NO_TEXT;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
};

/** Text as it is, and null in place of bytes that are none. */
export const textIfAny = (value: unknown): unknown => (value === NO_TEXT ? null : value);

/** A moment as ISO 8601, with as many digits of a second as it needs: three, six or nine. */
export function moment(count: bigint, perMilli: bigint, digits: number): unknown {
  if (typeof count !== "bigint") return count;
  const rest = ((count % perMilli) + perMilli) % perMilli;
  const millis = Number((count - rest) / perMilli);
  const date = new Date(millis);
  if (Number.isNaN(date.getTime())) return String(count);
  const iso = date.toISOString();
  return rest === 0n ? iso : `${iso.slice(0, -1)}${String(rest).padStart(digits, "0").replace(/000$/, "")}Z`;
}
const date = (millis: number, count: unknown) =>
  Number.isNaN(new Date(millis).getTime()) ? String(count) : new Date(millis).toISOString();

export const PARSERS = {
  ...DEFAULT_PARSERS,
  timestampFromMilliseconds: (millis) => (typeof millis === "bigint" ? date(Number(millis), millis) : millis),
  timestampFromMicroseconds: (micros) => moment(micros, 1000n, 3),
  timestampFromNanoseconds: (nanos) => moment(nanos, 1_000_000n, 6),
  dateFromDays: (days) => (typeof days === "number" ? date(days * 86_400_000, days) : days),
  stringFromBytes: textOf,
  jsonFromBytes(bytes) {
    const json = textOf(bytes);
    if (typeof json !== "string") return json;
    try {
      return parseJson(json);
    } catch {
      return json;
    }
  },
} as ParquetParsers;

/**
 * How a column is to be decoded: as raw values that `converted` makes JSON of, where hyparquet would round them or has no
 * decoder; by hyparquet elsewhere.
 */
export function exactly(element: SchemaElement): { element: SchemaElement; converted?: (raw: unknown) => unknown } {
  const { converted_type: converted, logical_type: logical } = element;
  const raw: SchemaElement = { ...element, converted_type: undefined, logical_type: undefined };
  if (converted === "DECIMAL" || logical?.type === "DECIMAL") {
    const scale = element.scale ?? (logical?.type === "DECIMAL" ? logical.scale : 0) ?? 0;
    return { element: raw, converted: (value) => decimal(value, scale) };
  }
  // what no trace is made of
  if (converted === "INTERVAL" || converted === "BSON" || /^GEO/.test(logical?.type ?? ""))
    return { element: raw, converted: () => null };
  return { element };
}

export function decimal(value: unknown, scale: number): unknown {
  const unscaled = value instanceof Uint8Array ? signed(value) : BigInt(value as number | bigint);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const point = digits.length - scale;
  const part = digits.slice(point).replace(/0+$/, "");
  return exactNumber(`${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}${part === "" ? "" : `.${part}`}`);
}

/** A big-endian number in two's complement. */
function signed(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}

/** Values in lists of any depth. */
export function deep(values: unknown, convert: (value: unknown) => unknown): unknown {
  if (values === null || values === undefined) return values;
  if (Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof Uint8Array)))
    return Array.from(values as unknown as ArrayLike<unknown>, (value) => deep(value, convert));
  return convert(values);
}
