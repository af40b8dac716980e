import { existsSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { printable } from "../errors.js";
import { VERSION } from "../version.js";
import { auditCommand } from "./audit.js";
import { completionCommand } from "./completion.js";
import { applyConfig } from "./config.js";
import { countCommand, mergeCommand } from "./count.js";
import { creditCommand } from "./credit.js";
import { diffCommand } from "./diff.js";
import { dynamicsCommand } from "./dynamics.js";
import { errorsCommand } from "./errors.js";
import { explainCommand } from "./explain.js";
import { exportCommand } from "./export.js";
import { mineCommand } from "./mine.js";
import { showCommand } from "./show.js";
import { tagCommand } from "./tag.js";
import { updateCommand } from "./update.js";

/** Commands load their code when they run: `--help` must not pay for the encoder. */
const commands: ((program: Command) => void)[] = [
  mineCommand,
  showCommand,
  tagCommand,
  exportCommand,
  creditCommand,
  dynamicsCommand,
  diffCommand,
  explainCommand,
  auditCommand,
  errorsCommand,
  updateCommand,
  countCommand,
  mergeCommand,
  completionCommand,
];

/** The commands with their options, and nothing run. */
export function createProgram(): Command {
  const program: Command = new Command("sg-mine")
    .usage("[options] [FILE...]\n       sg-mine COMMAND [options] ...")
    .description(
      "Mines the planning moves of reasoning traces.\n\nFILE: .jsonl .json .csv .tsv .parquet .arrow, also .gz .zst; folders, quoted globs, - for " +
        "standard input. One record is one attempt of a model at one problem: the problem, the text, and whether it " +
        "succeeded.",
    )
    .version(VERSION, "-v, --version")
    .helpOption("-h, --help", "say this; sg-mine help COMMAND says more of a command")
    .option("--config <file>", "take options from this file instead of sg-mine.config.json")
    .option("--no-config", "take no options from sg-mine.config.json or package.json")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(shown(text)) })
    .addHelpText("after", () => mineHelp(program));
  for (const add of commands) add(program);
  for (const command of program.commands)
    command
      .helpOption("-h, --help", "say this")
      .showHelpAfterError(`(sg-mine help ${command.name()} lists its options)`);
  // after the commands, which would take it over
  program
    .showHelpAfterError("(sg-mine --help lists the options)")
    .configureHelp({ subcommandTerm: (command) => command.name(), visibleOptions: () => [] });
  return program;
}

/**
 * Runs the command line. Sets process.exitCode and returns; never exits, so that pipes are drained.
 * 0 fine · 1 difference or failed check · 2 usage · 3 unreadable or invalid input · 4 nothing to mine · 70 our own fault
 */
export async function main(args: string[]): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // a reader that went away (head, a pager) is not an error of ours
    if (error.code === "EPIPE") return;
    process.stderr.write(`sg-mine: cannot write standard output: ${error.message}\n`);
    process.exitCode = 2;
  });
  process.stderr.on("error", () => {}); // nobody is left to tell
  const program = createProgram();
  let settled = false;
  process.once("exit", () => {
    if (settled) return;
    // nothing is left that could go on: something was waited for in vain
    process.stderr.write("sg-mine: internal error, please report it: it stopped before it was done\n");
    process.exitCode = 70;
  });
  // before a command's own flags are read, so that flags win
  if (!args.includes("--help") && !args.includes("-h"))
    program.hook("preSubcommand", () => {
      const { config } = program.opts<{ config?: string | false }>();
      if (config !== false) applyConfig(program, process.cwd(), typeof config === "string" ? config : undefined);
    });
  try {
    const suggestion = meant(program, args[0]);
    if (args[0] === "help" && args[1] !== undefined && !program.commands.some((one) => one.name() === args[1]))
      program.error(`error: unknown command '${args[1]}'`);
    if (suggestion !== undefined) program.error(`error: unknown command '${args[0]}'\n(Did you mean ${suggestion}?)`);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = report(error);
  } finally {
    settled = true;
  }
}

/** What `sg-mine --help` says beside its commands: three examples, and the options of the command that it runs. */
function mineHelp(program: Command): string {
  const options = (command: Command, title: string) => {
    const text = command.helpInformation();
    return text.slice(text.indexOf("Options:")).replace("Options:", title).trimEnd();
  };
  return `
Examples:
  sg-mine traces.jsonl.gz                      look at the best entries
  sg-mine -o grams.json rollouts/              keep the lexicon
  sg-mine tag grams.json traces.jsonl.gz       mark planning spans

${options(program.commands[0], "Options of mine, the command where none is named:")}

Options of all commands:
  --config <file>  take options from this file instead of sg-mine.config.json
  --no-config      take no options from sg-mine.config.json or package.json
  -v, --version    output the version number`;
}

/** The command that a mistyped first word may have meant; undefined for files and for words like no command. */
function meant(program: Command, word: string | undefined): string | undefined {
  if (word === undefined || word === "help" || !/^[a-z]+$/i.test(word) || existsSync(word)) return undefined;
  let suggestion: string | undefined;
  const probe = new Command("sg-mine")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      outputError: (text) => {
        suggestion = /Did you mean (?:one of )?(\w+)/.exec(text)?.[1];
      },
    });
  for (const command of program.commands) probe.command(command.name()).action(() => {});
  try {
    probe.parse([word.toLowerCase()], { from: "user" });
    return program.commands.some((command) => command.name() === word) ? undefined : word.toLowerCase();
  } catch {
    return suggestion;
  }
}

/** Commander's messages quote what was typed. */
const shown = (text: string): string => {
  const [, message, suggestion = ""] = /^(.*?)(\n\(Did you mean .*\))?\n?$/s.exec(text)!;
  return `${printable(message)}${suggestion}\n`;
};

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { message, stack, exitCode } = error as Error & { exitCode?: number };
  if (typeof exitCode === "number") {
    process.stderr.write(`sg-mine: ${printable(message)}\n`);
    return exitCode;
  }
  if (
    error instanceof RangeError &&
    /^(?:Map|Set) maximum size|allocation failed|^Invalid (?:string|array|typed array) length/.test(message)
  ) {
    process.stderr.write(`sg-mine: more than fits in memory (${message}); take fewer traces at a time\n`);
    return 70;
  }
  process.stderr.write(`sg-mine: internal error, please report it\n${stack ?? String(error)}\n`);
  return 70;
}
