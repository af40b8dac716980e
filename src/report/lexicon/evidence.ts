/** What a lexicon's page shows of traces: where entries are seen, right attempts beside wrong ones, what is missed. */
import type { MarkedSpan } from "../../lexicon/mask.js";
import { type GramEntry, wordsOf } from "../../lexicon/match.js";
import { isPair } from "../../text/characters.js";

/** A trace with its planning spans. */
export interface SeenTrace {
  /** "FILE:LINE" or "FILE: row 3" */
  place: string;
  problem: string;
  success: boolean | undefined;
  text: string;
  /** by their starts; `entry` is an index into the lexicon's entries, -1: none */
  spans: readonly (MarkedSpan & { entry: number })[];
  words: number;
  planningWords: number;
  /** planning words that lie in an occurrence of an entry */
  coveredWords: number;
}

/** A place where an entry stands: the span, and a little of the text around it. */
export interface Sighting {
  place: string;
  before: string;
  span: string;
  after: string;
}

/** A trace to be looked at, cut where it is long. */
export interface ShownTrace {
  place: string;
  problem: string;
  success: boolean | undefined;
  text: string;
  omitted: number;
  spans: MarkedSpan[];
}

/** Words by what they do, and traces, of one side: all, right or wrong ones. */
export interface Tally {
  traces: number;
  withPlanning: number;
  words: number;
  planningWords: number;
  coveredWords: number;
}

export interface Evidence {
  all: Tally;
  right: Tally;
  wrong: Tally;
  problems: number;
  /** per entry the first few sightings, of distinct problems */
  sightings: Map<number, Sighting[]>;
  /** spans of no entry, by how many there are: what the lexicon misses */
  missed: { text: string; count: number; function?: MarkedSpan["function"] }[];
  /** a right attempt and a wrong one at the same problem */
  pairs: { right: ShownTrace; wrong: ShownTrace }[];
  /** traces to show where there are no pairs */
  singles: ShownTrace[];
}

const SIGHTINGS = 2;
const PAIRS = 3;
/** UTF-16 units of a trace, and around a sighting, that are shown. */
const LONGEST = 3000;
const AROUND = 48;
/** Attempts of each outcome that are kept in wait for their counterpart. */
const WAITING = 2000;
const MISSED = 12;

const emptyTally = (): Tally => ({ traces: 0, withPlanning: 0, words: 0, planningWords: 0, coveredWords: 0 });

/** Reads traces one by one; keeps little of each. */
export function createEvidence(entries: readonly GramEntry[]) {
  const [all, right, wrong] = [emptyTally(), emptyTally(), emptyTally()];
  const problems = new Set<string>();
  const sightings = new Map<number, (Sighting & { problem: string })[]>();
  const missed = new Map<string, { text: string; count: number; function?: MarkedSpan["function"] }>();
  const waiting = [new Map<string, ShownTrace>(), new Map<string, ShownTrace>()];
  const pairs: { right: ShownTrace; wrong: ShownTrace }[] = [];
  const singles: ShownTrace[] = [];

  function add(trace: SeenTrace): void {
    for (const tally of trace.success === undefined ? [all] : [all, trace.success ? right : wrong]) {
      tally.traces++;
      if (trace.spans.length > 0) tally.withPlanning++;
      tally.words += trace.words;
      tally.planningWords += trace.planningWords;
      tally.coveredWords += trace.coveredWords;
    }
    problems.add(trace.problem);
    for (const span of trace.spans) {
      if (span.entry < 0) {
        const words = wordsOf(trace.text.slice(span.start, span.end));
        if (!words) continue;
        const key = words.join(" ");
        const one = missed.get(key) ?? { text: key, count: 0, function: span.function };
        one.count++;
        missed.set(key, one);
        continue;
      }
      const seen = sightings.get(span.entry) ?? [];
      if (seen.length >= SIGHTINGS || seen.some(({ problem }) => problem === trace.problem)) continue;
      seen.push({ ...sightingOf(trace, span), problem: trace.problem });
      sightings.set(span.entry, seen);
    }
    if (trace.spans.length > 0) keep(trace);
  }

  function keep(trace: SeenTrace): void {
    if (singles.length < PAIRS) singles.push(shownOf(trace, entries));
    if (trace.success === undefined || pairs.length >= PAIRS) return;
    const [own, others] = trace.success ? waiting : [waiting[1], waiting[0]];
    const other = others.get(trace.problem);
    if (other && !pairs.some(({ right }) => right.problem === trace.problem)) {
      const shown = shownOf(trace, entries);
      pairs.push(trace.success ? { right: shown, wrong: other } : { right: other, wrong: shown });
    } else if (!own.has(trace.problem) && own.size < WAITING) own.set(trace.problem, shownOf(trace, entries));
  }

  const finish = (): Evidence => ({
    all,
    right,
    wrong,
    problems: problems.size,
    sightings,
    missed: [...missed.values()]
      .filter(({ count }) => count > 1)
      .sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1))
      .slice(0, MISSED),
    pairs,
    singles,
  });
  return { add, finish };
}

function shownOf({ place, problem, success, text, spans }: SeenTrace, entries: readonly GramEntry[]): ShownTrace {
  let end = Math.min(text.length, LONGEST);
  if (isPair(text, end - 1)) end--;
  return {
    place,
    problem,
    success,
    text: text.slice(0, end),
    omitted: text.length - end,
    spans: spans
      .filter(({ start }) => start < end)
      .map(({ start, end, function: purpose, entry }) => ({
        start,
        end,
        function: purpose,
        gram: entry < 0 ? undefined : entries[entry].gram,
      })),
  };
}

function sightingOf({ place, text }: SeenTrace, { start, end }: MarkedSpan): Sighting {
  const flat = (part: string) => part.replace(/\s+/g, " ");
  let from = Math.max(0, start - AROUND);
  if (from > 0 && isPair(text, from - 1)) from++;
  let to = Math.min(text.length, end + AROUND);
  if (isPair(text, to - 1)) to--;
  const before = flat(text.slice(from, start));
  const after = flat(text.slice(end, to));
  return {
    place,
    before: from > 0 ? `…${before.replace(/^\S*\s/, "")}` : before,
    span: flat(text.slice(start, end)),
    after: to < text.length ? `${after.replace(/\s\S*$/, "")}…` : after,
  };
}
