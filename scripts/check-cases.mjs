// Checks the readers against files that once were read wrongly: per file how many records, traces, problems and successes
// there are, and what the texts are. The folder is named by SG_MINE_CASES (default ../shared/cases/reading).
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readSources, recordsOf, tracesOf } from "../dist/traces/traces.js";

const folder = process.env.SG_MINE_CASES ?? "../shared/cases/reading";
if (!existsSync(folder)) {
  console.error(`check-cases: no folder ${folder}; set SG_MINE_CASES to the one that holds the cases`);
  process.exitCode = 2;
} else await check();

/**
 * What each file gives. `success` in the order of the traces, undefined where nobody knows; `texts` stand in the trace of
 * that number; `never` in none.
 */
function expectations() {
  const plan = "Let me set this up. Wait, I should check the sign. It is 4.";
  const guess = "I guess it is 9.";
  const no = undefined;
  return {
    "01-openhands-output.jsonl": {
      problems: 2,
      success: [no, no],
      exact: Array(2).fill("Let me look at the layout first.\n\nWait, the bug is in the parser, so I patch that."),
    },
    "02-inspect-letter-score.json": [
      { problems: 3, success: [true, false, true] },
      { options: { successField: "scores.match.value" }, problems: 3, success: [true, false, true] },
    ],
    "03-metrics-one-number.jsonl": { problems: 3, success: [no, no, no] },
    "04-result-is-an-answer.jsonl": { problems: 3, success: [no, no, no] },
    "06-reasoning-blocks.jsonl": { problems: 3, success: [true, true, true], exact: Array(3).fill(`${plan}\n\n4`) },
    "07-answer-beats-unknown-name.jsonl": { problems: 2, success: [true, false], exact: [plan, guess] },
    "08-extracted-beats-full.jsonl": {
      problems: 7,
      success: [true, false, true, true, true, true, true, true],
      texts: [plan, guess, plan, plan, plan, plan, plan, plan],
    },
    "09-nemo-full-generation.jsonl": { problems: 1, success: [true], texts: [plan] },
    "11-gold-solution.jsonl": { problems: 2, success: [true, false], exact: [plan, guess] },
    "12-context-turns.jsonl": {
      problems: 4,
      success: [true, false, true, false, true, true],
      exact: [plan, guess, plan, guess, plan, plan],
    },
    "14-csv-python-messages.csv": { problems: 2, success: [true, false], exact: [plan, guess] },
    "14b-csv-lists.csv": { problems: 2, success: [true, false, true, false], exact: [plan, guess, plan, guess] },
    "15-steps-without-action.jsonl": [
      { problems: 2, success: [true, true], exact: ["Let me look.\n\nWait, that is wrong.", "I add.\n\nIt is 7."] },
      { options: { textField: "steps" }, problems: 1, success: [true], exact: ["I add.\n\nIt is 7."] },
    ],
    "16-promptfoo-rows.jsonl": { problems: 2, success: [true, false], exact: [plan, guess] },
    "18-nested-input.jsonl": { problems: 1, success: [true, false, true], exact: [plan, guess, plan] },
    "19-lmeval-repeats-filters.jsonl": { problems: 2, success: [no, no, no, false, true] },
    "20-score-out-of-ten.jsonl": { options: { all: false }, success: [true], reasons: { "unknown-scale": 2 } },
    "21-templates-not-cut.jsonl": {
      problems: 4,
      success: [true, true, true, true],
      texts: Array(4).fill(plan),
      never: "know",
    },
    "23-file-is-one-conversation.json": { problems: 1, success: [no], exact: [`${plan}\n\nDone.`] },
    "24-nested-documents.json": { problems: 2, success: [true, false], exact: [plan, guess] },
    "24b-opencompass-predictions.json": { problems: 2, success: [no, no], exact: [plan, guess] },
    "24d-reasoning-gym.json": { problems: 1, success: [true], exact: [plan] },
    "24e-helm-scenario-state.json": { problems: 1, success: [no], exact: [plan] },
    "25-unread-producers.jsonl": {
      problems: 5,
      success: [no, true, true, true, no, no, true, no, true, false, true, false, true],
      texts: Array.from({ length: 13 }, (_, i) => (i === 9 || i === 11 ? guess : plan)),
    },
    "26-inspect-log.eval": { success: [], reasons: { "no-trace": 1 } },
    "27-nan.jsonl": { problems: 3, success: [true, no, true], exact: [plan, guess, guess] },
    "29-no-summary-on-exit-4.jsonl": { success: Array(30).fill(true), texts: [plan] },
    "30-list-of-lists.json": { success: [], reasons: { malformed: 2 } },
    "31-claude-code-events.jsonl": {
      problems: 1,
      success: [no],
      exact: ["The fence is broken. Let me look at the boards first.\n\nLet me check the boards."],
    },
    "32-record-of-a-user.jsonl": {
      problems: 1,
      success: [true],
      exact: ["Let me count the geese."],
      reasons: { "not-model": 3 },
    },
    "33-opencompass-origin-prompt-list.json": { problems: 3, success: [no, no, no], never: "Which" },
    "34-correct-is-a-count.json": [
      { problems: 2, success: [false, false, false] },
      { options: { textField: "incorrect_attempts" }, success: [false, false, false] },
      { options: { textField: "incorrect_attempts.0.prediction" }, success: [false, false] },
    ],
    "35-dotted-name-in-lists.jsonl": {
      options: { textField: "iterations.text_content", problemField: "hand_id" },
      problems: 3,
      success: [no, no, no, no],
      exact: ["Let me look at the pot first.", "So I fold.", "Let me think about the river.", "Let me raise."],
    },
    "36-codex.log": { error: /text log/ },
    "37-langchain-intermediate-steps.jsonl": {
      problems: 1,
      success: [no],
      exact: [
        "I need to find the hose first.\n\nThe hose ran. Now I can finish.\nFinal Answer: The plants are watered.",
      ],
    },
  };
}

async function read(file, options) {
  const out = { traces: [], reasons: {}, error: "" };
  const reason = (name) => {
    out.reasons[name] = (out.reasons[name] ?? 0) + 1;
  };
  try {
    for await (const batch of readSources([file], options)) {
      for (const { value, error } of recordsOf(batch)) {
        if (error !== undefined) {
          reason("malformed");
          continue;
        }
        const found = tracesOf(value, { all: true, ...options }, batch);
        out.traces.push(...found.traces);
        for (const skipped of found.skipped) reason(skipped.reason);
      }
    }
  } catch (error) {
    if (error.exitCode === undefined) throw error;
    out.error = error.message;
  }
  return out;
}

async function check() {
  const cases = expectations();
  let failures = 0;
  for (const name of readdirSync(folder).sort()) {
    if (/^README|\.expected\.txt$/.test(name)) continue;
    const found = [];
    for (const want of [cases[name] ?? []].flat()) {
      const got = await read(join(folder, name), want.options ?? {});
      const wrong = faults(want, got);
      found.push(wrong.length === 0 ? "as expected" : wrong.join("; "));
      if (wrong.length > 0) failures++;
    }
    if (found.length === 0) failures++;
    console.log(`${name}: ${found.length === 0 ? "FAILED: no expectation is written down for it" : found.join(" | ")}`);
  }
  console.log(failures === 0 ? "check-cases: all as expected" : `check-cases: ${failures} failed`);
  process.exitCode = failures === 0 ? 0 : 1;
}

function faults({ problems, success, exact, texts, never, error, reasons }, got) {
  const wrong = [];
  if (error !== undefined) return error.test(got.error) ? [] : [`FAILED: the error is "${got.error}"`];
  if (got.error !== "") return [`FAILED: ${got.error}`];
  const told = got.traces.map((trace) => trace.success);
  if (JSON.stringify(told) !== JSON.stringify(success))
    wrong.push(`success ${JSON.stringify(told)} of ${JSON.stringify(success)}`);
  const counted = new Set(got.traces.map((trace) => trace.problem)).size;
  if (problems !== undefined && counted !== problems) wrong.push(`${counted} problems of ${problems}`);
  exact?.forEach((text, i) => {
    if (got.traces[i]?.text.trim() !== text) wrong.push(`text ${i + 1} is ${JSON.stringify(got.traces[i]?.text)}`);
  });
  texts?.forEach((text, i) => {
    if (!got.traces[i]?.text.includes(text)) wrong.push(`text ${i + 1} is ${JSON.stringify(got.traces[i]?.text)}`);
  });
  if (never !== undefined && got.traces.some((trace) => trace.text.includes(never)))
    wrong.push(`"${never}" is in a text`);
  for (const [reason, count] of Object.entries(reasons ?? {}))
    if (got.reasons[reason] !== count) wrong.push(`${got.reasons[reason] ?? 0} ${reason} of ${count}`);
  return wrong.map((what) => `FAILED: ${what}`);
}
