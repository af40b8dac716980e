/** What planning has to do with success, as text to read: the findings, then the figures. */
import { FEATURES } from "../audit/success/features.js";
import { type Finding, SOURCES } from "../audit/success/findings.js";
import type { Part, Success } from "../audit/success/success.js";
import { printable } from "../errors.js";
import type { Difference, Ranged } from "../statistics/within.js";
import { columns } from "./columns.js";

const SHOWN_STEPS = 40;

export function successText(success: Success & { findings: readonly Finding[] }): string {
  const { attempts, compared, findings, features, models, lengthAlone } = success;
  const lines = [
    `${attempts.graded} graded attempts (${attempts.right} right) at ${attempts.problems} problems` +
      (attempts.ungraded > 0 ? `; ${attempts.ungraded} without a word on their success left out` : ""),
    `${compared.problems} problems have both outcomes: ${compared.attempts} attempts, ${compared.pairs} pairs within ${compared.within.join(", ")}`,
  ];
  const section = (title: string, rows: readonly string[]) => {
    if (rows.length > 0) lines.push("", title, ...rows.map((row) => `  ${row}`));
  };
  section(
    "findings (95 % intervals, drawn over problems; ✓ evidence, – none)",
    findings.map(({ evidence, text }) => `${evidence ? "✓" : "–"} ${text}`),
  );
  section(
    "right against wrong attempts at one problem",
    columns(
      ["", "right", "wrong", "difference", "q", "at equal length", "q", "AUC", "equal length"],
      FEATURES.flatMap((name) => {
        const one = features[name];
        if (!one) return [];
        return [
          [
            name,
            number(one.right),
            number(one.wrong),
            range(one.raw),
            one.q.toFixed(3),
            one.corrected ? range(one.corrected) : "–",
            one.qCorrected?.toFixed(3) ?? "–",
            one.auc.value.toFixed(3),
            one.aucCorrected?.value.toFixed(3) ?? "–",
          ],
        ];
      }),
    ),
  );
  section(
    "which of a right and a wrong attempt is right: AUC on problems not seen",
    columns(
      ["", "alone", "with length", "over length", "planning less it"],
      [
        ...(lengthAlone ? [["length", auc(lengthAlone), "", "", ""]] : []),
        ...models.map((model) => [
          model.marked,
          auc(model.auc),
          auc(model.withLength),
          range(model.overLength),
          model.planningLess ? range(model.planningLess) : "",
        ]),
      ],
    ),
  );
  const parts = (all: readonly (Part & { label: string })[]) =>
    columns(
      ["", "problems", "attempts", "share: difference", "at equal length", "planning", "length", "both"],
      all.map(({ label, problems, attempts, share, planning, length, withLength }) => [
        label,
        String(problems),
        String(attempts),
        share ? range(share.raw) : "–",
        share?.corrected ? range(share.corrected) : "–",
        ...[planning, length, withLength].map((of) => (of ? auc(of) : "–")),
      ]),
    );
  section("by problems", parts(success.problemGroups.map((part) => ({ ...part, label: part.name }))));
  const { steps } = success;
  section("by step", parts(steps.slice(0, SHOWN_STEPS).map((part) => ({ ...part, label: String(part.step) }))));
  if (steps.length > SHOWN_STEPS) lines.push(`  … ${steps.length - SHOWN_STEPS} more in --format json`);
  section(
    "keyword lists compared with",
    SOURCES.map(({ name, source }) => `${name}: ${source}`),
  );
  return `${lines.map(printable).join("\n")}\n`;
}

const number = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3));
const range = ({ value, low, high }: Ranged | Difference) =>
  `${number(value)} (${number(low)} to ${number(high)})`.replaceAll("-", "−");
const auc = ({ value, low, high }: Ranged) => `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
