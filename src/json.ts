/** Whether a value parsed from JSON is an object, neither null nor a list. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Levels of a value that are looked at: what reads it goes down by calls. No record that people have comes near. */
export const MOST_LEVELS = 500;

/** The value with null for lists and objects that lie deeper than so many levels; changed in place. */
export function pruned<T>(value: T, levels = MOST_LEVELS): T | null {
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return null;
  const inside = value as Record<string | number, unknown>;
  const prune = (key: string | number) => {
    const inner = inside[key];
    if (typeof inner === "object" && inner !== null && pruned(inner, levels - 1) === null) inside[key] = null;
  };
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) prune(i);
  else for (const key of Object.keys(value)) prune(key);
  return value;
}
