import type { Command } from "commander";
import type { Judge } from "../audit/judging/answers.js";
import type { PlacedAttempt, Survey } from "../audit/judging/failures.js";
import { printable } from "../errors.js";
import type { TraceOptions } from "../traces/trace.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";
import { createSay } from "./say.js";

interface Options extends TraceOptions {
  run?: flags.Runs;
  batch?: string;
  judge?: string;
  sheet?: string;
  answers?: string[];
  html?: string;
  rows: number;
  seed: number;
  format: "text" | "json";
  output?: string;
  strict?: boolean;
  maxExpansion: number;
  limit?: number;
  dryRun?: boolean;
  quiet?: boolean;
}

/** Traces of each type on the page. */
const SHOWN = 5;
/** Requests that a batch may have, by its format's own rule. */
const MOST_REQUESTS = 50_000;
/** Faults named of each kind. */
const NAMED = 5;

/** `sg-mine errors FILE...` */
export function errorsCommand(program: Command): void {
  const command = program
    .command("errors")
    .summary("why attempts fail: planning against execution, judged by a model or by people")
    .description(
      "Why failed attempts fail, by the type of their first error: planning and strategy, or execution. --batch writes " +
        "requests for any batch service that takes OpenAI's format, --sheet a sheet for people; nothing is sent. " +
        "--answers reads what comes back, checks it, and reports shares per run and step, what training reduced, and how " +
        "far several judges agree.",
    )
    .addArgument(flags.files("attempts, right and wrong ones"))
    .addOption(flags.run())
    .option("--batch <file>", "write a request per failed attempt, as JSON lines")
    .option("--judge <name>", "model that the requests name; needs --batch")
    .option("--sheet <file>", "write the same as CSV, with a column for the type")
    .option("--answers <files...>", "results of the batch service, or filled sheets: one per judge")
    .option(
      "--html <file>",
      "also write a page with some attempts of each type, their planning marked; needs --answers",
    )
    .option(
      "--rows <count>",
      "failed attempts to judge at most, as many of each step",
      flags.whole(1, MOST_REQUESTS),
      500,
    )
    .addOption(flags.seed("the choice of attempts and the intervals", 1))
    .addOption(flags.format(["text", "json"], "text, or all of it as JSON"));
  flags.addFieldOptions(command).addOption(flags.stepField()).addOption(flags.output());
  flags
    .addReadingOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  sg-mine errors rollouts/ --batch requests.jsonl --judge gpt-5-mini
  sg-mine errors rollouts/ --answers results.jsonl
  sg-mine errors rollouts/ --answers judge1.jsonl judge2.jsonl --html errors.html
  sg-mine errors rollouts/ --sheet sheet.csv --rows 50`,
    )
    .action(run);
}

async function run(files: string[], options: Options, command: Command): Promise<void> {
  const { batch, judge, sheet, answers, rows, seed } = options;
  flags.requireWith(command, "--batch", "--judge");
  flags.requireWith(command, "--answers", "--html");
  if (!batch && !sheet && !answers && !options.dryRun)
    command.error("error: what for? --batch or --sheet writes what is to be judged, --answers reads the verdicts");
  if (answers && (batch || sheet))
    command.error("error: --answers reads verdicts; give --batch or --sheet in a run of their own");
  if (batch && judge === undefined) command.error("error: --batch needs --judge, the model that is to answer");
  if (options.run && files.length > 0)
    command.error(`error: with --run every file belongs to a run; give ${files[0]} as --run NAME=${files[0]}`);
  const claims = { "-o": options.output, "--batch": batch, "--sheet": sheet, "--html": options.html };
  const { spoolStandardInput } = await import("./spool.js");
  const inputs: flags.Runs = new Map();
  for (const [name, named] of options.run ?? [["run", files]])
    inputs.set(
      name,
      await spoolStandardInput(
        await claimFiles(command, { files: named, reads: answers ?? [], writes: claims, quiet: options.quiet }),
      ),
    );
  if (options.dryRun) return (await import("./dryRun.js")).dryRun([...inputs.values()].flat(), options);

  const [
    { readRecords },
    { problemTextOf },
    { surveyFailures, collectFailures },
    { createSkips },
    { writeOutput },
    { NothingError },
    { createProgress },
    { sizeOfSources },
  ] = await Promise.all([
    import("../trainers/records.js"),
    import("../traces/shapes/problemText.js"),
    import("../audit/judging/failures.js"),
    import("./skips.js"),
    import("./output.js"),
    import("../errors.js"),
    import("./progress.js"),
    import("../traces/source.js"),
  ]);
  const say = createSay(options.quiet);
  const size = await sizeOfSources([...inputs.values()].flat());
  const skips = createSkips(options.strict ?? false, say);
  const seen = new Map<string, string>();
  async function* attempts(again = false): AsyncGenerator<PlacedAttempt> {
    const progress = createProgress(options.quiet ?? false, { [again ? "collecting" : "reading"]: 0 });
    const reading = { ...options, seen, onBytes: (read: number) => progress.bytes(read, size) };
    try {
      for (const [name, named] of inputs)
        for await (const { record, traces, place } of readRecords(named, reading, again ? () => {} : skips.add)) {
          if (!again) skips.taken(traces);
          const problemText = again ? problemTextOf(record, options.problemField) : undefined;
          for (const trace of traces) yield { run: name, trace, place, problemText };
        }
    } finally {
      progress.end();
    }
  }
  const survey = await surveyFailures(attempts(), rows, seed);
  skips.requireSome(survey.cells.length + survey.ungraded);
  skips.summarise();
  if (survey.failed.size === 0)
    throw new NothingError(
      survey.cells.length === 0
        ? `none of the ${survey.ungraded} attempts says whether it succeeded; name the field with --success-field`
        : "no attempt failed: there is nothing to judge",
    );
  if (answers) return report(survey, answers, attempts, options);

  const failures = await collectFailures(attempts(true), survey.chosen);
  if (batch !== undefined) {
    const { requestOf, isCut } = await import("../audit/judging/requests.js");
    await writeOutput(failures.map((one) => `${JSON.stringify(requestOf(one, judge!))}\n`).join(""), batch);
    const cut = failures.filter(isCut).length;
    if (cut > 0) say(`${cut} of the requests hold texts whose middle was left out for their length`);
  }
  if (sheet !== undefined) {
    const { writeFailureSheet } = await import("../audit/judging/sheet.js");
    await writeOutput(await writeFailureSheet(failures), sheet);
  }
  const nameless = failures.filter(({ problemText }) => problemText === undefined).length;
  if (nameless > 0) say(`${nameless} of them without the problem's text, which the records do not hold`);
  const alone = failures.filter(({ right }) => right === undefined).length;
  say(
    `${failures.length} of ${survey.failed.size} failed attempts to be judged, ${failures.length - alone} beside a right one; nothing was sent`,
  );
}

async function report(
  survey: Survey,
  answers: readonly string[],
  attempts: (again: boolean) => AsyncGenerator<PlacedAttempt>,
  options: Options,
): Promise<void> {
  const [{ readJudge, FAULTS }, { errorReport }, { errorText }, { InputError }, { writeOutput }] = await Promise.all([
    import("../audit/judging/answers.js"),
    import("../audit/judging/errorReport.js"),
    import("../report/errorText.js"),
    import("../errors.js"),
    import("./output.js"),
  ]);
  const say = createSay(options.quiet);
  const judges: Judge[] = [];
  for (const path of answers) {
    const judge = await readJudge(path, (id) => survey.failed.has(id));
    for (const fault of FAULTS) {
      const of = judge.faults.filter((one) => one.fault === fault);
      for (const { place, why } of of.slice(0, NAMED)) say(`${place}: ${fault}: ${why}`);
      if (of.length > NAMED) say(`${path}: ${of.length} ${fault} in all`);
    }
    if (options.strict && judge.faults.length > 0) {
      const [{ place, fault, why }] = judge.faults;
      throw new InputError(`${place}: ${fault}: ${why}; without --strict such answers are counted`);
    }
    judges.push(judge);
  }
  if (judges.every(({ verdicts }) => verdicts.size === 0))
    throw new InputError(
      `${answers.join(", ")}: no verdict on any of the ${survey.failed.size} failed attempts; are they of other files, or another --run?`,
    );
  const result = errorReport(survey, judges, options.seed);
  await writeOutput(
    options.format === "json" ? `${JSON.stringify(result, null, 2)}\n` : errorText(result),
    options.output,
  );
  if (options.html !== undefined) await writePage(result, survey, attempts, options.html);
  for (const { path, missing } of result.judges)
    if (missing > 0)
      say(
        `${path}: no answer for ${missing} of the ${result.asked} attempts asked for (--rows ${options.rows}, --seed ${options.seed})`,
      );
  const faults = judges.reduce((sum, judge) => sum + judge.faults.length, 0);
  const missing = result.judges.reduce((sum, one) => sum + one.missing, 0);
  if (faults + missing === 0) return;
  process.stderr.write(
    printable(
      `sg-mine: ${faults} answers could not be used and ${missing} are missing; the report is of the rest`,
    ).concat("\n"),
  );
  process.exitCode = 1;
}

/** A page with the first attempts of each type, in the order of the steps. */
async function writePage(
  result: import("../audit/judging/errorReport.js").ErrorReport,
  survey: Survey,
  attempts: (again: boolean) => AsyncGenerator<PlacedAttempt>,
  file: string,
): Promise<void> {
  const [
    { errorPage },
    { collectFailures },
    { ERROR_TYPES },
    { createContextMarker },
    { createTagger },
    { readModel },
    { spansOf },
    { writeOutput },
  ] = await Promise.all([
    import("../report/errorPage.js"),
    import("../audit/judging/failures.js"),
    import("../audit/judging/guide.js"),
    import("../tagger/marks.js"),
    import("../tagger/tagger.js"),
    import("../tagger/model.js"),
    import("../trainers/tag.js"),
    import("./output.js"),
  ]);
  const picked = ERROR_TYPES.flatMap((type) => result.verdicts.filter(({ by }) => by[0].type === type).slice(0, SHOWN));
  const chosen = new Map(picked.map(({ id }) => [id, survey.failed.get(id)!]));
  const marker = createContextMarker(createTagger(await readModel()));
  const shown = (await collectFailures(attempts(true), chosen)).map((failure) => {
    const { by } = picked.find(({ id }) => id === failure.id)!;
    return {
      ...failure,
      type: by[0].type,
      said: by,
      spans: spansOf(failure.text, marker.mark(failure.text).marks, []),
    };
  });
  await writeOutput(errorPage(result, shown), file);
}
