/** The lexicon as people read it on a terminal: its best entries, what they do, how much they cover. */
import pc from "picocolors";
import stringWidth from "string-width";
import { printable } from "../errors.js";
import type { Entry, Lexicon } from "../lexicon/lexicon.js";

export interface TableOptions {
  /** columns of the terminal */
  width: number;
  color: boolean;
  /** per entry, best first, a clause in which it stands; undefined where none was found */
  examples?: readonly (string | undefined)[];
  /** what the entries cover of traces that were looked at */
  coverage?: Coverage;
}

/** How much of some traces a lexicon marks. */
export interface Coverage {
  traces: number;
  /** those with an entry in them */
  covered: number;
  words: number;
  /** words that lie in an entry's occurrence */
  planning: number;
}

/** Entries shown: a screen's worth. */
export const ROWS = 20;
/** Below this an example says too little to be worth its column. */
const EXAMPLE = 16;

/** The table, with a newline at the end; no line is wider than the terminal. */
export function lexiconTable(lexicon: Lexicon, { width, color, examples = [], coverage }: TableOptions): string {
  const { bold, dim, cyan } = pc.createColors(color);
  const { corpus } = lexicon.provenance;
  const shown = lexicon.entries.slice(0, ROWS);
  const columns: { title: string; right?: boolean; cells: string[] }[] = [
    { title: "gram", cells: shown.map(({ gram }) => printable(gram)) },
    { title: "function", cells: shown.map((entry) => entry.function ?? "") },
    { title: "weight", right: true, cells: shown.map(({ weight }) => weight.toFixed(2)) },
    {
      title: "problems",
      right: true,
      cells: shown.map(({ problems }) => `${problems} ${percent(problems, corpus.problems)}`),
    },
  ];
  const widths = columns.map(({ title, cells }) => Math.max(...[title, ...cells].map((cell) => stringWidth(cell))));
  // narrow terminals: a shorter gram, then fewer columns
  widths[0] = Math.min(widths[0], Math.max(16, Math.floor(width / 3)));
  while (columns.length > 1 && total(widths) > width) {
    columns.pop();
    widths.pop();
  }
  widths[0] = Math.min(widths[0], width);
  const left = width - total(widths) - GAP.length;
  if (left >= EXAMPLE && shown.some((_, i) => examples[i] !== undefined)) {
    columns.push({ title: "example", cells: shown.map((_, i) => printable(examples[i] ?? "")) });
    widths.push(left);
  }
  const line = (cells: readonly string[], paint: (cell: string, column: number) => string) =>
    cells
      .map((cell, i) => {
        const cut = fit(cell, widths[i]);
        const space = " ".repeat(Math.max(0, widths[i] - stringWidth(cut)));
        if (columns[i].right) return space + paint(cut, i);
        return paint(cut, i) + (i < cells.length - 1 ? space : "");
      })
      .join(GAP)
      .trimEnd();
  const rows = [
    line(
      columns.map(({ title }) => title),
      (cell) => dim(cell),
    ),
    ...shown.map((_, row) =>
      line(
        columns.map(({ cells }) => cells[row]),
        (cell, i) =>
          i === 0
            ? bold(cell)
            : columns[i].title === "function"
              ? cyan(cell)
              : columns[i].title === "example"
                ? dim(cell)
                : cell,
      ),
    ),
  ];
  const notes = [
    ...(lexicon.entries.length > shown.length ? [`… and ${lexicon.entries.length - shown.length} more entries`] : []),
    "",
    `${lexicon.entries.length} entries in ${lexicon.clusters.length} clusters: ${functionsOf(lexicon.entries)}`,
    ...(coverage
      ? [
          `in the first ${coverage.traces} traces: ${share(coverage.planning, coverage.words)} of the words plan, ` +
            `${share(coverage.covered, coverage.traces)} of the traces have an entry`,
        ]
      : []),
  ];
  return [...rows, ...notes.flatMap((note) => wrap(note, width)), ""].join("\n");
}

const GAP = "  ";
const total = (widths: readonly number[]) =>
  widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1);
const share = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
const percent = (part: number, whole: number) => `${Math.round((100 * part) / Math.max(1, whole))}%`.padStart(4);

/** How many entries each function has, most first. */
function functionsOf(entries: readonly Entry[]): string {
  const counts = new Map<string, number>();
  for (const entry of entries) counts.set(entry.function ?? "other", (counts.get(entry.function ?? "other") ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

/** Text cut to a width, the cut shown. */
function fit(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = "";
  for (const character of text) {
    if (stringWidth(cut + character) > width - 1) break;
    cut += character;
  }
  return `${cut.trimEnd()}…`;
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = lines[lines.length - 1] === "" ? word : `${lines[lines.length - 1]} ${word}`;
    if (stringWidth(longer) > width && lines[lines.length - 1] !== "") lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => fit(line, width));
}
