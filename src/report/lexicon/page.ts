/** A lexicon as one self-contained page: its moves by function, what they mark in traces, every entry, where it came from. */
import type { Lexicon } from "../../lexicon/lexicon.js";
import type { LexiconFile } from "../../lexicon/read.js";
import { percent } from "../charts.js";
import { highlightCss, highlightLegend } from "../highlight.js";
import { htmlPage, escapeHtml as text } from "../html.js";
import { count, pageCss, section, tiles } from "../page.js";
import { clusterCss, clusterMap } from "./clusters.js";
import { coverage } from "./coverage.js";
import { entriesCss, entryScript, entryTable } from "./entries.js";
import type { Evidence } from "./evidence.js";
import { traces, tracesCss } from "./traces.js";

/**
 * The whole page; everything that came from a lexicon or from traces is escaped. It can be read without its one script,
 * which sorts and filters the entries and which the page's policy names by its digest.
 * @param evidence what traces show of the lexicon, where there were any
 */
export function lexiconPage({ path, entries, lexicon }: LexiconFile, evidence?: Evidence): string {
  const seen = evidence && evidence.all.traces > 0 ? evidence : undefined;
  const sections = [
    header(path, entries.length, lexicon, seen),
    lexicon ? section("Moves by function", clusterMap(lexicon)) : "",
    seen ? section("In traces", `${highlightLegend()}\n${traces(seen)}`) : "",
    section(`All ${count(entries.length)} entries`, entryTable(entries, seen)),
    seen ? section("Coverage", coverage(entries.length, seen)) : "",
    lexicon ? section("Where it came from", provenance(lexicon)) : "",
    section("What to do next", next(path, lexicon !== undefined)),
  ];
  return htmlPage({
    title: `Planning lexicon: ${path}`,
    css: `${highlightCss}${pageCss}${clusterCss}${entriesCss}${tracesCss}`,
    body: `<main>\n${sections.filter(Boolean).join("\n")}\n</main>`,
    script: entryScript,
  });
}

function header(path: string, entries: number, lexicon: Lexicon | undefined, seen: Evidence | undefined): string {
  const planning = seen && seen.all.words > 0 ? seen.all.planningWords / seen.all.words : undefined;
  const covered = seen && seen.all.planningWords > 0 ? seen.all.coveredWords / seen.all.planningWords : undefined;
  const lede = lexicon
    ? `Moves that steer reasoning rather than compute: mined from <strong>${count(lexicon.provenance.corpus.traces)} successful traces of ${count(lexicon.provenance.corpus.problems)} problems</strong>, ordered by how surely they plan and how widely they are used.`
    : "A plain list of moves that steer reasoning. What each of them does, and how often, only a mined lexicon says.";
  return `<header>
<h1>Planning lexicon <small>${text(path)}</small></h1>
<p class="lede">${lede}</p>
${tiles([
  [count(entries), entries === 1 ? "entry" : "entries"],
  ...(lexicon
    ? ([
        [count(lexicon.clusters.length), lexicon.clusters.length === 1 ? "cluster" : "clusters"],
        [count(lexicon.provenance.corpus.problems), "problems mined"],
      ] as [string, string][])
    : []),
  ...(seen
    ? ([[count(seen.all.traces), seen.all.traces === 1 ? "trace read here" : "traces read here"]] as [string, string][])
    : []),
  ...(planning === undefined ? [] : [[percent(planning), "of words plan"] as [string, string]]),
  ...(covered === undefined ? [] : [[percent(covered), "of that is in the lexicon"] as [string, string]]),
])}
</header>`;
}

function provenance({ provenance: p }: Lexicon): string {
  const options = Object.entries(p.options).map(([name, value]) => `${name} ${value === null ? "not set" : value}`);
  const skipped = Object.entries(p.input.skipped).map(([why, n]) => `${count(n)} ${why}`);
  // What later versions add, such as the tagger, stands in the lexicon as named digests.
  const models = Object.entries(p as unknown as Record<string, unknown>).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && "sha256" in value && "name" in value
      ? [[name, `${value.name}, SHA-256 ${String(value.sha256).slice(0, 16)}…`] as const]
      : [],
  );
  const rows: (readonly [string, string])[] = [
    ["made by", `${p.tool} ${p.version}, preset ${p.preset}, seed ${p.seed}`],
    [
      "input",
      `${count(p.input.records)} records, ${count(p.input.successful)} successful${skipped.length > 0 ? `; skipped: ${skipped.join(", ")}` : ""}`,
    ],
    [
      "corpus",
      `${count(p.corpus.problems)} problems, ${count(p.corpus.traces)} traces, ${count(p.corpus.words)} words`,
    ],
    ["digest of the input", p.input.digest],
    ...models,
    ["options", options.join(", ")],
  ];
  return `<table class="facts"><tbody>
${rows.map(([name, value]) => `<tr><th scope="row">${text(name)}</th><td>${text(value)}</td></tr>`).join("\n")}
</tbody></table>
<p>The same records, options and version give the same lexicon, byte for byte.</p>`;
}

function next(path: string, whole: boolean): string {
  const file = /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  const steps: [string, string][] = [
    [
      `sg-mine tag ${file} rollouts.jsonl --tokenizer ./model`,
      "planning spans, and 0/1 masks over your model’s tokens",
    ],
    [`sg-mine credit ${file} rollouts.jsonl --tokenizer ./model`, "GRPO and HICRA advantages per token"],
    [`sg-mine export ${file} --for trl --tokenizer ./model`, "the file that a trainer reads"],
    [`sg-mine dynamics ${file} rollouts/ --html report.html`, "how planning changes over training"],
    ...(whole
      ? ([
          [`sg-mine audit ${file} traces/`, "stability, controls, a sheet for people to label"],
          [`sg-mine traces/ --check ${file}`, "in CI: is the lexicon still what the traces give?"],
        ] as [string, string][])
      : []),
  ];
  return `<dl class="steps">${steps.map(([command, what]) => `<div><dt><code>${text(command)}</code></dt><dd>${text(what)}</dd></div>`).join("\n")}</dl>`;
}
