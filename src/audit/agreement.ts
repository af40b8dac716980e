/** What labelled sheets say: how many entries plan, how sure that is, and how far the annotators agree. */

import { InputError } from "../errors.js";
import { gramKey } from "../lexicon/diff.js";
import type { GramEntry } from "../lexicon/match.js";
import { type Interval, wilson } from "../statistics/proportions.js";
import { rounded } from "../statistics/rounding.js";
import type { Labels } from "./sheet.js";

export interface Precision {
  /** rows with a verdict: of one annotator, or the majority of several */
  rows: number;
  /** rows that plan; a tie of several annotators counts as half */
  planning: number;
  /** by entries, with Wilson's 95 % interval */
  precision: number;
  interval: Interval;
  /** the same with every entry counting as often as it occurs; absent for a bare list */
  byOccurrences?: { precision: number; interval: Interval };
}

export interface Agreement {
  /** of the majority; of rows on which as many say yes as no, half are taken to plan */
  all: Precision;
  ties: number;
  annotators: (Precision & { path: string; blank: number })[];
  /** each pair's agreement on the rows that both labelled */
  pairs: { a: string; b: string; rows: number; agreement: number; kappa: number | null }[];
}

/** @throws InputError for a row about a gram that the lexicon does not have, or when nothing is labelled */
export function agreementOf(sheets: readonly Labels[], entries: readonly GramEntry[]): Agreement {
  const byKey = new Map(entries.map((entry) => [gramKey(entry.gram), entry]));
  const entryOf = new Map<string, GramEntry>();
  for (const { path, rows } of sheets)
    for (const { id, gram } of rows) {
      const entry = byKey.get(gramKey(gram));
      if (!entry)
        throw new InputError(
          `${path}: ${JSON.stringify(gram)} is not in the lexicon; was the sheet drawn from another?`,
        );
      entryOf.set(id, entry);
    }
  const votes = new Map<string, number>();
  for (const { rows } of sheets)
    for (const { id, planning } of rows)
      if (planning !== undefined) votes.set(id, (votes.get(id) ?? 0) + (planning ? 1 : -1));
  if (votes.size === 0) throw new InputError(`${sheets.map(({ path }) => path).join(", ")}: no row has a label yet`);
  const precision = (labelled: readonly [id: string, planning: number][]) => precisionOf(labelled, entryOf);
  return {
    all: precision([...votes].map(([id, balance]) => [id, (1 + Math.sign(balance)) / 2])),
    ties: [...votes.values()].filter((balance) => balance === 0).length,
    annotators: sheets.map(({ path, rows }) => ({
      path,
      ...precision(
        rows.flatMap(({ id, planning }) =>
          planning === undefined ? [] : [[id, Number(planning)] as [string, number]],
        ),
      ),
      blank: rows.filter(({ planning }) => planning === undefined).length,
    })),
    pairs: sheets.flatMap((a, i) => sheets.slice(i + 1).map((b) => ({ a: a.path, b: b.path, ...pairOf(a, b) }))),
  };
}

function precisionOf(
  labelled: readonly [id: string, planning: number][],
  entryOf: ReadonlyMap<string, GramEntry>,
): Precision {
  const planning = labelled.reduce((sum, [, share]) => sum + share, 0);
  const interval = (successes: number, trials: number) => {
    const { low, high } = wilson(successes, trials);
    return { low: rounded(low), high: rounded(high) };
  };
  const result: Precision = {
    rows: labelled.length,
    planning,
    precision: rounded(planning / Math.max(1, labelled.length)),
    interval: interval(planning, labelled.length),
  };
  const masses = labelled.map(([id]) => entryOf.get(id)!.occurrences);
  if (masses.some((mass) => mass === undefined) || labelled.length === 0) return result;
  let [sum, squares, yes] = [0, 0, 0];
  labelled.forEach(([, planning], i) => {
    sum += masses[i]!;
    squares += masses[i]! ** 2;
    yes += planning * masses[i]!;
  });
  if (sum === 0) return result;
  // Kish's effective number of rows: unequal weights make a sample count for less
  const effective = (sum * sum) / squares;
  result.byOccurrences = { precision: rounded(yes / sum), interval: interval((yes / sum) * effective, effective) };
  return result;
}

/** Cohen's kappa (1960): agreement beyond what the annotators' own rates of yes would give by chance. */
export function cohen(both: number, onlyA: number, onlyB: number, neither: number): number | null {
  const n = both + onlyA + onlyB + neither;
  if (n === 0) return null;
  const observed = (both + neither) / n;
  const a = (both + onlyA) / n;
  const b = (both + onlyB) / n;
  const chance = a * b + (1 - a) * (1 - b);
  // both always give one and the same label: there is nothing to agree on beyond chance
  return chance === 1 ? null : (observed - chance) / (1 - chance);
}

function pairOf(a: Labels, b: Labels): { rows: number; agreement: number; kappa: number | null } {
  const other = new Map(b.rows.map(({ id, planning }) => [id, planning]));
  const cells = [0, 0, 0, 0];
  for (const { id, planning } of a.rows) {
    const second = other.get(id);
    if (planning === undefined || second === undefined) continue;
    cells[(planning ? 0 : 2) + (second ? 0 : 1)]++;
  }
  const [both, onlyA, onlyB, neither] = cells;
  const rows = both + onlyA + onlyB + neither;
  const kappa = cohen(both, onlyA, onlyB, neither);
  return {
    rows,
    agreement: rounded(rows === 0 ? 0 : (both + neither) / rows),
    kappa: kappa === null ? null : rounded(kappa),
  };
}
