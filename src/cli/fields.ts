/** Combinations of fields that are shown. */
const SHOWN = 4;

/** What was taken for text, problem and success, most traces first, each with its share. */
export function fieldLines(taken: Readonly<Record<string, number>>): string[] {
  const fields = Object.entries(taken).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const all = fields.reduce((sum, [, count]) => sum + count, 0);
  const lines = fields
    .slice(0, SHOWN)
    .map(([name, count]) => `fields: ${name} (${count} traces, ${((100 * count) / all).toFixed(1)} %)`);
  return fields.length > SHOWN ? [...lines, `fields: ${fields.length - SHOWN} other combinations`] : lines;
}
