import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "errors-"));
const at = (name: string) => join(folder, name);
const errors = (...args: string[]) =>
  spawnSync("node", [join(root, "bin/sg-mine.js"), "errors", ...args], {
    encoding: "utf8",
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1" },
  });

writeFileSync(
  at("run.jsonl"),
  Array.from({ length: 48 }, (_, i) =>
    JSON.stringify({
      problem_id: `pond ${i % 5}`,
      question: `How many ducks are on pond ${i % 5}?`,
      trace: `Wait, let me check that again. On <b>pond</b> ${i % 5} there are ${i} ducks.`,
      correct: i % 3 === 0,
      step: 10 * Math.floor(i / 12),
    }),
  ).join("\n"),
);
const answer = (id: string, type: string) =>
  JSON.stringify({
    custom_id: id,
    response: {
      status_code: 200,
      body: {
        choices: [
          {
            finish_reason: "stop",
            message: { content: JSON.stringify({ type, quote: "ducks", reason: "No <i>swans</i>." }) },
          },
        ],
      },
    },
    error: null,
  });

describe("sg-mine errors", () => {
  it("writes requests and a sheet, and reads both back", () => {
    const written = errors("run.jsonl", "--batch", "requests.jsonl", "--judge", "m", "--sheet", "sheet.csv");
    expect([written.status, written.stdout]).toEqual([0, ""]);
    expect(written.stderr).toContain("32 of 32 failed attempts to be judged, 32 beside a right one; nothing was sent");
    const requests = readFileSync(at("requests.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(requests).toHaveLength(32);
    expect(requests[0].body.messages[1].content).toContain("How many ducks are on pond");
    writeFileSync(
      at("results.jsonl"),
      requests.map(({ custom_id }, i) => answer(custom_id, i % 4 === 0 ? "planning" : "execution")).join("\n"),
    );
    const { status, stdout, stderr } = errors("run.jsonl", "--answers", "results.jsonl", "--html", "errors.html", "-q");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("32 distinct failed ones; asked for 32, judged 32");
    expect(stdout).toMatch(/run +all +48 +32 +32 +25\.0 %/);
    const page = readFileSync(at("errors.html"), "utf8");
    expect(page).toContain("First error: planning");
    expect(page).toContain('<mark class="sg-backtracing"');
    expect(page).toContain("No &lt;i&gt;swans&lt;/i&gt;.");
    expect(page).not.toContain("<b>pond</b>");

    // people, who fill in all but two rows
    const [head, ...rows] = readFileSync(at("sheet.csv"), "utf8").trimEnd().split("\n");
    expect(head).toBe("id,run,step,problem,attempt,right,place,type,quote,reason");
    writeFileSync(
      at("filled.csv"),
      `${[head, ...rows.map((row, i) => row.replace(/,,,$/, i < 2 ? ",,," : `,${i % 4 === 0 ? "planning" : "Execution"},,`))].join("\n")}\n`,
    );
    const people = errors("run.jsonl", "--answers", "results.jsonl", "filled.csv", "--format", "json");
    expect(people.status).toBe(1);
    expect(people.stderr).toContain("filled.csv: no answer for 2 of the 32 attempts asked for");
    const report = JSON.parse(people.stdout);
    expect(report).toMatchObject({
      format: "sg-errors/1",
      judged: 32,
      agreement: [{ both: 30, agreement: 1, kappa: 1, kappaPlanning: 1 }],
      judges: [{ missing: 0 }, { missing: 2, verdicts: 30 }],
    });
  });

  it("names what it cannot use, and fails with 1, or with 3 where nothing is of use", () => {
    expect(errors("run.jsonl", "--batch", "few.jsonl", "--judge", "m", "--rows", "4", "-q").status).toBe(0);
    const ids = readFileSync(at("few.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).custom_id);
    writeFileSync(
      at("poor.jsonl"),
      [answer(ids[0], "planning"), answer("x", "planning"), "{", answer(ids[1], "luck")].join("\n"),
    );
    const poor = errors("run.jsonl", "--answers", "poor.jsonl", "--rows", "4");
    expect(poor.status).toBe(1);
    expect(poor.stderr).toContain('poor.jsonl:2: unknown: "x" is no failed attempt of these files');
    expect(poor.stderr).toContain("poor.jsonl:3: malformed: not JSON");
    expect(poor.stderr).toContain('poor.jsonl:4: no-verdict: type "luck"');
    expect(poor.stderr).toContain("sg-mine: 3 answers could not be used and 2 are missing; the report is of the rest");
    expect(poor.stdout).toContain("poor.jsonl: 1 verdicts, 2 missing, 1 malformed, 1 unknown, 1 no-verdict");
    expect(errors("run.jsonl", "--answers", "poor.jsonl", "--strict", "-q")).toMatchObject({ status: 3, stdout: "" });
    writeFileSync(at("none.jsonl"), answer("x", "planning"));
    expect(errors("run.jsonl", "--answers", "none.jsonl", "-q")).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("no verdict on any of the 32 failed attempts"),
    });
    expect(errors("run.jsonl", "--answers", "missing.jsonl").status).toBe(3);
  });

  it("measures runs side by side, whose attempts are their own", () => {
    const runs = ["--run", "a=run.jsonl", "--run", "b=run.jsonl"];
    expect(errors(...runs, "--batch", "both.jsonl", "--judge", "m", "-q").status).toBe(0);
    const ids = readFileSync(at("both.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).custom_id);
    expect(new Set(ids).size).toBe(64);
    writeFileSync(
      at("both-results.jsonl"),
      ids.map((id, i) => answer(id, i < 32 ? "planning" : "execution")).join("\n"),
    );
    const { runs: found } = JSON.parse(
      errors(...runs, "--answers", "both-results.jsonl", "--format", "json", "-q").stdout,
    );
    expect(
      found.map(({ run, shares }: { run: string; shares: { planning: { value: number } } }) => [
        run,
        shares.planning.value,
      ]),
    ).toEqual([
      ["a", 1],
      ["b", 0],
    ]);
  });

  it("says what is missing on the command line and in the input", () => {
    expect(errors("run.jsonl")).toMatchObject({ status: 2, stderr: expect.stringContaining("--batch or --sheet") });
    expect(errors("run.jsonl", "--batch", "x.jsonl").stderr).toContain("--batch needs --judge");
    expect(errors("run.jsonl", "--sheet", "s.csv", "--answers", "r.jsonl").status).toBe(2);
    expect(errors("run.jsonl", "--html", "x.html", "--sheet", "s.csv").status).toBe(2);
    writeFileSync(at("right.jsonl"), JSON.stringify({ problem_id: "a", trace: "Two ducks.", correct: true }));
    expect(errors("right.jsonl", "--sheet", "s.csv")).toMatchObject({
      status: 4,
      stderr: expect.stringContaining("no attempt failed"),
    });
    writeFileSync(at("mute.jsonl"), JSON.stringify({ problem_id: "a", trace: "Two ducks." }));
    expect(errors("mute.jsonl", "--sheet", "s.csv").stderr).toContain("--success-field");
  });
});
