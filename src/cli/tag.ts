import { Argument, type Command } from "commander";
import type { TaggedTrace } from "../report/tagPage.js";
import type { Way } from "../tagger/marks.js";
import type { TraceOptions } from "../traces/trace.js";
import { tokenizerOf } from "./hub.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";
import { createSay } from "./say.js";

interface Options extends TraceOptions {
  by: Way;
  html?: string;
  htmlTraces: number;
  tokenizer?: string;
  cache?: string;
  threads: number;
  output?: string;
  strict?: boolean;
  maxExpansion: number;
  limit?: number;
  dryRun?: boolean;
  quiet?: boolean;
}

/** `sg-mine tag [LEXICON] FILE...` */
export function tagCommand(program: Command): void {
  const command = program
    .command("tag")
    .summary("mark planning spans in traces")
    .description(
      "Writes one JSON line per trace, in the order of the input: the record's identifiers and its planning `spans`. " +
        "`start` and `end` count UTF-16 code units (JavaScript), `startCodePoint` and `endCodePoint` code points " +
        "(Python), both into the trace's text; the line has that `text` where the record's field holds something else. " +
        "The tagger finds the spans by their context; each has the lexicon's entry that it belongs to, or null, the " +
        "`probability` that it plans, and its `function` there. --by grams finds the lexicon's grams instead.",
    )
    .addArgument(new Argument("[lexicon]", `${flags.lexicon().description}; may be left out`))
    .addArgument(flags.files())
    .addOption(flags.by())
    .addOption(flags.tokenizer("add token_ids and mask (1: planning) by this tokenizer.json"))
    .addOption(flags.cache())
    .addOption(flags.tokenField())
    .addOption(flags.textField())
    .addOption(flags.output())
    .option("--html <file>", "also write a page with the first traces, their spans highlighted by function")
    .option("--html-traces <count>", "how many traces it shows", flags.whole(1), 20)
    .addOption(flags.threads("tagging"));
  flags.addReadingOptions(command).action(run);
}

async function run(
  first: string | undefined,
  rest: string[],
  { by, ...options }: Options,
  command: Command,
): Promise<void> {
  flags.requireWith(command, "--tokenizer", "--token-field");
  const [
    { isLexicon },
    { readLexicon },
    { createMatcher },
    { readModel },
    { readRecords },
    { tagTrace },
    { openMarking },
    { isPageAlone, writeOutput },
    { createSkips },
    { createProgress },
    { sizeOfSources },
  ] = await Promise.all([
    import("../lexicon/text.js"),
    import("../lexicon/read.js"),
    import("../lexicon/match.js"),
    import("../tagger/model.js"),
    import("../trainers/records.js"),
    import("../trainers/tag.js"),
    import("../trainers/marking.js"),
    import("./output.js"),
    import("./skips.js"),
    import("./progress.js"),
    import("../traces/source.js"),
  ]);
  const say = createSay(options.quiet);
  const named = first !== undefined && (await isLexicon(first));
  if (!named && by === "grams")
    command.error(
      `error: --by grams needs a lexicon, and ${first === undefined ? "there is none" : `${first} is none`}`,
    );
  const inputs = await claimFiles(command, {
    files: first === undefined || named ? rest : [first, ...rest],
    reads: named ? [first] : [],
    writes: { "-o": options.output, "--html": options.html },
    quiet: options.quiet,
  });
  if (options.dryRun) return (await import("./dryRun.js")).dryRun(inputs, options);
  const lexicon = named ? await readLexicon(first) : undefined;
  const entries = lexicon?.entries ?? [];
  const { unmatchable } = createMatcher(entries);
  if (unmatchable.length > 0) {
    const examples = unmatchable.slice(0, 3).map((i) => JSON.stringify(entries[i].gram.slice(0, 60)));
    say(
      `${first}: ${unmatchable.length} of ${entries.length} grams can never match, ` +
        `for a clause ends inside them or they have no word: ${examples.join(", ")}`,
    );
  }
  const tokenizer = await tokenizerOf(options, say);
  const model = by === "context" ? await readModel() : undefined;
  const marking = openMarking({ by, entries: lexicon?.entries, model }, options.threads);

  const alone = isPageAlone(options);
  const skips = createSkips(options.strict ?? false, say);
  const progress = createProgress(options.quiet ?? false, undefined, options.output === undefined && !alone);
  const size = await sizeOfSources(inputs);
  const total = {
    traces: 0,
    withSpans: 0,
    spans: 0,
    tokens: 0,
    planning: 0,
    words: 0,
    planningWords: 0,
    coveredWords: 0,
    right: 0,
    wrong: 0,
  };
  const shown: TaggedTrace[] = [];
  async function* lines(): AsyncGenerator<string> {
    const reading = { ...options, stdin: process.stdin, onBytes: (read: number) => progress.bytes(read, size) };
    const records = readRecords(inputs, reading, skips.add);
    for await (const trace of marking.markAll(records, { tokenizer, tokenField: options.tokenField }, skips.attempt)) {
      const tagged = tagTrace(trace, entries);
      const { text, problem, success } = trace.of.traces[trace.index];
      skips.taken([trace.of.traces[trace.index]]);
      total.traces++;
      total.spans += tagged.spans.length;
      if (tagged.spans.length > 0) total.withSpans++;
      total.planningWords += trace.marks.planningWords;
      total.coveredWords += trace.marks.coveredWords;
      total.words += trace.marks.words;
      if (success !== undefined) total[success ? "right" : "wrong"]++;
      for (const bit of tagged.mask ?? []) {
        total.tokens++;
        total.planning += bit;
      }
      if (options.html !== undefined && shown.length < options.htmlTraces)
        shown.push({ place: trace.of.place, problem, success, text, spans: tagged.spans });
      yield `${JSON.stringify(tagged)}\n`;
    }
    skips.requireSome(total.traces);
  }
  try {
    if (alone) for await (const _ of lines());
    else await writeOutput(lines(), options.output);
  } finally {
    progress.end();
    await marking.stop();
  }
  if (options.html !== undefined) {
    const { tagPage } = await import("../report/tagPage.js");
    const facts = {
      lexicon: named ? first : undefined,
      entries: entries.length,
      ...total,
      planning: total.words > 0 ? total.planningWords / total.words : undefined,
      covered:
        named && by === "context" && total.planningWords > 0 ? total.coveredWords / total.planningWords : undefined,
    };
    await writeOutput(tagPage(facts, shown), options.html);
  }
  if (options.html !== undefined) say(`page: ${options.html}`);
  skips.summarise();
  const percent = (part: number, of: number) => `${((100 * part) / of).toFixed(1)} %`;
  const share = total.tokens > 0 ? `, ${percent(total.planning, total.tokens)} of ${total.tokens} tokens` : "";
  const how = by === "grams" ? "" : lexicon ? " by context" : " by context, without a lexicon";
  say(`tagged ${total.traces} traces${how}: ${total.spans} spans in ${total.withSpans} of them${share}`);
  if (lexicon && by === "context" && total.planningWords > 0)
    say(
      `the lexicon's grams cover ${percent(total.coveredWords, total.planningWords)} of ${total.planningWords} planning words`,
    );
}
