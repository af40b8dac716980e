/** What judges found of failed attempts, as text to read. */
import type { ErrorReport, Shares } from "../audit/judging/errorReport.js";
import { ERROR_TYPES } from "../audit/judging/guide.js";
import { printable } from "../errors.js";
import { columns } from "./columns.js";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const cells = (shares: Shares | null) =>
  ERROR_TYPES.map((type) =>
    shares ? `${percent(shares[type].value)} (${percent(shares[type].low)} to ${percent(shares[type].high)})` : "–",
  );

export function errorText({ attempts, failed, asked, judged, judges, agreement, runs, findings }: ErrorReport): string {
  const lines = [
    `${attempts} graded attempts, ${failed} distinct failed ones; asked for ${asked}, judged ${judged}`,
    ...judges.map(({ path, verdicts, missing, faults }) =>
      [
        `${path}: ${verdicts} verdicts`,
        `${missing} missing`,
        ...Object.entries(faults).map(([fault, n]) => `${n} ${fault}`),
      ].join(", "),
    ),
  ];
  const section = (title: string, rows: readonly string[]) => {
    if (rows.length > 0) lines.push("", title, ...rows.map((row) => `  ${row}`));
  };
  section("findings (95 % intervals)", findings);
  section(
    "agreement of judges (Cohen's kappa)",
    agreement.map(({ a, b, both, agreement: same, kappa, kappaPlanning }) => {
      const show = (value: number | null) => value?.toFixed(3) ?? "undefined";
      return `${a} and ${b}: ${both} attempts, the same type in ${same === null ? "–" : percent(same)}, kappa ${show(kappa)}; planning against the rest ${show(kappaPlanning)}`;
    }),
  );
  section(
    "shares of failed attempts by their first error",
    columns(
      ["run", "step", "attempts", "failed", "judged", ...ERROR_TYPES],
      runs.flatMap(({ run, steps, shares, ...all }) => [
        [run, "all", ...[all.attempts, all.failed, all.judged].map(String), ...cells(shares)],
        ...(steps.length > 1 || steps[0]?.step !== null
          ? steps.map(({ step, shares: at, ...here }) => [
              run,
              String(step ?? "–"),
              ...[here.attempts, here.failed, here.judged].map(String),
              ...cells(at),
            ])
          : []),
      ]),
    ),
  );
  section(
    "errors per attempt, first against last third of the steps",
    columns(
      ["run", "type", "first", "last", "fall"],
      runs.flatMap(({ run, reduced }) =>
        reduced
          ? ERROR_TYPES.map((type) => {
              const { early, late, reduction } = reduced[type];
              return [
                run,
                type,
                percent(early),
                percent(late),
                `${(100 * reduction.value).toFixed(1)} (${(100 * reduction.low).toFixed(1)} to ${(100 * reduction.high).toFixed(1)}) points`,
              ];
            })
          : [],
      ),
    ),
  );
  return `${lines.map(printable).join("\n")}\n`;
}
