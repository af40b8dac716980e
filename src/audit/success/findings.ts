/** Each finding of the comparison as a plain sentence, "no evidence" included. */
import type { Difference, Ranged } from "../../statistics/within.js";
import { FEATURES, type Feature } from "./features.js";
import { KEYWORD_LISTS } from "./keywords.js";
import type { Comparison, Model, Success } from "./success.js";

export interface Finding {
  about: string;
  text: string;
  /** whether the interval of what is said holds no "nothing" */
  evidence: boolean;
}

/** A false discovery rate above this is no evidence. */
const SIGNIFICANT = 0.05;
/** An AUC of guessing. */
const CHANCE = 0.5;

type Comparative = [more: string, fewer: string];
const WORDS: Record<Feature, { what: string; more: Comparative; unit: "share" | "count" | "place" }> = {
  share: { what: "Share of words that plan", more: ["plan more", "plan less"], unit: "share" },
  moves: { what: "Moves per attempt", more: ["have more", "have fewer"], unit: "count" },
  variety: { what: "Distinct clusters per attempt", more: ["have more", "have fewer"], unit: "count" },
  position: { what: "Mean place of the moves (0 begin, 1 end)", more: ["plan later", "plan earlier"], unit: "place" },
  first: {
    what: "Share of the words before the first move",
    more: ["begin to plan later", "begin to plan earlier"],
    unit: "share",
  },
  repeats: { what: "Repeated moves per attempt", more: ["repeat more", "repeat less"], unit: "count" },
  goal: { what: "Moves that set goals", more: ["have more", "have fewer"], unit: "count" },
  deduction: { what: "Moves that deduce", more: ["have more", "have fewer"], unit: "count" },
  branching: { what: "Moves that branch", more: ["have more", "have fewer"], unit: "count" },
  backtracing: { what: "Moves that go back or check", more: ["have more", "have fewer"], unit: "count" },
};

/** All findings, in the order of what people ask first. */
export function findingsOf(success: Success): Finding[] {
  const { compared, models, lengthAlone, steps, attempts } = success;
  const findings: Finding[] = [];
  const add = (about: string, evidence: boolean, text: string) => findings.push({ about, text, evidence });
  const least = success.method.leastProblems;
  if (compared.problems === 0) {
    add("comparison", false, "No problem has right and wrong attempts both: there is nothing to compare.");
    return findings;
  }
  if (compared.problems < least) {
    add(
      "comparison",
      false,
      `Only ${compared.problems} ${compared.problems === 1 ? "problem has" : "problems have"} right and wrong attempts both; with fewer than ${least} nothing can be said.`,
    );
    return findings;
  }
  const [planning, ...others] = models;
  if (planning && lengthAlone) {
    const tells = beyond(planning.auc, CHANCE);
    add(
      "model",
      tells > 0,
      tells > 0
        ? `Planning tells right from wrong: of a right and a wrong attempt at one problem, a model of planning picks the right one in ${percent(planning.auc.value)} of the pairs (AUC ${auc(planning.auc)}), on problems that it has not seen.`
        : `No evidence that planning tells right from wrong: AUC ${auc(planning.auc)}, and 0.5 is guessing.`,
    );
    const long = beyond(lengthAlone, CHANCE);
    const ofLength = success.length?.raw;
    const longer = ofLength ? beyond(ofLength, 0) : 0;
    add(
      "length",
      long > 0,
      long > 0
        ? `Length alone tells right from wrong: AUC ${auc(lengthAlone)}${longer === 0 ? "" : `; right attempts are ${longer > 0 ? "longer" : "shorter"}, by ${number(Math.abs(ofLength!.value))} words`}.`
        : `No evidence that length alone tells right from wrong: AUC ${auc(lengthAlone)}.`,
    );
    const adds = beyond(planning.overLength, 0);
    add(
      "planning over length",
      adds > 0,
      adds > 0
        ? `Planning adds to length: together AUC ${auc(planning.withLength)}, which is ${signed(planning.overLength, 3)} more than length alone.`
        : `No evidence that planning adds to length: together AUC ${auc(planning.withLength)}, a difference of ${signed(planning.overLength, 3)}.`,
    );
    for (const other of others) add(other.marked, ...against(planning, other));
  }
  for (const name of FEATURES) {
    const comparison = success.features[name];
    if (comparison) add(name, ...ofFeature(name, comparison));
  }
  for (const part of success.problemGroups)
    if (part.planning)
      add(
        `problems ${part.name}`,
        beyond(part.planning, CHANCE) > 0,
        `On ${part.problems} problems of which ${percent(part.from)} to ${percent(part.to)} of the attempts are right (${part.name}), planning's AUC is ${auc(part.planning)}, length's ${auc(part.length!)}${beyond(part.planning, CHANCE) > 0 ? "" : ": no evidence there that planning tells"}.`,
      );
  const told = steps.filter(({ planning }) => planning && beyond(planning, CHANCE) > 0).length;
  const measured = steps.filter(({ planning }) => planning).length;
  if (measured > 0)
    add(
      "steps",
      told > 0,
      told > 0
        ? `At ${told} of ${measured} steps with enough problems, planning tells right from wrong by itself.`
        : `At none of ${measured} steps with enough problems is there evidence that planning tells right from wrong.`,
    );
  if (attempts.beyond > 0)
    add("input", false, `${attempts.beyond} attempts of problems drawn by lot were left out, to bound memory.`);
  return findings;
}

function ofFeature(name: Feature, { right, wrong, raw, corrected, q, qCorrected }: Comparison): [boolean, string] {
  const { what, more, unit } = WORDS[name];
  const show = unit === "share" ? percent : (value: number) => number(value);
  const asIs = q <= SIGNIFICANT ? beyond(raw, 0) : 0;
  const equal = corrected && qCorrected! <= SIGNIFICANT ? beyond(corrected, 0) : 0;
  const word = (sign: number) => more[sign > 0 ? 0 : 1];
  const range = (of: Difference) =>
    unit === "share"
      ? `${points(of.value)} points, ${points(of.low)} to ${points(of.high)}`
      : `${plus(of.value)}, ${plus(of.low)} to ${plus(of.high)}`;
  const figures = `${what}: right ${show(right)}, wrong ${show(wrong)} (${range(raw)}${corrected ? `; at equal length ${range(corrected)}` : ""}).`;
  if (asIs !== 0 && equal === asIs) return [true, `${figures} Right attempts ${word(asIs)}, at equal length too.`];
  if (asIs !== 0 && equal !== 0)
    return [true, `${figures} Right attempts ${word(asIs)} as they are, but at equal length they ${word(equal)}.`];
  if (asIs !== 0)
    return [true, `${figures} Right attempts ${word(asIs)}, but at equal length there is no evidence of a difference.`];
  if (equal !== 0)
    return [true, `${figures} No evidence of a difference as they are; at equal length right attempts ${word(equal)}.`];
  return [false, `${figures} No evidence of a difference.`];
}

const NAMES: Record<string, string> = {
  grams: "the lexicon's grams wherever they stand",
  placebo: "the placebo, random grams of the same lengths and frequencies,",
};

/** Planning tells more only where it tells something: a control may be below guessing by chance. */
function against(
  planning: Model,
  { marked, auc: alone, planningLess, planningLessWithLength }: Model,
): [boolean, string] {
  const name = NAMES[marked] ?? `the keyword list of ${marked}`;
  const more = (difference: Ranged, of: Ranged) => {
    const sign = beyond(difference, 0);
    return sign > 0 && beyond(of, CHANCE) <= 0 ? 0 : sign;
  };
  const better = more(planningLess!, planning.auc);
  const too = more(planningLessWithLength!, planning.withLength);
  const withLength = `with length added to both ${signed(planningLessWithLength!, 3)}`;
  const head = `${name[0].toUpperCase()}${name.slice(1)} ${marked === "grams" ? "reach" : "reaches"} AUC ${auc(alone)}`;
  const verdict =
    better > 0
      ? `planning in context tells more, by ${signed(planningLess!, 3)}`
      : better < 0
        ? `planning in context tells less, by ${signed(planningLess!, 3)}`
        : `no evidence that planning in context tells more or less (${signed(planningLess!, 3)})`;
  return [better !== 0 || too !== 0, `${head}; ${verdict}; ${withLength}${too === 0 ? ", no evidence" : ""}.`];
}

/** 1 above, -1 below, 0 where the interval holds the value. */
const beyond = ({ low, high }: Ranged, value: number): -1 | 0 | 1 => (low > value ? 1 : high < value ? -1 : 0);

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const plus = (value: number) => `${value < 0 ? "−" : "+"}${number(Math.abs(value))}`;
const points = (share: number) => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(2)}`;
const number = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));
const auc = ({ value, low, high }: Ranged) => `${value.toFixed(3)}, ${low.toFixed(3)} to ${high.toFixed(3)}`;
const signed = ({ value, low, high }: Ranged, digits: number) => {
  const one = (of: number) => `${of < 0 ? "−" : "+"}${Math.abs(of).toFixed(digits)}`;
  return `${one(value)} (${one(low)} to ${one(high)})`;
};

/** Where the lists that are compared with come from. */
export const SOURCES = KEYWORD_LISTS.map(({ name, source }) => ({ name, source }));
