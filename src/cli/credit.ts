import { type Command, InvalidArgumentError, Option } from "commander";
import type { TraceOptions } from "../traces/trace.js";
import type { Normalisation } from "../trainers/credit.js";
import { maxExpansion } from "./expansion.js";
import { createSay } from "./say.js";

interface Options extends TraceOptions {
  alpha: number;
  normalize: Normalisation;
  weighted?: boolean;
  tokenizer?: string;
  runs?: boolean;
  output?: string;
  strict?: boolean;
  maxExpansion: number;
  quiet?: boolean;
}

/** `sg-mine credit LEXICON FILE...` */
export function creditCommand(program: Command): void {
  program
    .command("credit")
    .summary("GRPO and HICRA advantages of rollouts")
    .description(
      "Groups rollouts by problem (and training step) and writes one JSON line each, in the order of the input: " +
        "`reward`, GRPO's `advantage` A = R - mean(R), `planning_advantage` A + alpha |A|, and with --tokenizer " +
        "HICRA's `advantages`, one per token. Rewards come from the record, else 1 for success and 0 for failure; a " +
        "rollout with neither has null and belongs to no group.",
    )
    .argument("<lexicon>", "lexicon file, JSON array of grams, or text with one gram per line")
    .argument("[files...]", "rollouts (.jsonl .json .csv .tsv .parquet, also .gz); standard input if none or -")
    .option("--alpha <a>", "how much planning tokens gain, between 0 and 1", alpha, 0.2)
    .addOption(
      new Option("--normalize <how>", "std: divide by the group's standard deviation (n - 1, plus 1e-4, as TRL)")
        .choices(["none", "std"])
        .default("none"),
    )
    .option("--weighted", "scale what a token gains by its entry's weight")
    .option("--tokenizer <dir|name>", "tokens by this tokenizer.json")
    .option("--token-field <name>", "the rollouts' own token ids, in this field; needs --tokenizer")
    .option("--runs", "advantages as [count, value] pairs of equal neighbours; needs --tokenizer")
    .option("--text-field <name>", "field with the model's output")
    .option("--problem-field <name>", "field that names the problem")
    .option("--success-field <name>", "field that says what succeeded")
    .option("--success-threshold <x>", "a number counts as success from here on", number)
    .option("--step-field <name>", "field with the training step")
    .option("-o, --output <file>", "write to a file instead of standard output")
    .option("--strict", "stop at the first record that gives no trace")
    .addOption(maxExpansion())
    .option("-q, --quiet", "no summary on standard error")
    .action(run);
}

function alpha(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("Expected a number between 0 and 1, both excluded.");
  return value;
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

async function run(lexiconFile: string, files: string[], options: Options, command: Command): Promise<void> {
  for (const [name, value] of [
    ["--token-field", options.tokenField],
    ["--runs", options.runs],
  ])
    if (value !== undefined && options.tokenizer === undefined) command.error(`error: ${name} needs --tokenizer`);
  const [
    { readLexicon },
    { createMatcher },
    { readRecords, identifiersOf },
    { spansOf, tokensOf },
    { weightsOf },
    { createGroups, hicraAdvantage, rewardOf, runLengths },
    { writeOutput },
    { createSkips },
    { spoolStandardInput },
  ] = await Promise.all([
    import("../lexicon/read.js"),
    import("../lexicon/match.js"),
    import("../trainers/records.js"),
    import("../trainers/tag.js"),
    import("../lexicon/mask.js"),
    import("../trainers/credit.js"),
    import("./output.js"),
    import("./skips.js"),
    import("./spool.js"),
  ]);
  const say = createSay(options.quiet);
  const { entries } = await readLexicon(lexiconFile);
  if (options.weighted && entries.some(({ weight }) => weight === undefined))
    command.error(`error: --weighted: ${lexiconFile} is a list of grams, which have no weights`);
  const matcher = createMatcher(entries);
  const tokenizer = options.tokenizer
    ? await (await import("../tokenizer/tokenizer.js")).loadTokenizer(options.tokenizer)
    : undefined;
  const inputs = await spoolStandardInput(files);
  const groups = createGroups(options.normalize);
  const skips = createSkips(options.strict ?? false, say);
  // read twice: the second time must find what the first one found
  const reading = { ...options, seen: new Map<string, string>() };
  for await (const { traces } of readRecords(inputs, reading, skips.add)) traces.forEach(groups.add);
  skips.requireSome(groups.counts().rollouts);

  async function* lines(): AsyncGenerator<string> {
    for await (const found of readRecords(inputs, reading, () => {})) {
      for (let i = 0; i < found.traces.length; i++) {
        const trace = found.traces[i];
        const advantage = groups.advantageOf(trace);
        const line: Record<string, unknown> = {
          ...identifiersOf(found, i),
          reward: rewardOf(trace) ?? null,
          advantage: advantage ?? null,
          planning_advantage: advantage === undefined ? null : hicraAdvantage(advantage, 1, options.alpha),
        };
        if (tokenizer) {
          const { ids, text, starts, ends } = tokensOf(found, i, { tokenizer, tokenField: options.tokenField });
          const spans = matcher.find(text).map(({ start, end, entry }) => ({
            start,
            end,
            weight: options.weighted ? entries[entry].weight : undefined,
          }));
          const weights = weightsOf(spans, starts, ends);
          const advantages =
            advantage === undefined ? null : weights.map((weight) => hicraAdvantage(advantage, weight, options.alpha));
          if (options.tokenField === undefined) line.token_ids = ids;
          if (options.runs) line.runs = advantages && runLengths(advantages);
          else line.advantages = advantages;
        } else line.spans = spansOf(matcher, trace.text);
        yield `${JSON.stringify(line)}\n`;
      }
    }
  }
  await writeOutput(lines(), options.output);
  skips.summarise();
  const { rollouts, withoutReward, groups: count, ofOne, equal } = groups.counts();
  say(
    `${rollouts} rollouts in ${count} groups; no advantage to give in ${ofOne} groups of one and ${equal} with equal ` +
      `rewards; ${withoutReward} rollouts without a reward`,
  );
}
