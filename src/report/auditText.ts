/** What an audit measured, and what people's labels say, for people. */

import type { Agreement, Precision } from "../audit/agreement.js";
import type { Audit } from "../audit/audit.js";
import { printable } from "../errors.js";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
/** Entries named that come back least. */
const SHOWN = 15;

/** For a terminal. */
export function auditText({
  entries,
  input,
  reproduced,
  stability,
  sensitivity,
  heldOut,
  coverage,
  placebo,
  drop,
}: Audit): string {
  const lines = [
    `${entries} entries; ${input.traces} traces of ${input.problems} problems, ${input.same ? "those" : "not those"} that it was mined from`,
  ];
  const section = (title: string, ...rows: string[]) => lines.push("", title, ...rows.map((row) => `  ${row}`));
  if (reproduced !== undefined) lines.push(`mined again from them: Jaccard ${reproduced.toFixed(3)}`);
  if (stability) {
    const { jaccard, resamples, returns } = stability;
    const share = (least: number) =>
      percent(returns.filter(({ share }) => share >= least).length / Math.max(1, returns.length));
    const shaky = [...returns].sort((a, b) => a.share - b.share).slice(0, SHOWN);
    section(
      `stability, ${resamples} resamples of the problems`,
      `Jaccard ${jaccard.mean.toFixed(3)} (95 % of the resamples: ${jaccard.low.toFixed(3)} to ${jaccard.high.toFixed(3)}), ${stability.entries.toFixed(0)} entries on average`,
      `${share(0.9)} of the entries come back in 90 % of the resamples, ${share(0.5)} in half`,
      `come back least: ${shaky.map(({ gram, share }) => `${gram} ${share}`).join(" · ")}`,
    );
  } else lines.push("stability, other options, held-out problems: measured for the default preset only");
  if (sensitivity)
    section(
      "other options",
      `${"".padEnd(30)}${["entries", "added", "lost", "Jaccard"].map((name) => name.padStart(9)).join("")}`,
      ...sensitivity.map(
        ({ name, entries, added, lost, jaccard }) =>
          name.padEnd(30) +
          [entries, added, lost, jaccard.toFixed(3)].map((value) => String(value).padStart(9)).join(""),
      ),
    );
  if (heldOut)
    section(
      `held-out problems, ${heldOut.folds} folds`,
      `problems with an entry: ${percent(heldOut.problems)} held out, ${percent(heldOut.seenProblems)} seen`,
      `occurrences per problem: ${heldOut.perProblem.toFixed(2)} held out, ${heldOut.seenPerProblem.toFixed(2)} seen`,
      `${percent(heldOut.occurrences)} of the whole lexicon's occurrences there are of entries chosen without them`,
    );
  if (coverage && coverage.here !== null)
    section(
      "planning words that the lexicon's grams cover",
      `${percent(coverage.here)}${coverage.mined === null ? "" : `; ${percent(coverage.mined)} when it was mined`}`,
    );
  const range = ({ mean, least, most }: { mean: number; least: number; most: number }) =>
    `${mean.toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)})`;
  section(
    `${percent(drop.dropped)} of the entries dropped, ${drop.draws} draws`,
    `words in planning: ${percent(drop.share)}, of which the rest keeps ${range(drop.kept)}`,
    `correlation of the traces' shares: ${range(drop.correlation)}`,
    `semantic entropy: ${drop.entropy.toFixed(3)} nats, with the rest ${range(drop.entropyKept)}`,
  );
  section(
    "placebo",
    `${placebo.grams.length} random grams of the same lengths${placebo.unmatched > 0 ? ` (${placebo.unmatched} entries without one)` : ""}, ${placebo.occurrences.toFixed(2)} times the occurrences`,
    `marks ${percent(placebo.share)} of the words; the lexicon marks ${percent(placebo.shared)} of these`,
  );
  return `${lines.map(printable).join("\n")}\n`;
}

/** What labelled sheets say, for a terminal. */
export function agreementText({ all, ties, annotators, pairs }: Agreement): string {
  const precision = ({ rows, planning, precision, interval, byOccurrences }: Precision) =>
    `${planning} of ${rows} planning: precision ${precision.toFixed(3)} (95 %: ${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})` +
    (byOccurrences
      ? `; by occurrences ${byOccurrences.precision.toFixed(3)} (${byOccurrences.interval.low.toFixed(3)} to ${byOccurrences.interval.high.toFixed(3)})`
      : "");
  const lines = [precision(all)];
  if (annotators.length > 1) {
    lines[0] = `majority: ${lines[0]}${ties > 0 ? `; ${ties} ties count as half` : ""}`;
    for (const one of annotators)
      lines.push(`${one.path}: ${precision(one)}${one.blank > 0 ? `; ${one.blank} blank` : ""}`);
  } else if (annotators[0].blank > 0) lines.push(`${annotators[0].blank} rows without a label`);
  for (const { a, b, rows, agreement, kappa } of pairs)
    lines.push(
      `${a} and ${b}: ${rows} rows, agreement ${percent(agreement)}, Cohen's kappa ${kappa === null ? "undefined" : kappa.toFixed(3)}`,
    );
  return `${lines.map(printable).join("\n")}\n`;
}
