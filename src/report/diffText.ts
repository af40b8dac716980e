/** A difference between lexicons for people: plain text, or markdown for a pull request's comment. */

import { printable } from "../errors.js";
import type { Difference, Lone, Moved, Shift } from "../lexicon/diff.js";

/** Rows of each list; a comment that nobody reads to its end helps nobody, and GitHub takes 65,536 characters. */
const SHOWN = 20;
/** A gram longer than this is cut in what people read. */
const LONGEST = 80;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const shown = (text: string) => {
  const safe = printable(text);
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST - 1)}…` : safe;
};
const value = (x: unknown) => (x === null ? "none" : shown(String(x)));

const summary = (d: Difference) =>
  `${d.entries.old} → ${d.entries.new} entries: ${d.added.length} added, ${d.removed.length} removed, ${d.common} in both`;
const overlap = (d: Difference) =>
  `difference ${percent(d.difference)} of ${d.weightedBy}, Jaccard ${d.jaccard.toFixed(3)}`;

function factsOf({ rank, problems, weight, function: name }: Lone): string {
  const facts = [`rank ${rank}`];
  if (problems !== undefined) facts.push(`${problems} problems`);
  if (weight !== undefined) facts.push(`weight ${weight}`);
  if (name) facts.push(name);
  return facts.join(", ");
}

function changesOf(moved: Moved, quote: (text: string) => string): string {
  const changes: string[] = [];
  if (moved.rank) changes.push(`rank ${moved.rank.old} → ${moved.rank.new}`);
  if (moved.weight) changes.push(`weight ${moved.weight.old} → ${moved.weight.new}`);
  if (moved.function) changes.push(`${moved.function.old} → ${moved.function.new}`);
  if (moved.position)
    changes.push(`position ${moved.position.old ?? "anywhere"} → ${moved.position.new ?? "anywhere"}`);
  if (moved.cluster) changes.push(`cluster ${quote(shown(moved.cluster.old))} → ${quote(shown(moved.cluster.new))}`);
  return changes.join(", ");
}

const shiftOf = ({ documentFrequency: { old, new: now }, q }: Shift) =>
  `${percent(old)} → ${percent(now)} of problems, q = ${q}`;

/** The largest moves first: what else than rank changed, then by how far. */
function largestFirst(moved: readonly Moved[]): Moved[] {
  const size = ({ rank, weight, function: name, cluster, position }: Moved) =>
    (name || position ? 1e9 : 0) +
    (cluster ? 1e8 : 0) +
    1e6 * Math.abs((weight?.new ?? 0) - (weight?.old ?? 0)) +
    Math.abs((rank?.new ?? 0) - (rank?.old ?? 0));
  return [...moved].sort((a, b) => size(b) - size(a));
}

const NAMED = 5;

/** In a few lines, for a summary: what was added, removed and changed, the first of each by name. */
export function diffLines(d: Difference): string[] {
  const some = (title: string, items: readonly { gram: string }[]) => {
    if (items.length === 0) return [];
    const names = items.slice(0, NAMED).map(({ gram }) => shown(gram));
    return [`${title}: ${names.join(" · ")}${items.length > NAMED ? ` · … (${items.length})` : ""}`];
  };
  if (d.added.length + d.removed.length + d.moved.length + d.shifted.length === 0) return ["changed: nothing"];
  return [
    `changed: ${summary(d)}; ${overlap(d)}`,
    ...some("added", d.added),
    ...some("removed", d.removed),
    ...some(
      "another function",
      d.moved.filter((one) => one.function !== undefined),
    ),
    ...some("more or less frequent, beyond chance", d.shifted),
  ];
}

/** For a terminal. `all` lists everything instead of the first twenty of each kind. */
export function diffText(d: Difference, old: string, now: string, all = false): string {
  const most = all ? Number.POSITIVE_INFINITY : SHOWN;
  const lines = [`${printable(old)} → ${printable(now)}`, summary(d), overlap(d)];
  const list = <T>(title: string, items: readonly T[], line: (item: T) => string) => {
    if (items.length === 0) return;
    lines.push("", `${title} (${items.length})`, ...items.slice(0, most).map((item) => `  ${line(item)}`));
    if (items.length > most) lines.push(`  … and ${items.length - most} more`);
  };
  const quote = (text: string) => JSON.stringify(text);
  list("added", d.added, (item) => `+ ${shown(item.gram)}  (${factsOf(item)})`);
  list("removed", d.removed, (item) => `- ${shown(item.gram)}  (${factsOf(item)})`);
  list("moved", largestFirst(d.moved), (item) => `~ ${shown(item.gram)}  (${changesOf(item, quote)})`);
  list("document frequency changed", d.shifted, (item) => `  ${shown(item.gram)}  (${shiftOf(item)})`);
  list("made differently", d.provenance, ({ name, old, new: now }) => `  ${name}: ${value(old)} → ${value(now)}`);
  return `${lines.join("\n")}\n`;
}

/** For a pull request's comment. Nothing in a gram can break the table, name a user or run as HTML. */
export function diffMarkdown(d: Difference, old: string, now: string): string {
  const parts = [`### Lexicon: ${code(old)} → ${code(now)}`, `${summary(d)}; **${overlap(d)}**.`];
  const table = <T>(
    title: string,
    items: readonly T[],
    name: (item: T) => string,
    facts: (item: T) => string,
    open = false,
  ) => {
    if (items.length === 0) return;
    const rows = items.slice(0, SHOWN).map((item) => `| ${cell(name(item))} | ${facts(item)} |`);
    const more = items.length > SHOWN ? [`\nand ${items.length - SHOWN} more`] : [];
    parts.push(
      [
        `<details${open ? " open" : ""}><summary>${title} (${items.length})</summary>`,
        "",
        "| | |",
        "|---|---|",
        ...rows,
        ...more,
        "",
        "</details>",
      ].join("\n"),
    );
  };
  const gram = ({ gram }: { gram: string }) => gram;
  table("Added", d.added, gram, factsOf, true);
  table("Removed", d.removed, gram, factsOf, true);
  table("Moved", largestFirst(d.moved), gram, (item) => changesOf(item, cell));
  table("Document frequency changed", d.shifted, gram, shiftOf);
  table(
    "Made differently",
    d.provenance,
    ({ name }) => name,
    ({ old, new: now }) => `${cell(value(old))} → ${cell(value(now))}`,
  );
  return `${parts.join("\n\n")}\n`;
}

/** A code span, fenced by more backticks than the text has in a row. */
function code(text: string): string {
  const safe = shown(text);
  const longest = Math.max(0, ...(safe.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 ? " " : "";
  return `${fence}${pad}${safe}${pad}${fence}`;
}

/** In a table a bar ends the cell even inside a code span. */
const cell = (text: string) => code(text).replaceAll("|", "\\|");
