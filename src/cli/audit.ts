import type { Command } from "commander";
import type { Audit } from "../audit/audit.js";
import type { Attempt } from "../audit/success/attempts.js";
import type { TraceOptions } from "../traces/trace.js";
import { hubOf } from "./hub.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";
import { createProgress } from "./progress.js";
import { createSay } from "./say.js";

interface Options extends TraceOptions {
  resamples?: number;
  success?: boolean;
  within?: string;
  strict?: boolean;
  seed: number;
  prior?: string;
  model?: string;
  cache?: string;
  placebo?: string;
  sheet?: string;
  rows: number;
  labels?: string[];
  failBelow?: number;
  format: "text" | "json";
  threads: number;
  maxExpansion: number;
  limit?: number;
  dryRun?: boolean;
  output?: string;
  quiet?: boolean;
}

/** Resamples where nothing is said: of mining, which takes a second each, and of what is compared. */
const RESAMPLES = 100;
const DRAWS = 1000;
/** Of the traces that a lexicon was mined from it says itself what was taken; --success takes any. */
const WITH_SUCCESS = [
  ...["--within", "--text-field", "--problem-field", "--success-field", "--success-threshold", "--step-field"],
  "--strict",
];

/** `sg-mine audit LEXICON FILE...` */
export function auditCommand(program: Command): void {
  program
    .command("audit")
    .summary("stability, controls, people's labels, and what planning has to do with success")
    .description(
      "Measures how far a lexicon can be trusted, on the traces that it was mined from: how often each entry comes back " +
        "from resampled problems, what other options would have given, what it marks in problems it was not chosen from, " +
        "what dropping 30 % of it changes, and a placebo of random grams of the same lengths and frequencies. With " +
        "--sheet it draws a sheet for people to label instead, with --labels it reads labelled sheets. With --success it " +
        "compares right and wrong attempts at the same problems, of any traces: what their planning has to do with it.",
    )
    .argument("<lexicon>", "lexicon file; for --sheet, --labels and --success a list of grams will do")
    .addArgument(flags.files("the traces that it was mined from; for --success any with their success"))
    .option("--resamples <count>", `resamples of the problems (${RESAMPLES}; with --success ${DRAWS})`, flags.whole(1))
    .addOption(flags.seed("everything drawn", 42))
    .addOption(flags.prior(flags.PRIOR_AGAIN))
    .option("--model <dir|name>", "another sentence encoder for the table of other options")
    .addOption(flags.cache("vectors and downloads"))
    .option("--placebo <file>", "write the placebo, a JSON array of grams that every command reads as a lexicon")
    .option("--sheet <file>", "draw a sample of entries in context as CSV")
    .option("--rows <count>", "rows of the sheet", flags.whole(1), 200)
    .option("--labels <files...>", "labelled sheets, one per annotator: precision, and Cohen's kappa of each pair")
    .option("--success", "compare right and wrong attempts at the same problems instead")
    .option("--within <field>", "compare only attempts that agree in this field too, such as model; needs --success")
    .option(
      "--fail-below <share>",
      "exit with 1 when stability (with --labels: precision, with --success: planning's AUC) is below",
      flags.share,
    )
    .addOption(flags.format(["text", "json"], "text, or all of it as JSON"))
    .addOption(flags.textField())
    .addOption(flags.problemField())
    .addOption(flags.successField())
    .addOption(flags.successThreshold())
    .addOption(flags.stepField())
    .addOption(flags.threads())
    .addOption(flags.strict())
    .addOption(flags.maxExpansion())
    .addOption(flags.limit())
    .addOption(flags.dryRun())
    .addOption(flags.output())
    .addOption(flags.quiet())
    .addHelpText(
      "after",
      `
Examples:
  sg-mine audit grams.json traces.jsonl.gz
  sg-mine audit --fail-below 0.7 --placebo placebo.json grams.json traces.jsonl.gz
  sg-mine audit --sheet sheet.csv --rows 300 grams.json traces.jsonl.gz
  sg-mine audit --labels ann.csv bob.csv -- grams.json
  sg-mine audit --success grams.json rollouts/
  sg-mine audit --success --within model grams.json traces.jsonl.gz`,
    )
    .action(run);
}

/** Share of the time at which a stage begins, roughly, on a corpus of a hundred megabytes. */
const STAGES = { counting: 0, controls: 0.3, tagging: 0.5, clustering: 0.55, resampling: 0.7, "other options": 0.85 };
const SUCCESS_STAGES = { counting: 0, measuring: 0.3, comparing: 0.8 };

async function run(lexiconFile: string, files: string[], options: Options, command: Command): Promise<void> {
  flags.requireWith(command, "--success", ...WITH_SUCCESS);
  if (options.success && (options.labels || options.sheet || options.placebo || options.model || options.prior))
    command.error(
      "error: --success compares attempts; give --sheet, --labels, --placebo, --prior or --model in a run without it",
    );
  if (options.labels && (options.sheet || options.placebo))
    command.error("error: --labels reads sheets; give --sheet or --placebo in a run of their own");
  if (options.labels) {
    await claimFiles(command, { reads: [lexiconFile, ...options.labels], writes: { "-o": options.output } });
    return precision(lexiconFile, options);
  }
  const claimed = await claimFiles(command, {
    files,
    reads: [lexiconFile, options.prior],
    writes: { "-o": options.output, "--sheet": options.sheet, "--placebo": options.placebo },
    quiet: options.quiet,
  });
  const { spoolStandardInput } = await import("./spool.js");
  if (options.success) return success(lexiconFile, claimed, options);
  if (options.sheet !== undefined) return draw(lexiconFile, claimed, options.sheet, options);

  const [
    { readFullLexicon },
    { audit },
    { placedTraces },
    { optionsOf },
    { openEncoder },
    { readModel },
    { readSources, sizeOfSources },
    write,
    { writeOutput },
    { auditText },
    { priorAgain },
  ] = await Promise.all([
    import("../lexicon/read.js"),
    import("../audit/audit.js"),
    import("../audit/examples.js"),
    import("../provenance.js"),
    import("../encoder/encoder.js"),
    import("../tagger/model.js"),
    import("../traces/source.js"),
    import("../lexicon/write.js"),
    import("./output.js"),
    import("../report/auditText.js"),
    import("./prior.js"),
  ]);
  const lexicon = await readFullLexicon(lexiconFile);
  const prior = await priorAgain(lexicon, lexiconFile, options.prior);
  const inputs = await spoolStandardInput(claimed);
  const { traces } = optionsOf(lexicon);
  const progress = createProgress(options.quiet ?? false, STAGES);
  const size = await sizeOfSources(inputs);
  // read many times: every time must find the same
  const reading = {
    ...traces,
    maxExpansion: options.maxExpansion,
    limit: options.limit,
    seen: new Map<string, string>(),
    onBytes: (read: number) => progress.bytes(read, size),
  };
  if (options.dryRun) return (await import("./dryRun.js")).dryRun(inputs, reading);
  const encoding = { cache: options.cache, hub: hubOf(options.cache, createSay(options.quiet)) };
  const encoder = await openEncoder(encoding);
  if (encoder.sha256 !== lexicon.provenance.encoder.sha256)
    createSay()(
      `sg-mine: ${lexiconFile} was mined with the encoder ${lexicon.provenance.encoder.name}; what follows clusters with ${encoder.name}`,
    );
  const otherEncoder =
    options.model === undefined ? undefined : await openEncoder({ ...encoding, model: options.model });
  try {
    const result = await audit(
      lexicon,
      {
        batches: () => readSources(inputs, reading),
        traces: () => placedTraces(inputs, { ...traces, ...reading }),
      },
      { resamples: options.resamples ?? RESAMPLES, seed: options.seed },
      {
        encoder,
        otherEncoder,
        prior,
        tagger: await readModel(),
        threads: options.threads,
        memory: flags.MEMORY * 2 ** 20,
        onStage: progress.stage,
      },
    );
    progress.end();
    if (options.placebo !== undefined) await writeOutput(write.serialiseList(result.placebo.grams), options.placebo);
    await writeOutput(
      options.format === "json" ? `${JSON.stringify(result, null, 2)}\n` : auditText(result),
      options.output,
      options.failBelow !== undefined,
    );
    if (result.coverage) warnOfCoverage(lexiconFile, result.coverage);
    if (result.stability) failBelow(options, "stability", result.stability.jaccard.mean);
    else if (options.failBelow !== undefined)
      process.stderr.write(
        "sg-mine: --fail-below has nothing to compare: stability is measured for the default preset only\n",
      );
  } finally {
    progress.end();
    await Promise.all([encoder.close(), otherEncoder?.close()]);
  }
}

async function success(lexiconFile: string, files: string[], options: Options): Promise<void> {
  const [
    { readLexicon },
    { readModel },
    { readSources, sizeOfSources },
    { readRecords },
    { reach },
    { placeboHere },
    { measureAttempts },
    { compareAttempts },
    { findingsOf },
    { successText },
    { NothingError },
    { createSkips },
    { spoolStandardInput },
    { writeOutput },
  ] = await Promise.all([
    import("../lexicon/read.js"),
    import("../tagger/model.js"),
    import("../traces/source.js"),
    import("../trainers/records.js"),
    import("../traces/shapes/paths.js"),
    import("../audit/success/placebos.js"),
    import("../audit/success/attempts.js"),
    import("../audit/success/success.js"),
    import("../audit/success/findings.js"),
    import("../report/successText.js"),
    import("../errors.js"),
    import("./skips.js"),
    import("./spool.js"),
    import("./output.js"),
  ]);
  const { seed, within, threads } = options;
  if (options.dryRun) return (await import("./dryRun.js")).dryRun(await spoolStandardInput(files), options);
  const { entries } = await readLexicon(lexiconFile);
  const inputs = await spoolStandardInput(files);
  const say = createSay(options.quiet);
  const progress = createProgress(options.quiet ?? false, SUCCESS_STAGES);
  const size = await sizeOfSources(inputs);
  const skips = createSkips(options.strict ?? false, say);
  // read twice: the second time must find what the first one found
  const onBytes = (read: number) => progress.bytes(read, size);
  const reading = { ...options, seen: new Map<string, string>(), onBytes };
  let [records, named] = [0, 0];
  const models = new Set<string>();
  async function* attempts(): AsyncGenerator<Attempt> {
    for await (const { record, traces } of readRecords(inputs, reading, skips.add)) {
      records++;
      skips.taken(traces);
      const found = within === undefined ? [] : reach(record as Record<string, unknown>, within);
      if (found.length > 0) named++;
      const { model } = record as { model?: unknown };
      if (typeof model === "string" && models.size < 2) models.add(model);
      const value = found.length > 0 ? JSON.stringify(found.map((one) => one.value)) : undefined;
      for (const trace of traces) yield { trace, within: value };
    }
  }
  try {
    progress.stage("counting");
    const tools = { threads, memory: flags.MEMORY * 2 ** 20 };
    const placebo = await placeboHere(readSources(inputs, reading), options, entries, seed, tools);
    progress.stage("measuring");
    const setup = { model: await readModel(), entries, placebo: placebo.entries };
    const measured = await measureAttempts(attempts(), setup, threads);
    skips.requireSome(measured.problem.length + measured.ungraded);
    if (within !== undefined && named === 0)
      throw new NothingError(`--within ${within}: in none of the ${records} records`);
    if (measured.problem.length === 0)
      throw new NothingError(
        `none of the ${measured.ungraded} attempts says whether it succeeded; name the field with --success-field`,
      );
    progress.stage("comparing");
    const compared = compareAttempts(measured, placebo, { draws: options.resamples ?? DRAWS, seed, within });
    progress.end();
    skips.summarise();
    if (within === undefined && models.size > 1)
      say("attempts of several models are compared with each other; --within model compares each with its own");
    const result = { ...compared, findings: findingsOf(compared) };
    await writeOutput(
      options.format === "json" ? `${JSON.stringify(result, null, 2)}\n` : successText(result),
      options.output,
      options.failBelow !== undefined,
    );
    const [planning] = compared.models;
    if (planning) failBelow(options, "planning's AUC", planning.auc.value);
    else if (options.failBelow !== undefined)
      process.stderr.write("sg-mine: --fail-below has nothing to compare: too few problems with both outcomes\n");
  } finally {
    progress.end();
  }
}

async function draw(lexiconFile: string, files: string[], sheet: string, options: Options): Promise<void> {
  const [
    { readLexicon },
    { placedTraces },
    { optionsOf },
    { drawSheet, writeSheet },
    { sizeOfSources },
    { spoolStandardInput },
    { writeOutput },
  ] = await Promise.all([
    import("../lexicon/read.js"),
    import("../audit/examples.js"),
    import("../provenance.js"),
    import("../audit/sheet.js"),
    import("../traces/source.js"),
    import("./spool.js"),
    import("./output.js"),
  ]);
  const { entries, lexicon } = await readLexicon(lexiconFile);
  const traces = lexicon ? optionsOf(lexicon).traces : { all: true };
  const inputs = await spoolStandardInput(files);
  const progress = createProgress(options.quiet ?? false);
  const size = await sizeOfSources(inputs);
  const onBytes = (read: number) => progress.bytes(read, size);
  const { maxExpansion, limit } = options;
  const rows = await drawSheet(
    entries,
    placedTraces(inputs, { ...traces, maxExpansion, limit, onBytes }),
    options.rows,
    options.seed,
  ).finally(progress.end);
  await writeOutput(await writeSheet(rows), sheet);
  if (!options.quiet)
    process.stderr.write(
      `${rows.length} rows; write 1 (planning) or 0 (not) in the label column, then sg-mine audit --labels\n`,
    );
}

async function precision(lexiconFile: string, options: Options): Promise<void> {
  const [{ readLexicon }, { readSheet }, { agreementOf }, { writeOutput }, { agreementText }] = await Promise.all([
    import("../lexicon/read.js"),
    import("../audit/sheet.js"),
    import("../audit/agreement.js"),
    import("./output.js"),
    import("../report/auditText.js"),
  ]);
  const { entries } = await readLexicon(lexiconFile);
  const sheets = await Promise.all(options.labels!.map(readSheet));
  const agreement = agreementOf(sheets, entries);
  await writeOutput(
    options.format === "json" ? `${JSON.stringify(agreement, null, 2)}\n` : agreementText(agreement),
    options.output,
    options.failBelow !== undefined,
  );
  const say = createSay(options.quiet);
  for (const { a, b, rows, kappa } of agreement.pairs)
    if (rows === 0) say(`${a} and ${b}: no row that both labelled`);
    else if (kappa !== null && kappa < LOW_KAPPA)
      say(`${a} and ${b}: Cohen's kappa ${kappa}: they agree little beyond chance, and the precision says little`);
  failBelow(options, "precision", agreement.all.precision);
}

/** "Fair" agreement at best, by the scale of Landis and Koch (1977), which most annotation reports go by. */
const LOW_KAPPA = 0.4;

function failBelow({ failBelow: bound }: Options, name: string, value: number): void {
  if (bound === undefined || value >= bound) return;
  process.stderr.write(`sg-mine: ${name} ${value} is below --fail-below ${bound}\n`);
  process.exitCode = 1;
}

function warnOfCoverage(lexiconFile: string, { here, mined, due }: NonNullable<Audit["coverage"]>): void {
  if (!due) return;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  createSay()(
    `${lexiconFile}: its grams cover ${percent(here!)} of the planning words of these traces, and ${percent(mined!)} of those ` +
      "that it was mined from: it is due for mining (sg-mine update, or mine anew)",
  );
}
