import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import type { Stored, StoredTraces } from "../grams/stored.js";
import type { MineOptions } from "../options.js";
import type { TraceOptions } from "../traces/trace.js";
import { maxExpansion } from "./expansion.js";
import { VERSION } from "./version.js";

interface Options extends TraceOptions, Partial<MineOptions> {
  model?: string;
  cache?: string;
  threads: number;
  memory: number;
  format: "json" | "list";
  output?: string;
  check?: string;
  state?: string;
  strict?: boolean;
  maxExpansion: number;
  quiet?: boolean;
}

/** `sg-mine [mine] FILE...` */
export function mineCommand(program: Command): void {
  program
    .command("mine", { isDefault: true })
    .summary("traces → lexicon (the default command)")
    .description(
      "Mines a planning-token lexicon from successful reasoning traces and writes it as JSON to standard output.",
    )
    .argument(
      "[files...]",
      "traces: .jsonl .json .csv .tsv .parquet, also .gz; directories, globs; standard input if none or -",
    )
    .option("-o, --output <file>", "write to a file (whole or not at all) instead of standard output")
    .option("--format <json|list>", "the lexicon, or the bare JSON array of its grams", oneOf("json", "list"), "json")
    .option(
      "--preset <default|paper>",
      "the paper's recipe to the letter instead of ours",
      oneOf("default", "paper"),
      "default",
    )
    .option("--min-n <words>", "shortest gram (1; paper: 3)", whole(1, 8))
    .option("--max-n <words>", "longest gram (6; paper: 5)", whole(1, 8))
    .option("--min-problems <count>", "problems that a gram must stand in (0.3 % of them, at least 3)", whole(1))
    .option("--clusters <count|auto>", "clusters of grams (auto)", (value) =>
      value === "auto" ? value : whole(1)(value),
    )
    .option("--top <share>", "paper preset: share of clusters kept, by document frequency (0.2)", share)
    .option("--max-per-trace <count>", "drop grams with more occurrences per trace", positive)
    .option("--min-weight <weight>", "drop entries below this weight, 0 to 1", share)
    .option("--max-entries <count>", "keep the best entries only (1500; paper: all)", whole(1))
    .option("--seed <number>", "seed of the clustering (42)", whole(0))
    .option("--text-field <name>", "field with the model's output")
    .option("--problem-field <name>", "field with the problem's id or text")
    .option("--success-field <name>", "field that tells whether the trace succeeded")
    .option("--success-threshold <number>", "a score counts as success from here on (0.5)", number)
    .option("--all", "take every trace, successful or not")
    .option("--model <dir|name>", "another sentence encoder: a transformers.js directory, or a hub name to download")
    .option("--cache <dir>", "keep vectors and downloads here between runs")
    .option("--threads <count>", "counting threads", whole(1, 256), availableParallelism())
    .option("--memory <MB>", "budget of the counting tables", whole(1), 512)
    .option("--state <file>", "keep here what `sg-mine update` needs to fold more traces in")
    .option(
      "--check <file>",
      "compare with this committed lexicon instead of writing one; exit with 1 and say where it differs",
    )
    .option("--strict", "a record that holds no trace is an error")
    .addOption(maxExpansion())
    .option("-q, --quiet", "no progress or summary on standard error")
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
  if (files.length === 0 && process.stdin.isTTY)
    command.error("error: no FILE, and standard input is a terminal; name files or pipe traces in");
  const [
    { mine },
    { DEFAULTS, PAPER },
    { readSources, sizeOfSources, strictly },
    { openEncoder },
    { readMoveModel },
    write,
    { requireWritable, writeOutput },
    { createDisplay, nameBad },
    { besides },
  ] = await Promise.all([
    import("../mine.js"),
    import("../options.js"),
    import("../traces/traces.js"),
    import("../encoder/encoder.js"),
    import("../lexicon/moveModel.js"),
    import("../lexicon/write.js"),
    import("./output.js"),
    import("./display.js"),
    import("./leftovers.js"),
  ]);
  const preset = options.preset === "paper" ? PAPER : DEFAULTS;
  const given = Object.fromEntries(
    Object.keys(preset).flatMap((key) => (key in options ? [[key, options[key as never]]] : [])),
  );
  const mineOptions: MineOptions = { ...preset, ...given };
  if (mineOptions.minN > mineOptions.maxN)
    command.error(`error: --min-n ${mineOptions.minN} is above --max-n ${mineOptions.maxN}`);
  const { textField, problemField, successField, successThreshold, all } = options;
  const traces: TraceOptions = { textField, problemField, successField, successThreshold, all };

  const inputs = files.length > 0 ? files : ["-"];
  await requireWritable(options.output);
  await requireWritable(options.state);
  if (options.check !== undefined) await (await import("../lexicon/read.js")).readLexicon(options.check);
  const total = await sizeOfSources(inputs);
  const display = createDisplay(options.quiet ?? false);
  const open = () =>
    openEncoder({ model: options.model, cache: options.cache, threads: options.threads, onDownload: display.say });
  let kept: Stored | undefined;
  try {
    // a model that cannot be had must not cost the counting first
    const named = options.model === undefined ? undefined : await open();
    const batches = readSources(inputs, {
      stdin: process.stdin,
      maxExpansion: options.maxExpansion,
      onBytes: (bytes) => display.bytes(bytes, total),
    });
    const { lexicon, corpus, floor, candidates } = await mine(
      options.strict ? strictly(batches, traces) : batches,
      traces,
      mineOptions,
      {
        openEncoder: async () => named ?? open(),
        moveModel: readMoveModel(),
        threads: options.threads,
        memory: options.memory * 2 ** 20,
        version: VERSION,
        ...(options.state !== undefined && {
          keep: (stored: Stored) => {
            kept = { ...stored, batches: [...(stored.batches as Iterable<StoredTraces>)] };
          },
        }),
        onRead: nameBad(display),
        onProgress: display.stage,
      },
    );
    display.end();
    if (options.check !== undefined) {
      const differences = await (await import("./check.js")).checkAgainst(options.check, lexicon);
      await writeOutput(differences, options.output);
      process.exitCode = differences === "" ? 0 : 1;
      display.say(`${options.check}: ${differences === "" ? "as mined" : "differs from what these traces give"}`);
      return;
    }
    await writeOutput(
      options.format === "list" ? write.serialiseList(lexicon.grams) : write.serialise(lexicon),
      options.output,
    );
    if (options.state !== undefined) {
      const { writeState } = await import("../grams/stateFile.js");
      const facts = { mining: mineOptions, traces, updates: 0, decay: 1 };
      await besides(options.state, (temporary) => writeState(options.state!, kept!, facts, temporary));
    }
    display.summary(lexicon, corpus, floor, candidates);
  } finally {
    display.end();
  }
}

const oneOf =
  (...names: string[]) =>
  (value: string) => {
    if (!names.includes(value)) throw new InvalidArgumentError(`Expecting ${names.join(" or ")}.`);
    return value;
  };
const number = (value: string) => {
  const parsed = Number(value);
  if (value.trim() === "" || !Number.isFinite(parsed)) throw new InvalidArgumentError("Expecting a number.");
  return parsed;
};
const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (value: string) => {
    const parsed = number(value);
    if (!Number.isInteger(parsed) || parsed < least || parsed > most)
      throw new InvalidArgumentError(`Expecting a whole number from ${least}${most < 1e9 ? ` to ${most}` : ""}.`);
    return parsed;
  };
const positive = (value: string) => {
  const parsed = number(value);
  if (parsed <= 0) throw new InvalidArgumentError("Expecting a number above 0.");
  return parsed;
};
const share = (value: string) => {
  const parsed = number(value);
  if (parsed < 0 || parsed > 1) throw new InvalidArgumentError("Expecting a number from 0 to 1.");
  return parsed;
};
