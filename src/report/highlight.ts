/** A text with its planning spans, as HTML: one coloured mark per span, by function, readable without the colours. */
import { FUNCTIONS, type StrategicFunction } from "../lexicon/lexicon.js";
import type { MarkedSpan } from "../lexicon/mask.js";
import { escapeHtml } from "./html.js";

/** One letter per function, after each mark and in the legend: colour alone tells nothing on paper or to many eyes. */
const LETTERS: Record<StrategicFunction, string> = {
  goal: "G",
  deduction: "D",
  branching: "B",
  backtracing: "T",
};

/**
 * The text, escaped, with `<mark>` around its planning spans and `<u>` around its high-entropy tokens. Where spans
 * overlap, the one that starts first (then the longer one) is marked to its end and the next from there on. Spans may
 * come in any order; offsets beyond the text are cut off. Needs `highlightCss` in the page.
 */
export function highlightHtml(
  text: string,
  spans: readonly MarkedSpan[],
  highEntropy: readonly { start: number; end: number }[] = [],
): string {
  const byStart = (a: { start: number; end: number }, b: { start: number; end: number }) =>
    a.start - b.start || b.end - a.end;
  const forks = [...highEntropy].sort(byStart);
  let fork = 0;
  /** Text from `from` to `to`, with the high-entropy tokens in it underlined. */
  const piece = (from: number, to: number): string => {
    let out = "";
    let at = from;
    while (fork < forks.length && forks[fork].end <= from) fork++;
    for (let i = fork; i < forks.length && forks[i].start < to; i++) {
      const start = Math.max(at, forks[i].start);
      const end = Math.min(to, forks[i].end);
      if (end <= start) continue;
      out += `${escapeHtml(text.slice(at, start))}<u>${escapeHtml(text.slice(start, end))}</u>`;
      at = end;
    }
    return out + escapeHtml(text.slice(at, to));
  };

  let out = "";
  let at = 0;
  for (const span of [...spans].sort(byStart)) {
    const start = Math.max(at, span.start);
    const end = Math.min(text.length, span.end);
    if (end <= start) continue;
    const name = span.function ?? "planning";
    const title = span.gram == null ? name : `${name}: ${span.gram}`;
    out += piece(at, start);
    out += `<mark class="sg-${name}" title="${escapeHtml(title)}">${piece(start, end)}</mark>`;
    at = end;
  }
  return out + piece(at, text.length);
}

/** What the marks mean; `forks` adds the line about high-entropy tokens. */
export function highlightLegend(forks = false): string {
  const marks = FUNCTIONS.map((name) => `<mark class="sg-${name}">${name}</mark>`).join(" ");
  return `<p class="legend">Planning tokens by function: ${marks}${forks ? " · <u>high-entropy token</u>" : ""}</p>`;
}

/** Colours of the functions as custom properties for light and dark; everything else of a report builds on them. */
export const highlightCss = `:root {
  --goal: #1f5fbf; --deduction: #187a4b; --branching: #a85b00; --backtracing: #b3275f; --planning: #5b4bb5;
}
@media (prefers-color-scheme: dark) {
  :root { --goal: #7eb2ff; --deduction: #5fce98; --branching: #f0a94a; --backtracing: #ff86b0; --planning: #b3a6ff; }
}
@media print {
  :root { --goal: #1f5fbf; --deduction: #187a4b; --branching: #a85b00; --backtracing: #b3275f; --planning: #5b4bb5; }
}
mark { --c: var(--planning); color: inherit; background: color-mix(in srgb, var(--c) 16%, transparent);
  border-bottom: 2px solid var(--c); border-radius: 2px; padding: 0 1px; box-decoration-break: clone;
  -webkit-box-decoration-break: clone; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
mark::after { color: var(--c); font: 700 .62em/1 system-ui, sans-serif; vertical-align: super; margin-left: 1px; }
${FUNCTIONS.map((name) => `mark.sg-${name} { --c: var(--${name}); } mark.sg-${name}::after { content: "${LETTERS[name]}"; }`).join("\n")}
mark.sg-branching { border-bottom-style: dashed; }
mark.sg-backtracing { border-bottom-style: double; border-bottom-width: 3px; }
u { text-decoration: underline dotted 2px; text-underline-offset: 3px; }
`;
