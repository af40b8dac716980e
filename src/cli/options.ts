/**
 * Every option and argument that several commands share: its flags, wording, default and parser, once. A command adds
 * those it has: `command.addOption(options.output())`.
 */
import { availableParallelism } from "node:os";
import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import type { Way } from "../tagger/marks.js";
import { MAX_EXPANSION } from "../traces/files/expansion.js";
import type { TraceOptions } from "../traces/trace.js";

/* Values. Each parser throws InvalidArgumentError, "Expected …", where the text is none of its kind. */

/** A number that fits; `what` names such ones. */
export function parsed(text: string, fits: (value: number) => boolean, what: string): number {
  const value = Number(text);
  if (text.trim() === "" || !fits(value)) throw new InvalidArgumentError(`Expected ${what}.`);
  return value;
}

export const number = (text: string): number => parsed(text, Number.isFinite, "a number");

/** A number from 0 to 1. */
export const share = (text: string): number =>
  parsed(text, (value) => value >= 0 && value <= 1, "a number from 0 to 1");

export const positive = (text: string): number =>
  parsed(text, (value) => value > 0 && Number.isFinite(value), "a number above 0");

/** A whole number from `least` to `most`, both included. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number =>
    parsed(
      text,
      (value) => Number.isInteger(value) && value >= least && value <= most,
      `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}`,
    );

/* Arguments. */

/** What every command but those of whole lexicons takes as LEXICON. */
export const lexicon = (): Argument =>
  new Argument("<lexicon>", "lexicon file, JSON array of grams, or text with one gram per line");

/** FILE...; `what` names them. */
export const files = (what = "traces"): Argument =>
  new Argument(
    "[files...]",
    `${what}: .jsonl .json .csv .tsv .parquet .arrow, also .gz .zst; directories, globs; standard input if none or -`,
  );

/* What a command reads and writes. */

export const output = (): Option => new Option("-o, --output <file>", "write to a file instead of standard output");

export const quiet = (): Option => new Option("-q, --quiet", "no progress or summary on standard error");

/** The first of the choices holds where none is given. */
export const format = (choices: readonly string[], description: string): Option =>
  new Option("--format <name>", description).choices(choices).default(choices[0]);

export const strict = (): Option => new Option("--strict", "stop at the first record that holds no trace");

export const maxExpansion = (): Option =>
  new Option("--max-expansion <times>", "unpack no packed file to more times its size, beyond the first gigabyte")
    .argParser((text) => parsed(text, (value) => value >= 1, "a number from 1"))
    .default(MAX_EXPANSION);

export const limit = (): Option => new Option("--limit <count>", "read this many records at most").argParser(whole(1));

export const dryRun = (): Option =>
  new Option("--dry-run", "only show what would be read: fields taken, counts, samples, what else could be meant");

/** Inputs by the name of their run, in the order given. */
export type Runs = Map<string, string[]>;

export const run = (): Option =>
  new Option(
    "--run <name=files>",
    "name a run and its files (a file, folder or quoted glob); repeat to compare",
  ).argParser((value: string, runs: Runs = new Map()): Runs => {
    const at = value.indexOf("=");
    if (at < 1 || at === value.length - 1)
      throw new InvalidArgumentError('Expected NAME=FILES, as in --run "GRPO=grpo/*.jsonl".');
    const name = value.slice(0, at);
    return runs.set(name, [...(runs.get(name) ?? []), value.slice(at + 1)]);
  });

/** What another lexicon tells; `when` says when it is to be named. */
export const prior = (when = ""): Option =>
  new Option(
    "--prior <file>",
    `a lexicon, or @reference, whose grams count as evidence where they occur${when === "" ? " (for small corpora)" : `; ${when}`}`,
  );
export const PRIOR_AGAIN = "needed where the lexicon was mined with one";

/* What is what in a record. */

export const textField = (): Option => new Option("--text-field <name>", "field with the model's output");

export const problemField = (): Option => new Option("--problem-field <name>", "field with the problem's id or text");

export const successField = (): Option =>
  new Option("--success-field <name>", "field that tells whether the trace succeeded");

export const successThreshold = (): Option =>
  new Option("--success-threshold <number>", "a score counts as success from here on (0.5)").argParser(number);

export const stepField = (): Option => new Option("--step-field <name>", "field with the training step");

export const tokenField = (): Option => new Option("--token-field <name>", "field with the records' own token ids");

export const all = (): Option => new Option("--all", "take every trace, successful or not");

/** The options that say what is what in a record, for commands that tell right attempts from wrong ones. */
export function addFieldOptions(command: Command): Command {
  for (const option of [textField, problemField, successField, successThreshold]) command.addOption(option());
  return command;
}

/** The same, and which traces are taken, for commands that count traces. */
export const addTraceOptions = (command: Command): Command => addFieldOptions(command).addOption(all());

/** How far a command that reads records goes, and what it says meanwhile. */
export function addReadingOptions(command: Command): Command {
  for (const option of [strict, maxExpansion, limit, dryRun, quiet]) command.addOption(option());
  return command;
}

/** The trace options among a command's. */
export const traceOptionsOf = ({
  textField,
  problemField,
  successField,
  successThreshold,
  all,
}: TraceOptions): TraceOptions => ({ textField, problemField, successField, successThreshold, all });

/* What works. */

export const threads = (what = "counting"): Option =>
  new Option("--threads <count>", `${what} threads`).argParser(whole(1, 256)).default(availableParallelism());

/** MB that the counting tables may take where nothing is said: from 64 to 512 mining 75 MB takes the same time. */
export const MEMORY = 256;

export const memory = (): Option =>
  new Option("--memory <MB>", "budget of the counting tables").argParser(whole(1)).default(MEMORY);

export const seed = (what: string, value?: number): Option => {
  const option = new Option("--seed <number>", `seed of ${what}`).argParser(whole(0));
  return value === undefined ? option : option.default(value);
};

export const model = (): Option =>
  new Option("--model <dir|name>", "the sentence encoder, where the lexicon was mined with another than ours");

export const cache = (what = "downloads"): Option => new Option("--cache <dir>", `keep ${what} here between runs`);

export const tokenizer = (what: string): Option => new Option("--tokenizer <dir|name>", what);

export const by = (): Option =>
  new Option(
    "--by <way>",
    "context: planning as the tagger reads it; grams: the lexicon's, whatever stands around them",
  )
    .choices(["context", "grams"] satisfies Way[])
    .default("context" satisfies Way);

/* Checks. */

/** Ends with a usage error where an option is given without the one that it goes with. */
export function requireWith(command: Command, needed: string, ...names: string[]): void {
  const given = (name: string) => command.getOptionValue(attribute(name)) !== undefined;
  for (const name of names) if (given(name) && !given(needed)) command.error(`error: ${name} needs ${needed}`);
}

const attribute = (flag: string) =>
  flag.replace(/^--/, "").replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
