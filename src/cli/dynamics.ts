import type { Command } from "commander";
import type { Way } from "../tagger/marks.js";
import type { TraceOptions } from "../traces/trace.js";
import { tokenizerOf } from "./hub.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";
import { createSay } from "./say.js";

interface Options extends TraceOptions {
  by: Way;
  run?: flags.Runs;
  format: "json" | "csv";
  html?: string;
  rollouts?: string;
  tokenizer?: string;
  cache?: string;
  seed: number;
  output?: string;
  strict?: boolean;
  maxExpansion: number;
  limit?: number;
  dryRun?: boolean;
  quiet?: boolean;
}

/** `sg-mine dynamics LEXICON FILE...` */
export function dynamicsCommand(program: Command): void {
  const command = program
    .command("dynamics")
    .summary("measure planning per training step, as JSON and as an HTML report")
    .description(
      "Measures per training step how the lexicon's strategic grams are used: semantic and conditional entropy, " +
        "planning ratio, functions, accuracy and length, and with numbers per token also their entropy, perplexity " +
        "and fork shares; then which grams rise and fall, which strategies are new, and whether there are phases.",
    )
    .addArgument(flags.lexicon())
    .addArgument(flags.files("traces with a training step, in the records or in names such as step_300.jsonl"))
    .addOption(flags.run())
    .addOption(flags.by())
    .addOption(flags.format(["json", "csv"], "everything, or a line of flat numbers per run and step"))
    .option("--html <file>", "also write a report to look at")
    .option("--rollouts <file>", "also write a CSV line of flat numbers per rollout")
    .addOption(flags.tokenizer("what the records' token ids spell (tokenizer.json): tells planning tokens apart"))
    .addOption(flags.cache())
    .addOption(flags.tokenField());
  flags
    .addFieldOptions(command)
    .addOption(flags.stepField())
    .addOption(flags.seed("the resampling", 1))
    .addOption(flags.output());
  flags.addReadingOptions(command).action(run);
}

async function run(lexiconFile: string, files: string[], options: Options, command: Command): Promise<void> {
  if (options.run && files.length > 0)
    command.error(`error: with --run every file belongs to a run; give ${files[0]} as --run NAME=${files[0]}`);
  const claim = (named: string[]) =>
    claimFiles(command, {
      files: named,
      reads: [lexiconFile],
      writes: { "-o": options.output, "--html": options.html, "--rollouts": options.rollouts },
      marked: true,
      quiet: options.quiet,
    });
  const runs: flags.Runs = new Map();
  for (const [name, named] of options.run ?? [["run", files]]) runs.set(name, await claim(named));
  if (options.dryRun) return (await import("./dryRun.js")).dryRun([...runs.values()].flat(), options);
  const [
    { readLexicon },
    { readModel },
    { createMeasurer },
    { readRecords },
    { createSkips },
    { isPageAlone, writeOutput },
    { NothingError },
    { createProgress },
    { sizeOfSources },
  ] = await Promise.all([
    import("../lexicon/read.js"),
    import("../tagger/model.js"),
    import("../dynamics/dynamics.js"),
    import("../trainers/records.js"),
    import("./skips.js"),
    import("./output.js"),
    import("../errors.js"),
    import("./progress.js"),
    import("../traces/source.js"),
  ]);
  const say = createSay(options.quiet);
  const { entries, lexicon } = await readLexicon(lexiconFile);
  const tokenizer = await tokenizerOf(options, say);
  const measurer = createMeasurer({ entries, clusters: lexicon?.clusters }, [...runs.keys()], {
    seed: options.seed,
    decode: tokenizer?.decode,
    tagger: options.by === "context" ? await readModel() : undefined,
  });
  const skips = createSkips(options.strict ?? false, say);
  const onSkip = (place: string, why: string, detail?: string) => {
    // one reason, wherever in its line the JSON breaks off
    measurer.skip(why.replace(/ \(at position \d+\)/, ""));
    skips.add(place, why, detail);
  };
  let used = 0;
  let measured: ReturnType<typeof measurer.finish>;
  const size = await sizeOfSources([...runs.values()].flat());
  const progress = createProgress(options.quiet ?? false, { reading: 0, resampling: 0.9 });
  const reading = { ...options, stdin: process.stdin, onBytes: (read: number) => progress.bytes(read, size) };
  try {
    for (const [name, inputs] of runs)
      for await (const of of readRecords(inputs, reading, onSkip)) {
        const { record, traces } = of;
        skips.requireScale(of);
        used += traces.length;
        skips.taken(traces);
        measurer.add(name, record, traces);
      }
    skips.requireSome(used);
    progress.stage("resampling");
    measured = measurer.finish();
  } finally {
    progress.end();
  }
  skips.summarise();

  const { dynamics, examples, rollouts } = measured;
  for (const { name, steps, traces, problems, unordered, drift } of dynamics.runs) {
    const apart = unordered.reduce((sum, one) => sum + one.traces, 0);
    const labels = unordered.slice(0, 3).map(({ step }) => (step === null ? "none" : JSON.stringify(step)));
    const left =
      apart > 0
        ? `; ${apart} traces left out, whose step is no number (${labels.join(", ")}${unordered.length > 3 ? ", …" : ""})`
        : "";
    if (steps.length === 0)
      throw new NothingError(
        `${name}: no trace has a numeric training step${left}; name the field with --step-field, ` +
          "or name the files by their step, as step_300.jsonl",
      );
    say(`${name}: ${steps.length} steps, ${traces} traces of ${problems} problems${left}`);
    if (drift?.fall) say(`${name}: ${drift.statement}`);
  }
  if (isPageAlone(options)) say("the measurements: -o FILE, or a pipe");
  else if (options.format === "csv") {
    const [{ columnsOf, stepRows }, { csvLines }] = await Promise.all([
      import("../dynamics/flat.js"),
      import("./csvLines.js"),
    ]);
    const rows = stepRows(dynamics);
    await writeOutput(csvLines(rows, columnsOf(rows)), options.output);
  } else await writeOutput(`${JSON.stringify(dynamics, null, 2)}\n`, options.output);
  if (options.rollouts !== undefined) {
    const { csvLines } = await import("./csvLines.js");
    await writeOutput(csvLines(rollouts()), options.rollouts);
    say(`rollouts: ${options.rollouts}`);
  }
  if (options.html !== undefined) {
    const { dynamicsReport } = await import("../report/dynamics/page.js");
    await writeOutput(dynamicsReport(dynamics, examples), options.html);
    say(`report: ${options.html}`);
  }
}
