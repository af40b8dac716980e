import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { FUNCTIONS, type StrategicFunction } from "../lexicon/lexicon.js";
import { CONSUMER_NAMES, type Consumer } from "../trainers/exports/consumers.js";
import { tokenizerOf } from "./hub.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";
import { createSay } from "./say.js";

interface Options {
  for: Consumer;
  tokenizer?: string;
  cache?: string;
  maxEntries?: number;
  minWeight?: number;
  function?: StrategicFunction[];
  raw?: boolean;
  output?: string;
  quiet?: boolean;
}

/** `sg-mine export LEXICON --for NAME` */
export function exportCommand(program: Command): void {
  program
    .command("export")
    .summary("write the file that a trainer reads")
    .description(
      "Writes a lexicon in the form in which a trainer finds its grams, and on standard error the lines of " +
        "configuration that makes the trainer use it. `--for python -o DIR` writes the Python package as well.",
    )
    .addArgument(flags.lexicon())
    .addOption(new Option("--for <name>", "what reads it").choices(CONSUMER_NAMES).makeOptionMandatory())
    .addOption(flags.tokenizer("the trained model's; spells the grams as its tokens do (token-ids needs it)"))
    .addOption(flags.cache())
    .option("--max-entries <count>", "keep the best entries only", flags.whole(1))
    .option("--min-weight <weight>", "drop entries below this weight, 0 to 1", flags.share)
    .addOption(
      new Option("--function <names...>", "only entries of these functions").choices(FUNCTIONS as unknown as string[]),
    )
    .option("--raw", "csv: leave cells as they are that a spreadsheet would run as formulas")
    .addOption(flags.output())
    .addOption(flags.quiet())
    .action(run);
}

async function run(lexiconFile: string, options: Options, command: Command): Promise<void> {
  if (options.for === "token-ids" && options.tokenizer === undefined)
    command.error("error: --for token-ids needs --tokenizer, whose ids it lists");
  const folder = options.for === "python" ? options.output : undefined;
  if (options.for === "python" && (folder === undefined || folder === "-"))
    command.error("error: --for python needs -o DIR, the folder to write the package into");
  if (options.raw && options.for !== "csv") command.error("error: --raw goes with --for csv");
  const file =
    folder === undefined ? options.output : join(folder, options.tokenizer ? "grams.token-ids.json" : "grams.json");
  await claimFiles(command, { reads: [lexiconFile], writes: { "-o": file } });
  const [{ readLexicon }, { selectEntries }, { exportFor }, { OutputError, writeOutput, writeTogether }] =
    await Promise.all([
      import("../lexicon/read.js"),
      import("../trainers/exports/select.js"),
      import("../trainers/exports/export.js"),
      import("./output.js"),
    ]);
  const { entries } = await readLexicon(lexiconFile);
  const { maxEntries, minWeight, function: functions } = options;
  const chosen = selectEntries(entries, { maxEntries, minWeight, functions }, lexiconFile);
  const tokenizer = await tokenizerOf(options, createSay());
  const { data, configuration } = await exportFor(options.for, chosen, tokenizer, options);
  if (folder !== undefined) {
    const { packageFiles } = await import("../trainers/exports/python.js");
    await mkdir(join(folder, "sg_lexicon/model"), { recursive: true }).catch((error) => {
      throw new OutputError(folder, error);
    });
    await writeTogether(
      (await packageFiles()).map(([name, content]) => ({ data: [content], file: join(folder, "sg_lexicon", name) })),
    );
  }
  await writeOutput(data, file);
  const lines = configuration.replaceAll("FILE", () => file ?? "FILE").replaceAll("DIR", () => folder ?? "DIR");
  lines.split("\n").forEach(createSay(options.quiet));
}
