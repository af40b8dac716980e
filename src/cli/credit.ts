import { type Command, Option } from "commander";
import type { TraceOptions } from "../traces/trace.js";
import type { Normalisation } from "../trainers/credit.js";
import { tokenizerOf } from "./hub.js";
import * as flags from "./options.js";
import { createSay } from "./say.js";

interface Options extends TraceOptions {
  alpha: number;
  normalize: Normalisation;
  weighted?: boolean;
  tokenizer?: string;
  cache?: string;
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
    .addArgument(flags.lexicon())
    .addArgument(flags.files("rollouts"))
    .option("--alpha <a>", "how much planning tokens gain, between 0 and 1", alpha, 0.2)
    .addOption(
      new Option("--normalize <how>", "std: divide by the group's standard deviation (n - 1, plus 1e-4, as TRL)")
        .choices(["none", "std"])
        .default("none"),
    )
    .option("--weighted", "scale what a token gains by its entry's weight")
    .addOption(flags.tokenizer("tokens by this tokenizer.json"))
    .addOption(flags.cache())
    .addOption(flags.tokenField())
    .option("--runs", "advantages as [count, value] pairs of equal neighbours; needs --tokenizer")
    .addOption(flags.textField())
    .addOption(flags.problemField())
    .addOption(flags.successField())
    .addOption(flags.successThreshold())
    .addOption(flags.stepField())
    .addOption(flags.output())
    .addOption(flags.strict())
    .addOption(flags.maxExpansion())
    .addOption(flags.quiet())
    .action(run);
}

const alpha = (text: string) =>
  flags.parsed(text, (value) => value > 0 && value < 1, "a number between 0 and 1, both excluded");

async function run(lexiconFile: string, files: string[], options: Options, command: Command): Promise<void> {
  flags.requireWith(command, "--tokenizer", "--token-field", "--runs");
  flags.requireInputs(files, command);
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
  const tokenizer = await tokenizerOf(options, say);
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
