import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { CountInput, CountOptions } from "../count.js";
import type { KnownFacts } from "../counts/file.js";
import type { SampledTrace } from "../grams/sample.js";
import type { TraceOptions } from "../traces/trace.js";
import type { Display } from "./display.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";

interface CountFlags extends TraceOptions {
  output: string;
  maxN: number;
  minProblems?: number;
  wanted?: string;
  sample?: string;
  corpus?: string;
  threads: number;
  memory: number;
  strict?: boolean;
  maxExpansion: number;
  limit?: number;
  dryRun?: boolean;
  candidates?: boolean;
  shares?: number;
  quiet?: boolean;
}
type MergeFlags = Pick<
  CountFlags,
  "output" | "minProblems" | "wanted" | "sample" | "corpus" | "candidates" | "shares" | "threads" | "memory" | "quiet"
>;

/** `sg-mine count FILE... -o PART` */
export function countCommand(program: Command): void {
  const command = program
    .command("count")
    .summary("traces → counts, a part that can be merged (for many machines)")
    .description(
      "Counts the grams of successful traces and writes them as Parquet: the counting stage alone. Parts are put " +
        "together with `sg-mine merge`, and `sg-mine --counts` makes the lexicon: byte for byte the one that mining all " +
        "files at once gives.",
    )
    .addArgument(flags.files())
    .requiredOption("-o, --output <file>", "where the counts go, whole or not at all (.jsonl: the rows as JSON lines)")
    .option("--max-n <words>", "longest gram", flags.whole(1, 8), 6)
    .option("--min-problems <count>", "problems that a gram must stand in (0.3 % of them, at least 3)", flags.whole(1));
  flags
    .addTraceOptions(command)
    .addOption(flags.strict())
    .addOption(flags.maxExpansion())
    .addOption(flags.limit())
    .addOption(flags.dryRun())
    .option(
      "--shares <count>",
      "write the traces of so many shares of the problems into the folder -o",
      flags.whole(1, 65536),
    )
    .addHelpText(
      "after",
      `
Examples:
  sg-mine count shard-03/*.jsonl.gz -o part-03.parquet
  sg-mine merge part-*.parquet -o all.parquet && sg-mine --counts all.parquet > grams.json`,
    );
  addCountingOptions(command).action(runCount);
}

/** `sg-mine merge PART... -o ALL` */
export function mergeCommand(program: Command): void {
  const command = program
    .command("merge")
    .summary("parts of counts → counts of all")
    .description(
      "Puts counts together, byte for byte as one `sg-mine count` over all files gives them. Document frequencies add up " +
        "when no problem stands in two parts; where one does, its traces are brought together and it counts once.",
    )
    .argument("<parts...>", "what `sg-mine count` or `sg-mine merge` wrote")
    .requiredOption("-o, --output <file>", "where the counts go, whole or not at all (.jsonl: the rows as JSON lines)")
    .option("--min-problems <count>", "problems that a gram must stand in (0.3 % of all, at least 3)", flags.whole(1))
    .addHelpText("after", "\nExample:\n  sg-mine merge part-*.parquet -o all.parquet");
  addCountingOptions(command).action(runMerge);
}

const addCountingOptions = (command: Command): Command =>
  command
    .option(
      "--candidates",
      "write each gram and how many problems it stands in, no more; as JSON lines (-o .bin: pairs of hash and problems)",
    )
    .option(
      "--wanted <file>",
      "count only the grams of this Parquet file (column gram), or their clusters (column cluster); or of these hashes",
    )
    .option("--sample <file>", "write the traces that the tagger is to read here too, as JSON lines")
    .option("--corpus <file>", "write the sums over the corpus here too, as JSON, with a hash of every problem's name")
    .addOption(flags.threads())
    .addOption(flags.memory())
    .addOption(flags.quiet());

async function* none(): AsyncGenerator<never> {}

async function runCount(files: string[], options: CountFlags, command: Command): Promise<void> {
  if (options.shares !== undefined && (options.wanted !== undefined || options.candidates))
    command.error("error: --shares writes traces, not counts; give --wanted and --candidates to sg-mine merge");
  const inputs = await claimFiles(command, {
    files,
    reads: [options.wanted],
    writes: { "-o": options.output, "--corpus": options.corpus, "--sample": options.sample },
    quiet: options.quiet,
  });
  if (options.dryRun) return (await import("./dryRun.js")).dryRun(inputs, options);
  const [{ readSources, sizeOfSources, strictly }, { createDisplay }] = await Promise.all([
    import("../traces/traces.js"),
    import("./display.js"),
  ]);
  const traces = flags.traceOptionsOf(options);
  const total = await sizeOfSources(inputs);
  const display = createDisplay(options.quiet ?? false);
  const batches = readSources(inputs, {
    stdin: process.stdin,
    ...traces,
    maxExpansion: options.maxExpansion,
    limit: options.limit,
    part: options.shares !== undefined,
    onBytes: (bytes) => display.bytes(bytes, total),
  });
  const input = { batches: options.strict ? strictly(batches, traces) : batches, parts: none() };
  await write(input, traces, options.maxN, options, display);
}

async function runMerge(paths: string[], options: MergeFlags, command: Command): Promise<void> {
  const writes = { "-o": options.output, "--corpus": options.corpus, "--sample": options.sample };
  await claimFiles(command, { reads: [...paths, options.wanted], writes });
  const [{ openCounts }, { InputError }, { createDisplay }] = await Promise.all([
    import("../counts/reader.js"),
    import("../errors.js"),
    import("./display.js"),
  ]);
  const { traces, maxN } = (await openCounts(paths[0])).facts;
  const display = createDisplay(options.quiet ?? false);
  const seen = new Set<string>();
  async function* parts() {
    let shared = 0;
    for (const path of paths) {
      const { facts, stored } = await openCounts(path);
      if (JSON.stringify([facts.traces, facts.maxN]) !== JSON.stringify([traces, maxN]))
        throw new InputError(
          `${path}: counted with other options than ${paths[0]} (--max-n or those that name fields); count it again`,
        );
      const part = await stored();
      if (!part) throw new InputError(`${path}: holds no traces (it was made with --wanted); merge needs them`);
      for (const problem of part.problems) {
        if (seen.has(problem)) shared++;
        seen.add(problem);
      }
      yield part;
    }
    if (shared > 0)
      display.say(`${shared} problems came again in a later part; each counts once, with the traces of all`);
  }
  await write({ batches: none(), parts: parts() }, traces, maxN, options, display);
}

async function write(
  input: CountInput,
  traces: TraceOptions,
  maxN: number,
  options: MergeFlags,
  display: Display,
): Promise<void> {
  const [
    { count, countShares },
    { readWanted },
    { sampleLines },
    { textHash },
    { requireWritable, writeBytes, writeOutput },
    { tellRead },
  ] = await Promise.all([
    import("../count.js"),
    import("../counts/reader.js"),
    import("../counts/sample.js"),
    import("../traces/digest.js"),
    import("./output.js"),
    import("./display.js"),
  ]);
  try {
    if (options.shares === undefined) await requireWritable(options.output);
    else await makeFolder(options.output);
    await requireWritable(options.corpus);
    await requireWritable(options.sample);
    const wanted = options.wanted === undefined ? undefined : await readWanted(options.wanted);
    let facts: KnownFacts | undefined;
    let told = false;
    let sums = "";
    let sampled: readonly SampledTrace[] = [];
    const counting: CountOptions = {
      traces,
      maxN,
      threads: options.threads,
      memory: options.memory * 2 ** 20,
      minProblems: options.minProblems ?? "auto",
      wanted,
      candidates: options.candidates && options.output.endsWith(".bin") ? "hashed" : options.candidates,
      lines: options.output.endsWith(".jsonl"),
      onRead: (corpus) => {
        told = true;
        tellRead(display)(corpus);
      },
      onProgress: display.stage,
      onFacts: (counted, problems, sample) => {
        facts = counted;
        sampled = sample;
        if (options.corpus !== undefined)
          sums = `${JSON.stringify({ ...counted, problemHashes: problems.map(textHash).sort() })}\n`;
      },
    };
    if (options.shares === undefined) await writeBytes(count(input, counting), options.output);
    else
      for await (const { share, bytes } of countShares(input, counting, options.shares))
        await writeBytes(bytes, join(options.output, `share-${share}.parquet`));
    if (options.corpus !== undefined) await writeOutput(sums, options.corpus);
    if (options.sample !== undefined) await writeBytes(sampleLines(sampled), options.sample);
    display.end();
    if (!told) display.read(facts!.corpus);
  } finally {
    display.end();
  }
}

async function makeFolder(path: string): Promise<void> {
  const { OutputError } = await import("./output.js");
  await mkdir(path, { recursive: true }).catch((error) => {
    throw new OutputError(path, error);
  });
}
