/** Right against wrong attempts at the same problems, and whether the lexicon still fits its run. */
import type { RunDynamics } from "../../dynamics/dynamics.js";
import type { SuccessComparison, SuccessEffect } from "../../dynamics/success.js";
import { LEAST_PROBLEMS, type Ranged } from "../../statistics/within.js";
import { number, percent } from "../charts.js";
import { escapeHtml as text } from "../html.js";
import { count } from "../page.js";

export function success({ success: found }: RunDynamics): string {
  if (!found)
    return `<p>Fewer than ${LEAST_PROBLEMS} problems have right and wrong attempts both: nothing can be said.</p>`;
  const { within, problems, attempts, pairs, planningRatio, movesPerTrace, length } = found;
  const share = (value: number) => `${value < 0 ? "−" : "+"}${percent(Math.abs(value))}`;
  const plain = (value: number) => `${value < 0 ? "−" : "+"}${number(Math.abs(value))}`;
  const rows = [
    row("planning ratio", planningRatio, percent, share),
    row("moves per trace", movesPerTrace, number, plain),
    `<tr><th scope="row">words per trace</th><td></td><td></td><td></td><td></td><td>${auc(length)}</td><td></td></tr>`,
  ];
  return `<p>${text(sentence(found))} Compared are attempts at one problem${within.includes("step") ? " at one step" : " at any step"}: ${count(problems)} problems with both outcomes, ${count(attempts)} attempts, ${count(pairs)} pairs. AUC is the share of pairs in which the right attempt has more. <code>sg-mine audit --success</code> says more.</p>
<div class="scroll" tabindex="0"><table><thead><tr>${["", "right", "wrong", "difference", "at equal length", "AUC", "AUC at equal length"].map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>`;
}

function row(
  name: string,
  effect: SuccessEffect,
  show: (value: number) => string,
  signed: (value: number) => string,
): string {
  const range = (of: Ranged | null) =>
    of === null ? "–" : `${signed(of.value)} <small>${signed(of.low)} to ${signed(of.high)}</small>`;
  const cells = [
    show(effect.right),
    show(effect.wrong),
    range(effect.raw),
    range(effect.corrected),
    auc(effect.auc),
    effect.aucCorrected ? auc(effect.aucCorrected) : "–",
  ];
  return `<tr><th scope="row">${name}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

const auc = ({ value, low, high }: Ranged) =>
  `${value.toFixed(3)} <small>${low.toFixed(3)} to ${high.toFixed(3)}</small>`;

function sentence({ planningRatio: { raw, corrected } }: SuccessComparison): string {
  const sign = (of: Ranged | null) => (of === null ? 0 : of.low > 0 ? 1 : of.high < 0 ? -1 : 0);
  const word = (of: number) => (of > 0 ? "more" : "less");
  const [asIs, equal] = [sign(raw), sign(corrected)];
  if (asIs !== 0 && equal === asIs) return `Right attempts plan ${word(asIs)}, at equal length too.`;
  if (asIs !== 0 && equal !== 0)
    return `Right attempts plan ${word(asIs)} as they are, but ${word(equal)} at equal length.`;
  if (asIs !== 0) return `Right attempts plan ${word(asIs)}, but there is no evidence of it at equal length.`;
  if (equal !== 0) return `At equal length right attempts plan ${word(equal)}; as they are there is no evidence.`;
  return "There is no evidence that right and wrong attempts plan more or less.";
}

export const drift = ({ drift: found }: RunDynamics): string =>
  found
    ? `<p${found.due ? ' class="notice"' : ""}>${text(found.statement)}</p>`
    : "<p>Nothing to compare: that needs two steps, and planning as the tagger reads it in context.</p>";
