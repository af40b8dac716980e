import { availableParallelism } from "node:os";
import type { Command } from "commander";
import type { Explanation } from "../audit/explain.js";
import type { Encoder } from "../encoder/encoder.js";
import type { Lexicon } from "../lexicon/lexicon.js";
import type { Prior } from "../selection/prior.js";
import { hubOf } from "./hub.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";
import { createSay } from "./say.js";

interface Options {
  format: "text" | "json";
  prior?: string;
  model?: string;
  cache?: string;
  maxExpansion: number;
  limit?: number;
  dryRun?: boolean;
  output?: string;
}

const EXAMPLES = 5;

/** `sg-mine explain LEXICON PHRASE [FILE...]` */
export function explainCommand(program: Command): void {
  program
    .command("explain")
    .summary("why an entry is in, or why not")
    .description(
      "Shows a phrase's counts, cluster and neighbours in a lexicon. With traces (- for standard input) it mines them " +
        "again as the lexicon was mined, and shows each check with the value that the phrase had, the one that let it " +
        "in or kept it out, and clauses in which it stands.",
    )
    .argument("<lexicon>", "lexicon file as sg-mine writes it")
    .argument("<phrase>", "some words in a row; quote them")
    .argument("[files...]", "the traces that the lexicon was mined from")
    .addOption(flags.format(["text", "json"], "text, or all of it as JSON"))
    .addOption(flags.prior(flags.PRIOR_AGAIN))
    .addOption(flags.model())
    .addOption(flags.cache("vectors and downloads"))
    .addOption(flags.maxExpansion())
    .addOption(flags.limit())
    .addOption(flags.dryRun())
    .addOption(flags.output())
    .addHelpText(
      "after",
      `
Examples:
  sg-mine explain grams.json "let me double-check"
  sg-mine explain grams.json "so the total" traces.jsonl.gz`,
    )
    .action(run);
}

async function run(
  lexiconFile: string,
  phrase: string,
  files: string[],
  options: Options,
  command: Command,
): Promise<void> {
  const claimed = await claimFiles(command, {
    files: files.length > 0 ? files : undefined,
    reads: [lexiconFile, options.prior],
    writes: { "-o": options.output },
  });
  const [{ readFullLexicon }, { lookUp, nearest }, { openEncoder }, { writeOutput }, { explanationText }] =
    await Promise.all([
      import("../lexicon/read.js"),
      import("../audit/explain.js"),
      import("../encoder/encoder.js"),
      import("./output.js"),
      import("../report/explanationText.js"),
    ]);
  const lexicon = await readFullLexicon(lexiconFile);
  const { priorAgain } = await import("./prior.js");
  const prior = files.length > 0 ? await priorAgain(lexicon, lexiconFile, options.prior) : undefined;
  const explanation = lookUp(lexicon, phrase);
  if (options.dryRun) {
    const { traces } = (await import("../provenance.js")).optionsOf(lexicon);
    return (await import("./dryRun.js")).dryRun(claimed, { ...traces, ...options });
  }
  const encoder = await openEncoder({
    model: options.model,
    cache: options.cache,
    hub: hubOf(options.cache, createSay()),
  });
  if (files.length > 0 && encoder.sha256 !== lexicon.provenance.encoder.sha256)
    createSay()(
      `sg-mine: ${lexiconFile} was mined with the encoder ${lexicon.provenance.encoder.name}, not with this one; name it with --model`,
    );
  try {
    const rows = await encoder.embed([phrase, ...lexicon.grams]);
    explanation.neighbours = nearest(lexicon, phrase, rows, encoder.dimension);
    if (files.length > 0) await addReasons(explanation, lexicon, claimed, { encoder, prior }, options);
  } finally {
    await encoder.close();
  }
  const text = options.format === "json" ? `${JSON.stringify(explanation, null, 2)}\n` : explanationText(explanation);
  await writeOutput(text, options.output);
}

/** What the traces tell: counts, checks, examples. */
async function addReasons(
  explanation: Explanation,
  lexicon: Lexicon,
  files: string[],
  mined: { encoder: Encoder; prior?: Prior },
  { maxExpansion, limit }: Options,
): Promise<void> {
  const [
    { readSources, sizeOfSources },
    { placedTraces, usesOf },
    { recount },
    { optionsOf },
    { checksOf, contradictionOf },
    { readModel },
    { spoolStandardInput },
    { createProgress },
    { gramsOfPrior },
  ] = await Promise.all([
    import("../traces/source.js"),
    import("../audit/examples.js"),
    import("../audit/recount.js"),
    import("../provenance.js"),
    import("../audit/explain.js"),
    import("../tagger/model.js"),
    import("./spool.js"),
    import("./progress.js"),
    import("../selection/prior.js"),
  ]);
  const inputs = await spoolStandardInput(files);
  const { mining, traces } = optionsOf(lexicon);
  const floor = Number(mining.minProblems);
  const others = gramsOfPrior(mined.prior);
  // read twice: the second time must find what the first one found
  const progress = createProgress(false, { examples: 0, counting: 0.3, judging: 0.7 });
  const size = await sizeOfSources(inputs);
  const onBytes = (read: number) => progress.bytes(read, size);
  const reading = { maxExpansion, limit, seen: new Map<string, string>(), onBytes };
  const tools = {
    threads: availableParallelism(),
    memory: flags.MEMORY * 2 ** 20,
    tagger: await readModel(),
    ...mined,
  };
  try {
    const use = await usesOf(explanation.phrase, placedTraces(inputs, { ...traces, ...reading }), EXAMPLES);
    for (const example of use.examples) example.place = nameAsGiven(example.place, inputs, files);
    progress.stage("counting");
    const sources = readSources(inputs, reading);
    await recount(sources, traces, { maxN: mining.maxN, floor, others }, tools, async (counts) => {
      progress.stage("judging");
      Object.assign(explanation, { use }, await checksOf(explanation.words, use, counts, floor, mining, tools));
      explanation.contradicts = contradictionOf(explanation, lexicon, counts.corpus.digest);
    });
  } finally {
    progress.end();
  }
}

/** Standard input was spooled to a file that is gone when anyone reads its name. */
function nameAsGiven(place: string, inputs: readonly string[], files: readonly string[]): string {
  const spooled = inputs.findIndex((input, i) => files[i] === "-" && place.startsWith(input));
  return spooled < 0 ? place : `stdin${place.slice(inputs[spooled].length)}`;
}
