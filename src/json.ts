/** Whether a value parsed from JSON is an object, neither null nor a list. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Levels that a value may be nested: what reads it goes down by calls. No record that people have comes near. */
export const MOST_LEVELS = 500;

/** Whether lists and objects lie in one another for more than these levels. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Array.isArray(value) ? value : Object.values(value))
    if (typeof inner === "object" && inner !== null && isDeeper(inner, levels - 1)) return true;
  return false;
}
