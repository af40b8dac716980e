import { type Command, Option } from "commander";
import { FUNCTIONS, type StrategicFunction } from "../lexicon/lexicon.js";
import { CONSUMER_NAMES, type Consumer } from "../trainers/exports/consumers.js";
import * as flags from "./options.js";

interface Options {
  for: Consumer;
  tokenizer?: string;
  maxEntries?: number;
  minWeight?: number;
  function?: StrategicFunction[];
  output?: string;
}

/** `sg-mine export LEXICON --for NAME` */
export function exportCommand(program: Command): void {
  program
    .command("export")
    .summary("write the file that a trainer reads")
    .description(
      "Writes a lexicon in the form in which a trainer finds its grams, and on standard error the line of " +
        "configuration that makes the trainer use it.",
    )
    .addArgument(flags.lexicon())
    .addOption(new Option("--for <name>", "what reads it").choices(CONSUMER_NAMES).makeOptionMandatory())
    .addOption(flags.tokenizer("the trained model's; spells the grams as its tokens do (token-ids needs it)"))
    .option("--max-entries <count>", "keep the best entries only", flags.whole(1))
    .option("--min-weight <weight>", "drop entries below this weight, 0 to 1", flags.share)
    .addOption(
      new Option("--function <names...>", "only entries of these functions").choices(FUNCTIONS as unknown as string[]),
    )
    .addOption(flags.output())
    .action(run);
}

async function run(lexiconFile: string, options: Options, command: Command): Promise<void> {
  if (options.for === "token-ids" && options.tokenizer === undefined)
    command.error("error: --for token-ids needs --tokenizer, whose ids it lists");
  const [{ readLexicon }, { selectEntries }, { exportFor }, { writeOutput }] = await Promise.all([
    import("../lexicon/read.js"),
    import("../trainers/exports/select.js"),
    import("../trainers/exports/export.js"),
    import("./output.js"),
  ]);
  const { entries } = await readLexicon(lexiconFile);
  const { maxEntries, minWeight, function: functions } = options;
  const chosen = selectEntries(entries, { maxEntries, minWeight, functions }, lexiconFile);
  const tokenizer = options.tokenizer
    ? await (await import("../tokenizer/tokenizer.js")).loadTokenizer(options.tokenizer)
    : undefined;
  const { data, configuration } = await exportFor(options.for, chosen, tokenizer);
  await writeOutput(data, options.output);
  process.stderr.write(`${configuration.replace("FILE", options.output ?? "FILE")}\n`);
}
