/** To four decimals: what the files give of shares, weights and means; what differs beyond is noise. */
export const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

/** All numbers of a value to six significant digits: what differs beyond is rounding, and may differ between machines. */
export function roundedAll<T>(value: T): T {
  if (typeof value === "number")
    return (Number.isInteger(value) || Math.abs(value) < 1e-12 ? Math.round(value) : Number(value.toPrecision(6))) as T;
  if (Array.isArray(value)) return value.map(roundedAll) as T;
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, roundedAll(inner)])) as T;
  return value;
}
