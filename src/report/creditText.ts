/** Where credit goes, as text to read. */
import { type CreditSummary, LABELS, MASKS, OUTCOMES } from "../trainers/creditSummary.js";
import { columns } from "./columns.js";

const percent = (share: number | null | undefined) =>
  share === null || share === undefined ? "–" : `${(100 * share).toFixed(2)} %`;

export function creditText({ alpha, unit, rollouts, mass, masks }: CreditSummary): string {
  const lines = [
    `${rollouts.credited} of ${rollouts.rollouts} rollouts in ${rollouts.groups} groups have an advantage to move; alpha ${alpha}, ${unit}`,
    `GRPO's mass, the sum of |A| over ${unit}: ${mass.all}, ${percent(mass.all > 0 ? mass.right / mass.all : null)} of it in right rollouts`,
  ];
  const section = (title: string, rows: readonly string[]) => lines.push("", title, ...rows.map((row) => `  ${row}`));
  section(
    "mass that HICRA moves, over GRPO's",
    columns(
      ["mask", `of ${unit}`, "moved", ...OUTCOMES],
      MASKS.map((name) => {
        const mask = masks[name];
        if (!mask) return [name, "–", "–", ...OUTCOMES.map(() => "–")];
        return [
          name,
          percent(mask.marked),
          percent(mask.share),
          ...OUTCOMES.map((outcome) => percent(mask.byOutcome[outcome].share)),
        ];
      }),
    ),
  );
  section(
    `what it goes to, by what the ${unit} do in context`,
    columns(
      ["mask", ...LABELS],
      MASKS.flatMap((name) => {
        const rows = [
          [name, masks[name]?.to] as const,
          ...OUTCOMES.slice(0, 2).map((outcome) => [`  ${outcome}`, masks[name]?.toByOutcome[outcome]] as const),
        ];
        return rows.flatMap(([label, to]) => (to ? [[label, ...LABELS.map((one) => percent(to[one]))]] : []));
      }),
    ),
  );
  if (!masks.entropy)
    lines.push("", `no entropy mask: it needs --tokenizer, and an entropy for each token in the records`);
  else if (rollouts.withEntropies < rollouts.credited)
    lines.push("", `entropy mask: ${rollouts.withEntropies} of these rollouts have an entropy for each token`);
  return `${lines.join("\n")}\n`;
}
