import { type Command, Option } from "commander";
import type { Way } from "../tagger/marks.js";
import type { Trace, TraceOptions } from "../traces/trace.js";
import type { Normalisation } from "../trainers/credit.js";
import type { MarkedTrace } from "../trainers/tag.js";
import { tokenizerOf } from "./hub.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";
import { createSay } from "./say.js";

interface Options extends TraceOptions {
  alpha: number;
  by: Way;
  normalize: Normalisation;
  weighted?: boolean;
  tokenizer?: string;
  cache?: string;
  runs?: boolean;
  entropy?: boolean;
  summary?: boolean;
  seed?: number;
  threads: number;
  output?: string;
  strict?: boolean;
  maxExpansion: number;
  limit?: number;
  dryRun?: boolean;
  quiet?: boolean;
}

/** `sg-mine credit LEXICON FILE...` */
export function creditCommand(program: Command): void {
  const command = program
    .command("credit")
    .summary("GRPO and HICRA advantages of rollouts")
    .description(
      "Groups rollouts by problem (and training step) and writes one JSON line each, in the order of the input: " +
        "`reward`, GRPO's `advantage` A = R - mean(R), `planning_advantage` A + alpha |A|, and with --tokenizer " +
        "HICRA's `advantages`, one per token. Rewards come from the record, else 1 for success and 0 for failure; a " +
        "rollout with neither has null and belongs to no group. With --summary it says instead where the credit goes.",
    )
    .addArgument(flags.lexicon())
    .addArgument(flags.files("rollouts"))
    .option("--alpha <a>", "how much planning tokens gain, between 0 and 1", alpha, 0.2)
    .addOption(
      new Option("--normalize <how>", "std: divide by the group's standard deviation (n - 1, plus 1e-4, as TRL)")
        .choices(["none", "std"])
        .default("none"),
    )
    .addOption(flags.by())
    .option("--weighted", "scale what a token gains by its span's probability; by its entry's weight with --by grams")
    .addOption(flags.tokenizer("tokens by this tokenizer.json"))
    .addOption(flags.cache())
    .addOption(flags.tokenField())
    .option(
      "--entropy",
      "credit also the 30 % of tokens of highest entropy in right responses longer than their group's mean; " +
        "needs --tokenizer, and token entropies in the records",
    )
    .option("--runs", "advantages as [count, value] pairs of equal neighbours; needs --tokenizer")
    .option(
      "--summary",
      "instead of lines, JSON (on a terminal a table): how much of the advantage HICRA moves, to which functions, in " +
        "right and wrong rollouts, by the tagger, the lexicon's grams, entropy, and a random mask",
    )
    .addOption(flags.seed("the random mask; needs --summary"));
  flags
    .addFieldOptions(command)
    .addOption(flags.stepField())
    .addOption(flags.threads("tagging"))
    .addOption(flags.output());
  flags.addReadingOptions(command).action(run);
}

/** Of the random mask, where nothing is said. */
const SEED = 1;

const alpha = (text: string) =>
  flags.parsed(text, (value) => value > 0 && value < 1, "a number between 0 and 1, both excluded");

async function run(lexiconFile: string, files: string[], options: Options, command: Command): Promise<void> {
  flags.requireWith(command, "--tokenizer", "--token-field", "--runs", "--entropy");
  flags.requireWith(command, "--summary", "--seed");
  if (options.summary && (options.runs || options.entropy))
    command.error(
      "error: --summary writes no lines and compares the entropy mask anyway; leave --runs and --entropy out",
    );
  if (options.summary && options.by === "grams")
    command.error("error: --summary compares the tagger with the lexicon's grams; leave --by out");
  const claimed = await claimFiles(command, {
    files,
    reads: [lexiconFile],
    writes: { "-o": options.output },
    quiet: options.quiet,
  });
  if (options.dryRun) return (await import("./dryRun.js")).dryRun(claimed, options);
  const [
    { readLexicon },
    { readModel },
    { readRecords, identifiersOf },
    { spansOf },
    { openMarking },
    { createGroups, hicraAdvantage, highEntropyMask, planningGains, rewardOf, runLengths },
    { InputError },
    { writeOutput },
    { createSkips },
    { spoolStandardInput },
    { createProgress },
    { sizeOfSources },
  ] = await Promise.all([
    import("../lexicon/read.js"),
    import("../tagger/model.js"),
    import("../trainers/records.js"),
    import("../trainers/tag.js"),
    import("../trainers/marking.js"),
    import("../trainers/credit.js"),
    import("../errors.js"),
    import("./output.js"),
    import("./skips.js"),
    import("./spool.js"),
    import("./progress.js"),
    import("../traces/source.js"),
  ]);
  const say = createSay(options.quiet);
  const { entries } = await readLexicon(lexiconFile);
  const { by, weighted, threads } = options;
  if (weighted && (by === "grams" || options.summary) && entries.some(({ weight }) => weight === undefined))
    command.error(`error: --weighted: ${lexiconFile} is a list of grams, which have no weights`);
  const tokenizer = await tokenizerOf(options, say);
  const model = by === "context" ? await readModel() : undefined;
  const marking = openMarking({ by, entries, model }, threads);
  const inputs = await spoolStandardInput(claimed);
  const groups = createGroups(options.normalize);
  const skips = createSkips(options.strict ?? false, say);
  // the second stage writes while it works; who reads that on the terminal needs no bar
  const progress = createProgress(
    options.quiet ?? false,
    { grouping: 0, crediting: 0.3 },
    options.output === undefined && !options.summary,
  );
  const size = await sizeOfSources(inputs);
  // read twice: the second time must find what the first one found
  const reading = {
    ...options,
    seen: new Map<string, string>(),
    onBytes: (read: number) => progress.bytes(read, size),
  };
  try {
    for await (const { place, traces } of readRecords(inputs, reading, skips.add)) {
      // a reward of its own is on whatever scale the trainer has
      skips.requireScale({ place, traces: traces.filter((trace) => rewardOf(trace) === undefined) });
      traces.forEach(groups.add);
      skips.taken(traces);
    }
    skips.requireSome(groups.counts().rollouts);
  } catch (error) {
    progress.end();
    throw error;
  }

  /** What each token gains of alpha: 1 or a weight on planning tokens, 1 on those that --entropy adds, else 0. */
  function gainsOf(trace: Trace, { ids, starts, ends, marks }: NonNullable<MarkedTrace["tokens"]>, advantage = 0) {
    const gains = planningGains(marks.marks, entries, weighted ?? false, starts, ends);
    if (!options.entropy) return gains;
    const { entropies } = trace;
    if (entropies?.length !== ids.length)
      throw new InputError(
        entropies
          ? `${entropies.length} token entropies for ${ids.length} tokens; --token-field names the ids they belong to`
          : "no token entropies, which --entropy needs",
      );
    if (advantage <= 0 || ids.length <= groups.meanTokensOf(trace)) return gains;
    const high = highEntropyMask(entropies);
    return gains.map((gain, i) => Math.max(gain, high[i]));
  }

  const { tokenField } = options;
  const marked = () =>
    marking.markAll(
      readRecords(inputs, reading, () => {}),
      { tokenizer, tokenField },
      skips.attempt,
    );

  async function* lines(): AsyncGenerator<string> {
    for await (const { of, index, marks, tokens } of marked()) {
      const trace = of.traces[index];
      const advantage = groups.advantageOf(trace);
      const line: Record<string, unknown> = {
        ...identifiersOf(of, index),
        reward: rewardOf(trace) ?? null,
        advantage: advantage ?? null,
        planning_advantage: advantage === undefined ? null : hicraAdvantage(advantage, 1, options.alpha),
      };
      if (tokens) {
        const gains = skips.attempt(of, index, () => gainsOf(trace, tokens, advantage));
        if (!gains) continue;
        const advantages =
          advantage === undefined ? null : gains.map((gain) => hicraAdvantage(advantage, gain, options.alpha));
        if (tokenField === undefined) line.token_ids = tokens.ids;
        if (options.runs) line.runs = advantages && runLengths(advantages);
        else line.advantages = advantages;
      } else line.spans = spansOf(trace.text, marks.marks, entries);
      written++;
      yield `${JSON.stringify(line)}\n`;
    }
    skips.requireSome(written);
  }
  async function* summary(): AsyncGenerator<string> {
    const [{ createCreditTally }, { creditText }, { createGramMarker }, { createMatcher }] = await Promise.all([
      import("../trainers/creditSummary.js"),
      import("../report/creditText.js"),
      import("../tagger/marks.js"),
      import("../lexicon/match.js"),
    ]);
    const tally = createCreditTally(entries, weighted ?? false, options.seed ?? SEED);
    const marker = createGramMarker(createMatcher(entries));
    for await (const { of, index, marks, tokens } of marked()) {
      const { text: own, success, entropies } = of.traces[index];
      written++;
      const text = tokens?.text ?? own;
      const grams = marker.mark(text).marks;
      const { start, end, length } = marker.words;
      tally.add({
        text,
        advantage: groups.advantageOf(of.traces[index]) ?? 0,
        success,
        starts: tokens?.starts ?? start.subarray(0, length),
        ends: tokens?.ends ?? end.subarray(0, length),
        context: (tokens?.marks ?? marks).marks,
        grams,
        entropies: tokens && entropies,
      });
    }
    skips.requireSome(written);
    const { alpha, normalize } = options;
    const found = tally.finish(groups.counts(), { alpha, normalize, unit: tokenizer ? "tokens" : "words" });
    const read = options.output === undefined && process.stdout.isTTY === true;
    yield read ? creditText(found) : `${JSON.stringify(found, null, 2)}\n`;
  }
  let written = 0;
  progress.stage("crediting");
  try {
    await writeOutput(options.summary ? summary() : lines(), options.output);
  } finally {
    progress.end();
    await marking.stop();
  }
  skips.summarise();
  const { rollouts, withoutReward, groups: count, ofOne, equal } = groups.counts();
  say(
    `${rollouts} rollouts in ${count} groups; no advantage to give in ${ofOne} groups of one and ${equal} with equal ` +
      `rewards; ${withoutReward} rollouts without a reward`,
  );
}
