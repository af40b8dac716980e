// Checks the readers against real files: per file of wild/, how many traces, successes and problems there are and what
// the texts are, worked out here by a few lines that know that one file, then by the tool, which has to detect it all.
// The folder with the data is named by SG_MINE_DATA (default ../shared); without it the check fails.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { addDigest, readSources, recordDigest, recordsOf, tracesOf } from "../dist/traces/traces.js";

const folder = join(process.env.SG_MINE_DATA ?? "../shared", "data", "wild");
if (!existsSync(folder)) {
  console.error(`check-wild: no data in ${folder}; set SG_MINE_DATA to the folder that holds data/wild`);
  process.exit(2);
}

const lines = (name) =>
  readFileSync(join(folder, name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const json = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));

/** Per file: [text, success, what tells the problem] of every trace, and why these. */
const expected = {
  "checkpoint_outputs_step_500.jsonl": {
    why: "`output` is a transcript (system, user, assistant): the trace is its last turn; `500_correct` is the verdict at step 500, `gold_answer` is not an output",
    step: 500,
    read: (name) => lines(name).map((r) => [r.output.split("\nassistant\n").at(-1), r["500_correct"], r.problem]),
  },
  "gsm8k_model_solutions.jsonl": {
    why: "four models' `solution`s per question, each with its `is_correct`; `ground_truth` is the reference",
    read: (name) =>
      lines(name).flatMap((r) =>
        ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"].map((model) => [
          r[model].solution,
          r[model].is_correct,
          r.question,
        ]),
      ),
  },
  "lighteval_details.parquet": {
    why: "one text per row in `model_response.text`; `metric` has pass@k with k = 1, n = 1 as 0 or 1; `doc.choices` is the reference",
    read: async (name) => {
      const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, name)), compressors });
      return rows.map((r) => [r.model_response.text[0], Number(r.metric["pass@k:k=1&n=1"]) === 1, r.doc.query]);
    },
  },
  "livecodebench_eval_all.json": {
    why: "`output_list` runs parallel to `graded_list` (one of each here); `code_list` is cut out of the outputs",
    read: (name) => json(name).flatMap((r) => r.output_list.map((text, i) => [text, r.graded_list[i], r.question_id])),
  },
  "qwen25_math_harness.jsonl": {
    why: "`code` holds the outputs, `score` their verdicts; `solution` and `gt_cot` are references",
    read: (name) => lines(name).flatMap((r) => r.code.map((text, i) => [text, r.score[i], r.question])),
  },
  "skythought_responses.json": {
    why: "an object by problem; `responses` by temperature, each with `content` and `correctness`; `solution` is the reference",
    read: (name) =>
      Object.values(json(name)).flatMap((r) =>
        Object.values(r.responses).map((o) => [o.content, o.correctness, r.problem]),
      ),
  },
  "swe_agent.traj": {
    why: "one run; the trace is the agent's `response`s, not the observations; no field says whether the patch was right, so it takes --all",
    read: (name) => {
      const run = json(name);
      return [[run.trajectory.map((step) => step.response).join("\n\n"), undefined, run.history[1].content]];
    },
  },
  "tau2_simulations.json": {
    why: "the document's `simulations`; assistant turns with words in them; `reward_info.reward` is 0 or 1",
    read: (name) =>
      json(name).simulations.map((s) => [
        s.messages
          .filter((m) => m.role === "assistant" && m.content?.trim())
          .map((m) => m.content)
          .join("\n\n"),
        s.reward_info.reward === 1,
        s.task_id,
      ]),
  },
  "verl_dump_1.jsonl": {
    why: "`output` alone is the model's; `score` 0.0 is a failure; `input` is the prompt and tells the problem",
    step: 1,
    read: (name) => lines(name).map((r) => [r.output, r.score >= 0.5, r.input]),
  },
  "verl_rollouts_1.jsonl": {
    why: "as above; `acc` and `score` agree; `gts` is the reference",
    step: 1,
    read: (name) => lines(name).map((r) => [r.output, r.acc >= 0.5, r.input]),
  },
  "zeroeval_math.json": {
    why: "`output` is [text]; a text that is one fenced JSON object gives its `reasoning`, others stay whole; nothing grades the answers, so it takes --all",
    read: (name) =>
      json(name).map((r) => {
        const fenced = /^```json(.*)```$/s.exec(r.output[0].trim());
        return [fenced ? JSON.parse(fenced[1]).reasoning : r.output[0], undefined, r.problem];
      }),
  },
};

/** All traces of one file, with and without knowing the success. */
async function readWithTool(name, options) {
  const file = join(folder, name);
  const traces = [];
  const skipped = {};
  let digest = "";
  for await (const batch of readSources([file])) {
    for (const { value, error } of recordsOf(batch)) {
      if (error !== undefined) continue;
      digest = addDigest(digest, recordDigest(value));
      const found = tracesOf(value, options, batch);
      traces.push(...found.traces);
      for (const { reason } of found.skipped) skipped[reason] = (skipped[reason] ?? 0) + 1;
    }
  }
  return { traces, skipped, digest };
}

let failures = 0;
const fail = (name, message) => {
  failures++;
  console.log(`  FAILED ${name}: ${message}`);
};

for (const name of readdirSync(folder).sort()) {
  const expectation = expected[name];
  if (expectation === undefined) {
    fail(name, "no expectation is written down for it");
    continue;
  }
  const want = await expectation.read(name);
  const known = want.every(([, success]) => success !== undefined);
  const got = await readWithTool(name, { all: !known });
  const count = (list, verdict) => list.filter((success) => success === verdict).length;
  const wantSuccess = want.map(([, success]) => success);
  const problems = new Set(want.map(([, , problem]) => problem));
  console.log(
    `${name}: ${want.length} traces, ${problems.size} problems, ` +
      (known ? `${count(wantSuccess, true)} successes, ${count(wantSuccess, false)} failures` : "success unknown"),
  );
  console.log(`  ${expectation.why}`);
  const { fields } = got.traces[0] ?? { fields: {} };
  console.log(
    `  read: text from ${fields.text}, problem from ${fields.problem}, success from ${fields.success ?? "-"}`,
  );
  const words = want[0][0].split(/\s+/);
  console.log(`  first trace: ${words.slice(0, 6).join(" ")} … ${words.slice(-4).join(" ")}`);

  if (got.traces.length !== want.length) fail(name, `${got.traces.length} traces read`);
  want.forEach(([text, success], i) => {
    const trace = got.traces[i];
    if (trace === undefined) return;
    if (trace.text !== text) fail(name, `trace ${i + 1} has another text`);
    if (trace.success !== success) fail(name, `trace ${i + 1}: success ${trace.success}, expected ${success}`);
    if (trace.step !== expectation.step) fail(name, `trace ${i + 1}: step ${trace.step}`);
  });
  if (new Set(got.traces.map((trace) => trace.problem)).size !== problems.size) fail(name, "other problems");
  if (!known) {
    const strict = await readWithTool(name, {});
    if (strict.traces.length !== 0 || strict.skipped["unknown-success"] !== want.length) {
      fail(name, `without --all: ${JSON.stringify(strict.skipped)}`);
    }
  }
}
console.log(failures === 0 ? "check-wild: all as expected" : `check-wild: ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
