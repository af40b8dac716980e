import { Argument, type Command } from "commander";
import type { TraceOptions } from "../traces/trace.js";
import { claimFiles } from "./inputs.js";
import { PAGE_TRACES, pageOfLexicon } from "./lexiconPage.js";
import * as flags from "./options.js";
import { createSay } from "./say.js";

interface Options extends TraceOptions {
  output?: string;
  strict?: boolean;
  maxExpansion: number;
  quiet?: boolean;
}

/** `sg-mine show LEXICON [FILE...]` */
export function showCommand(program: Command): void {
  const command = program
    .command("show")
    .summary("the lexicon as a page: clusters, functions, examples, highlighted traces")
    .description(
      "Writes the lexicon as one self-contained HTML page: its moves by function, every entry, where it came from, and " +
        `with traces (the first ${PAGE_TRACES} are read) examples with file and line, right attempts beside wrong ones, ` +
        "and how much of the planning in them the lexicon covers.",
    )
    .addArgument(flags.lexicon())
    .addArgument(
      new Argument(
        "[files...]",
        `${flags.files().description.replace(/; standard input.*/, "")}; none: the lexicon alone, -: standard input`,
      ),
    )
    .addOption(flags.output());
  flags
    .addFieldOptions(command)
    .addOption(flags.strict())
    .addOption(flags.maxExpansion())
    .addOption(flags.quiet())
    .addHelpText(
      "after",
      `
Examples:
  sg-mine show grams.json traces.jsonl.gz -o lexicon.html
  sg-mine show grams.json > lexicon.html`,
    )
    .action(run);
}

async function run(lexiconFile: string, files: string[], options: Options, command: Command): Promise<void> {
  if ((options.output ?? "-") === "-" && process.stdout.isTTY)
    command.error("error: the page would run over the terminal; name a file with -o PAGE.html, or pipe it on");
  const inputs = await claimFiles(command, {
    files: files.length > 0 ? files : undefined,
    reads: [lexiconFile],
    writes: { "-o": options.output },
    quiet: options.quiet,
  });
  const [{ readLexicon }, { requireWritable, writeOutput }, { createSkips }, { createProgress }] = await Promise.all([
    import("../lexicon/read.js"),
    import("./output.js"),
    import("./skips.js"),
    import("./progress.js"),
  ]);
  await requireWritable(options.output);
  const say = createSay(options.quiet);
  const skips = createSkips(options.strict ?? false, say);
  const lexicon = await readLexicon(lexiconFile);
  const progress = createProgress(options.quiet ?? false);
  const reading = { ...options, stdin: process.stdin };
  const { page, traces } = await pageOfLexicon(lexicon, inputs, reading, skips.add, (share) =>
    progress.stage("reading", share),
  ).finally(progress.end);
  if (inputs.length > 0) skips.requireSome(traces);
  await writeOutput(page, options.output);
  skips.summarise();
  const read = inputs.length === 0 ? "without traces" : `${traces >= PAGE_TRACES ? "the first " : ""}${traces} traces`;
  say(`page: ${lexicon.entries.length} entries, ${read}${options.output === undefined ? "" : `: ${options.output}`}`);
}
