import { type Command, Option } from "commander";
import type { Stored, StoredTraces } from "../grams/stored.js";
import type { Lexicon } from "../lexicon/lexicon.js";
import type { MineOptions } from "../options.js";
import type { TraceOptions } from "../traces/trace.js";
import { VERSION } from "../version.js";
import { hubOf } from "./hub.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";

interface Options extends TraceOptions, Partial<MineOptions> {
  prior?: string;
  model?: string;
  cache?: string;
  threads: number;
  memory: number;
  format?: Format;
  output?: string;
  check?: string;
  html?: string;
  state?: string;
  counts?: string;
  wanted?: string;
  clusterCounts?: string;
  sample?: string;
  strict?: boolean;
  maxExpansion: number;
  limit?: number;
  dryRun?: boolean;
  quiet?: boolean;
}

const FORMATS = ["table", "json", "jsonl", "csv", "list"] as const;
type Format = (typeof FORMATS)[number];

/** `sg-mine [mine] FILE...` */
export function mineCommand(program: Command): void {
  const command = program
    .command("mine", { isDefault: true })
    .summary("traces → lexicon (the default command)")
    .description(
      "Mines a planning-token lexicon from successful reasoning traces and writes it as JSON to standard output.",
    )
    .addArgument(flags.files())
    .addOption(flags.output())
    .addOption(
      new Option(
        "--format <name>",
        "json (the lexicon), jsonl or csv (an entry a line), list (the bare array of grams), table (to look at; what a terminal gets)",
      ).choices(FORMATS),
    )
    .addOption(
      new Option("--preset <name>", "the paper's recipe to the letter instead of ours")
        .choices(["default", "paper"])
        .default("default"),
    )
    .option("--min-n <words>", "shortest gram (1; paper: 3)", flags.whole(1, 8))
    .option("--max-n <words>", "longest gram (6; paper: 5)", flags.whole(1, 8))
    .option("--min-problems <count>", "problems that a gram must stand in (0.3 % of them, at least 3)", flags.whole(1))
    .option("--clusters <count|auto>", "clusters of grams (auto)", (value) =>
      value === "auto" ? value : flags.whole(1)(value),
    )
    .option("--top <share>", "paper preset: share of clusters kept, by document frequency (0.2)", flags.share)
    .option("--max-per-trace <count>", "drop grams with more occurrences per trace", flags.positive)
    .option("--min-weight <weight>", "drop entries below this weight, 0 to 1", flags.share)
    .option("--max-entries <count>", "keep the best entries only (1500; paper: all)", flags.whole(1))
    .addOption(flags.seed("the clustering (42)"))
    .addOption(flags.prior());
  flags
    .addTraceOptions(command)
    .option("--model <dir|name>", "another sentence encoder: a transformers.js directory, or a hub name to download")
    .addOption(flags.cache("vectors and downloads"))
    .addOption(flags.threads())
    .addOption(flags.memory())
    .option("--html <file>", "also write the lexicon as a page, as `sg-mine show` does")
    .option("--state <file>", "keep here what `sg-mine update` needs to fold more traces in")
    .option(
      "--check <file>",
      "compare with this committed lexicon instead of writing one; exit with 1 and say where it differs",
    )
    .option("--counts <file>", "finish the lexicon from what `sg-mine merge` or `sg-mine count` wrote; no FILE then")
    .option("--wanted <file>", "with --counts that hold no traces: write the grams whose clusters are to be counted")
    .option(
      "--cluster-counts <file>",
      "with --counts that hold no traces: the clusters' counts, summed up (-: JSON lines on standard input, awaited once --wanted is written)",
    )
    .option(
      "--sample <file>",
      "with --counts that hold no traces: those that the tagger is to read, from `sg-mine merge --sample`",
    );
  flags
    .addReadingOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  sg-mine traces.jsonl.gz > grams.json
  sg-mine --success-field reward --success-threshold 1 -o grams.json rollouts/
  zcat traces.jsonl.gz | sg-mine --format list
  sg-mine --check grams.json traces/`,
    )
    .action(run);
}

async function run(files: string[], options: Options, command: Command): Promise<void> {
  requireFitting(files, options, command);
  const format = options.format ?? (options.output === undefined && process.stdout.isTTY ? "table" : "json");
  const inputs = await claimFiles(command, {
    files: options.counts === undefined ? files : undefined,
    reads: [options.counts, options.clusterCounts, options.sample, options.check, options.prior],
    writes: { "-o": options.output, "--html": options.html, "--state": options.state, "--wanted": options.wanted },
    marked: format === "json" && options.check === undefined,
    quiet: options.quiet,
  });
  if (options.dryRun) return (await import("./dryRun.js")).dryRun(inputs, options);
  const [
    { lexiconOf, mine },
    { DEFAULTS, PAPER },
    { readSources, sizeOfSources, strictly },
    { openEncoder },
    { readModel },
    { isPageAlone, requireWritable, writeLexiconWith, writeOutput },
    { createDisplay, tellRead },
    { readPrior },
  ] = await Promise.all([
    import("../mine.js"),
    import("../options.js"),
    import("../traces/traces.js"),
    import("../encoder/encoder.js"),
    import("../tagger/model.js"),
    import("./output.js"),
    import("./display.js"),
    import("../selection/prior.js"),
  ]);
  const preset = options.preset === "paper" ? PAPER : DEFAULTS;
  const given = Object.fromEntries(
    Object.keys(preset).flatMap((key) => (key in options ? [[key, options[key as never]]] : [])),
  );
  const mineOptions: MineOptions = { ...preset, ...given };
  if (mineOptions.minN > mineOptions.maxN)
    command.error(`error: --min-n ${mineOptions.minN} is above --max-n ${mineOptions.maxN}`);
  const traces = flags.traceOptionsOf(options);

  await requireWritable(options.output);
  await requireWritable(options.state);
  await requireWritable(options.html);
  if (options.check !== undefined) await (await import("../lexicon/read.js")).readLexicon(options.check);
  const prior = options.prior === undefined ? undefined : await readPrior(options.prior);
  const display = createDisplay(options.quiet ?? false);
  const open = () =>
    openEncoder({
      model: options.model,
      cache: options.cache,
      threads: options.threads,
      hub: hubOf(options.cache, display.say),
    });
  let kept: Stored | undefined;
  try {
    // a model that cannot be had must not cost the counting first
    const named = options.model === undefined ? undefined : await open();
    const tools = {
      openEncoder: async () => named ?? open(),
      tagger: await readModel(),
      prior,
      threads: options.threads,
      memory: options.memory * 2 ** 20,
      version: VERSION,
      onProgress: display.stage,
    };
    const ofCounts = async (path: string) => {
      const { facts, source, stored } = await openSource(path, mineOptions, options, tools);
      if (facts.sections?.traces && (options.wanted ?? options.clusterCounts ?? options.sample) !== undefined)
        command.error(`error: ${path} holds its traces: leave --wanted, --cluster-counts and --sample out`);
      const earlier = prior && (await stored());
      // the rows end at the floor, and grams of the prior may stand below it
      if (earlier) return mine(none(), facts.traces, mineOptions, { ...tools, earlier, onRead: tellRead(display) });
      display.read(facts.corpus);
      return lexiconOf(source, { ...facts.corpus, bad: [] }, facts.traces, mineOptions, tools);
    };
    const ofTraces = async () => {
      const total = await sizeOfSources(inputs);
      const batches = readSources(inputs, {
        stdin: process.stdin,
        ...traces,
        maxExpansion: options.maxExpansion,
        limit: options.limit,
        onBytes: (bytes) => display.bytes(bytes, total),
      });
      return mine(options.strict ? strictly(batches, traces) : batches, traces, mineOptions, {
        ...tools,
        ...(options.state !== undefined && {
          keep: (stored: Stored) => {
            kept = { ...stored, batches: [...(stored.batches as Iterable<StoredTraces>)] };
          },
        }),
        onRead: tellRead(display),
      });
    };
    const { lexicon, corpus, floor, candidates } = await (options.counts === undefined
      ? ofTraces()
      : ofCounts(options.counts));
    display.end();
    if (options.check !== undefined) {
      const differences = await (await import("./check.js")).checkAgainst(options.check, lexicon);
      await writeOutput(differences, options.output, true);
      process.exitCode = differences === "" ? 0 : 1;
      display.say(`${options.check}: ${differences === "" ? "as mined" : "differs from what these traces give"}`);
      return;
    }
    const { formatted } = await import("./lexiconFormats.js");
    const text = await formatted(format, lexicon, inputs, { ...traces, maxExpansion: options.maxExpansion });
    const wanted = !isPageAlone(options);
    if (options.html !== undefined) await writePage(lexicon, inputs, options);
    if (options.state === undefined) {
      if (wanted) await writeOutput(text, options.output);
    } else {
      const { stateBytes } = await import("../counts/state.js");
      const update = { mining: mineOptions, updates: 0, decay: 1, ...(prior && { prior: [...prior.weights] }) };
      const data = stateBytes(kept!, corpus, { update, traces });
      await writeLexiconWith([{ data, file: options.state }], text, options.output);
    }
    display.summary(lexicon, corpus, floor, candidates);
    if (format === "table")
      display.say("the lexicon itself: -o grams.json, or a pipe; a page of it: sg-mine show grams.json");
  } catch (error) {
    const { ClustersWanted } = await import("../counts/source.js");
    if (!(error instanceof ClustersWanted) || options.wanted === undefined) throw error;
    await writeWanted(options.wanted, error.grams, error.clusterOf);
    display.end();
    display.say(`${options.wanted}: ${error.grams.length} grams whose clusters are to be counted`);
  } finally {
    display.end();
  }
}

/** The lexicon's page, with traces from the files mined; what was piped in cannot be read again. */
async function writePage(lexicon: Lexicon, inputs: readonly string[], options: Options): Promise<void> {
  const [{ pageOfLexicon }, { writeOutput }] = await Promise.all([import("./lexiconPage.js"), import("./output.js")]);
  const files = inputs.includes("-") ? [] : inputs;
  const file = { path: options.output ?? "grams.json", entries: lexicon.entries, lexicon };
  // what holds no trace was named when it was mined
  const { page } = await pageOfLexicon(file, files, options, () => {});
  await writeOutput(page, options.html);
}

async function* none(): AsyncGenerator<never> {}

/** Counts stand for files and for what was said when they were made. */
function requireFitting(files: string[], { counts, preset, prior }: Options, command: Command): void {
  const given = (name: string) => command.getOptionValueSource(name) === "cli";
  const flag = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (prior !== undefined && preset === "paper")
    command.error("error: --prior has no meaning with --preset paper, which weighs nothing");
  if (counts === undefined) {
    for (const name of ["wanted", "clusterCounts", "sample"])
      if (given(name)) command.error(`error: ${flag(name)} goes with --counts`);
    return;
  }
  if (files.length > 0) command.error(`error: --counts stands for traces: leave ${files[0]} out, or --counts`);
  for (const name of [...Object.keys(flags.traceOptionsOf({})), "state", "strict"])
    if (given(name))
      command.error(`error: ${flag(name)} has no meaning with --counts: it is said to \`sg-mine count\``);
}

async function openSource(
  path: string,
  { maxN }: MineOptions,
  { wanted, clusterCounts, sample: sampleFile }: Pick<Options, "wanted" | "clusterCounts" | "sample">,
  tools: { threads: number; memory: number },
) {
  const [{ openCounts }, { createCountsSource }, { InputError }] = await Promise.all([
    import("../counts/reader.js"),
    import("../counts/source.js"),
    import("../errors.js"),
  ]);
  const counts = await openCounts(path);
  if (maxN > counts.facts.maxN)
    throw new InputError(
      `${path}: holds grams of up to ${counts.facts.maxN} words, and ${maxN} are asked for; ` +
        `count with --max-n ${maxN}, or mine with --max-n ${counts.facts.maxN}`,
    );
  const elsewhere =
    wanted !== undefined && clusterCounts === "-"
      ? {
          ask: async (grams: readonly string[], clusterOf: Int32Array) => {
            await writeWanted(wanted, grams, clusterOf);
            return rowsOfInput();
          },
        }
      : { clusterCounts };
  const source = createCountsSource(path, counts, tools, { ...elsewhere, sampleFile });
  return { facts: counts.facts, stored: counts.stored, source };
}

async function writeWanted(path: string, grams: readonly string[], clusterOf: Int32Array): Promise<void> {
  const [{ wantedBytes }, { writeBytes }] = await Promise.all([import("../counts/writer.js"), import("./output.js")]);
  await writeBytes([wantedBytes(grams, clusterOf)], path);
}

/** JSON lines on standard input, an object each. @throws InputError */
async function rowsOfInput(): Promise<Record<string, unknown>[]> {
  const [{ text }, { InputError }, { isObject }] = await Promise.all([
    import("node:stream/consumers"),
    import("../errors.js"),
    import("../json.js"),
  ]);
  return (await text(process.stdin)).split("\n").flatMap((line, i) => {
    if (line === "") return [];
    try {
      const row: unknown = JSON.parse(line);
      if (isObject(row)) return [row];
    } catch {}
    throw new InputError(`standard input:${i + 1}: not the counts of a cluster, {"cluster": 0, "problems": …}`);
  });
}
