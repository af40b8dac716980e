/** Why a phrase is in a lexicon, or why not, for people. */

import type { Explanation } from "../audit/explain.js";
import { printable } from "../errors.js";

/** Grams named in a row. */
const MOST = 12;

/** For a terminal. */
export function explanationText(e: Explanation): string {
  const some = (grams: readonly string[]) =>
    grams.slice(0, MOST).join(" · ") + (grams.length > MOST ? ` · … (${grams.length} in all)` : "");
  const lines = [`${e.words.join(" ")}: ${e.rule}`];
  if (e.contradicts !== undefined) lines.push(`but ${e.contradicts}`);
  const section = (title: string, rows: readonly string[]) => {
    if (rows.length > 0) lines.push("", title, ...rows.map((row) => `  ${row}`));
  };
  if (e.entry) {
    const { entry } = e;
    section("in the lexicon", [
      `rank ${entry.rank}, weight ${entry.weight}, ${entry.function}${entry.position ? `, only at the ${entry.position}` : ""}`,
      `${entry.problems} problems, ${entry.traces} traces, ${entry.occurrences} occurrences; ${entry.perTrace} per trace, ${entry.clauseInitial} of them open a clause`,
      `spelt ${entry.spellings.map((spelling) => JSON.stringify(spelling)).join(", ")}`,
    ]);
  }
  if (e.cluster)
    section(`cluster ${e.cluster.id}, "${e.cluster.label}" (${e.cluster.function}, ${e.cluster.size} grams)`, [
      `in ${(100 * e.cluster.documentFrequency).toFixed(1)} % of the problems, ${e.cluster.perTrace} per trace`,
      some(e.cluster.grams),
    ]);
  section(
    "nearest entries",
    e.neighbours.map(({ gram, cosine }) => `${cosine.toFixed(3)}  ${gram}`),
  );
  if (e.longer.length > 0) section("entries that hold it", [some(e.longer)]);
  if (e.shorter.length > 0) section("entries that it holds", [some(e.shorter)]);
  if (e.use)
    section("in these traces", [
      `${e.use.problems} problems, ${e.use.traces} traces, ${e.use.occurrences} occurrences`,
    ]);
  section(
    "checks",
    e.checks.map(({ name, value, needs, passed }) => `${passed ? "ok " : "NO "} ${name}: ${value} (needs ${needs})`),
  );
  section(
    "what its uses say, and the share of judged grams that it is above",
    e.signals.map(
      ({ name, value, above }) => `${name}: ${value} (more than ${(100 * above).toFixed(0)} % of the judged grams)`,
    ),
  );
  section(
    "examples",
    (e.use?.examples ?? []).map(({ place, clause }) => `${place}: ${clause}`),
  );
  return `${lines.map(printable).join("\n")}\n`;
}
