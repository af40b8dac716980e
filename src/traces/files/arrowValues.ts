/** Values of Arrow's types as JSON has them, exactly and as Parquet's are: Flechette rounds times and decimals, and mends text. */
import {
  binary,
  binaryView,
  type DataType,
  type Field,
  fixedSizeBinary,
  int,
  largeBinary,
  Type,
} from "@uwdata/flechette/src/index.js";
import { decimal, moment, textIfAny, textOf } from "./parquetValues.js";

/** A type to decode as, and what makes JSON of its values. */
interface Decoding {
  type: DataType;
  plain: (value: unknown) => unknown;
}

/** Deeper types than this are damage. */
const MAX_DEPTH = 50;

const nothing = () => null;
const same = (value: unknown) => value;
const ifThere = (plain: (value: never) => unknown) => (value: unknown) =>
  value === null || value === undefined ? null : plain(value as never);

/**
 * How a column is to be decoded: texts, times and decimals as the bytes and whole numbers they are stored as.
 * @throws Error for types that are nested too deeply
 */
export function decodingOf(type: DataType, depth = 0): Decoding {
  if (depth > MAX_DEPTH) throw new Error("its types are nested too deeply");
  const below = (field: Field) => {
    const { type, plain } = decodingOf(field.type, depth + 1);
    return { field: { ...field, type }, plain };
  };
  switch (type.typeId) {
    case Type.Utf8:
      return { type: binary(), plain: ifThere(textOf) };
    case Type.LargeUtf8:
      return { type: largeBinary(), plain: ifThere(textOf) };
    case Type.Utf8View:
      return { type: binaryView(), plain: ifThere(textOf) };
    case Type.Timestamp:
      return { type: int(64, true), plain: ifThere((count: bigint) => instant(count, type.unit)) };
    case Type.Date:
      return type.unit === 0
        ? { type: int(32, true), plain: ifThere((days: number) => instant(BigInt(days) * 86_400_000n, 1)) }
        : { type: int(64, true), plain: ifThere((millis: bigint) => instant(millis, 1)) };
    case Type.Decimal: {
      const { scale, bitWidth } = type;
      const bytes = (value: Uint8Array) => decimal(Uint8Array.from(value).reverse(), scale);
      return { type: fixedSizeBinary(bitWidth / 8), plain: ifThere(bytes) };
    }
    case Type.Binary:
    case Type.LargeBinary:
    case Type.BinaryView:
      return { type, plain: ifThere((bytes: Uint8Array) => textIfAny(textOf(bytes))) };
    case Type.FixedSizeBinary:
    case Type.Interval:
    case Type.Union:
      return { type, plain: nothing };
    case Type.List:
    case Type.LargeList:
    case Type.ListView:
    case Type.LargeListView:
    case Type.FixedSizeList: {
      const { field, plain } = below(type.children[0]!);
      const list = (values: ArrayLike<unknown>) => Array.from(values, plain);
      return { type: { ...type, children: [field] } as DataType, plain: ifThere(list) };
    }
    case Type.Struct: {
      const members = type.children.map(below);
      const object = (value: Record<string, unknown>) =>
        Object.fromEntries(members.map(({ field, plain }) => [field.name, plain(value[field.name])]));
      const children = members.map(({ field }) => field);
      return { type: { ...type, children } as DataType, plain: ifThere(object) };
    }
    case Type.Map: {
      const { field, plain } = below(type.children[0]!);
      const entries = (pairs: Iterable<unknown>) =>
        Object.fromEntries(
          Array.from(pairs, (pair) => {
            const [key, value] = Object.values(
              plain(Array.isArray(pair) ? { key: pair[0], value: pair[1] } : pair) as object,
            );
            return [String(key), value];
          }),
        );
      return { type: { ...type, children: [field] } as DataType, plain: ifThere(entries) };
    }
    case Type.Dictionary: {
      const { type: dictionary, plain } = decodingOf(type.dictionary, depth + 1);
      return { type: { ...type, dictionary } as DataType, plain };
    }
    case Type.RunEndEncoded: {
      const { field, plain } = below(type.children[1]!);
      return { type: { ...type, children: [type.children[0]!, field] } as DataType, plain };
    }
    default:
      return { type, plain: same };
  }
}

/** @param unit as Arrow numbers them: seconds, milli-, micro-, nanoseconds */
function instant(count: bigint, unit: number): unknown {
  if (unit === 0) return moment(count * 1000n, 1n, 0);
  return moment(count, [1n, 1n, 1000n, 1_000_000n][unit]!, [0, 0, 3, 6][unit]!);
}
