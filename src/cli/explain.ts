import { availableParallelism } from "node:os";
import type { Command } from "commander";
import type { Explanation } from "../audit/explain.js";
import type { Encoder } from "../encoder/encoder.js";
import { printable } from "../errors.js";
import type { Lexicon } from "../lexicon/lexicon.js";
import { hubOf } from "./hub.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";
import { createSay } from "./say.js";

interface Options {
  format: "text" | "json";
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
    reads: [lexiconFile],
    writes: { "-o": options.output },
  });
  const [{ readFullLexicon }, { lookUp, nearest }, { openEncoder }, { writeOutput }] = await Promise.all([
    import("../lexicon/read.js"),
    import("../audit/explain.js"),
    import("../encoder/encoder.js"),
    import("./output.js"),
  ]);
  const lexicon = await readFullLexicon(lexiconFile);
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
    if (files.length > 0) await addReasons(explanation, lexicon, claimed, encoder, options);
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
  encoder: Encoder,
  { maxExpansion, limit }: Options,
): Promise<void> {
  const [
    { readSources },
    { placedTraces, usesOf },
    { recount },
    { optionsOf },
    { checksOf },
    { readModel },
    { spoolStandardInput },
  ] = await Promise.all([
    import("../traces/source.js"),
    import("../audit/examples.js"),
    import("../audit/recount.js"),
    import("../provenance.js"),
    import("../audit/explain.js"),
    import("../tagger/model.js"),
    import("./spool.js"),
  ]);
  const inputs = await spoolStandardInput(files);
  const { mining, traces } = optionsOf(lexicon);
  const floor = Number(mining.minProblems);
  // read twice: the second time must find what the first one found
  const reading = { maxExpansion, limit, seen: new Map<string, string>() };
  const use = await usesOf(explanation.phrase, placedTraces(inputs, { ...traces, ...reading }), EXAMPLES);
  for (const example of use.examples) example.place = nameAsGiven(example.place, inputs, files);
  const tools = {
    threads: availableParallelism(),
    memory: flags.MEMORY * 2 ** 20,
    tagger: await readModel(),
    encoder,
  };
  const why = await recount(readSources(inputs, reading), traces, { maxN: mining.maxN, floor }, tools, (counts) =>
    checksOf(explanation.words, use, counts, floor, mining, tools),
  );
  Object.assign(explanation, { use }, why);
}

/** Standard input was spooled to a file that is gone when anyone reads its name. */
function nameAsGiven(place: string, inputs: readonly string[], files: readonly string[]): string {
  const spooled = inputs.findIndex((input, i) => files[i] === "-" && place.startsWith(input));
  return spooled < 0 ? place : `stdin${place.slice(inputs[spooled].length)}`;
}

const MOST = 12;

function explanationText(e: Explanation): string {
  const some = (grams: readonly string[]) =>
    grams.slice(0, MOST).join(" · ") + (grams.length > MOST ? ` · … (${grams.length} in all)` : "");
  const lines = [`${e.words.join(" ")}: ${e.rule}`];
  const section = (title: string, rows: readonly string[]) => {
    if (rows.length > 0) lines.push("", title, ...rows.map((row) => `  ${row}`));
  };
  if (e.entry) {
    const { entry } = e;
    section("in the lexicon", [
      `rank ${entry.rank}, weight ${entry.weight}, ${entry.function}${entry.position ? `, only at the ${entry.position}` : ""}`,
      `${entry.problems} problems, ${entry.traces} traces, ${entry.occurrences} occurrences; ${entry.perTrace} per trace, ${entry.clauseInitial} of them open a clause`,
      `spelt ${entry.spellings.map((spelling) => JSON.stringify(spelling)).join(", ")}`,
    ]);
  }
  if (e.cluster)
    section(`cluster ${e.cluster.id}, "${e.cluster.label}" (${e.cluster.function}, ${e.cluster.size} grams)`, [
      `in ${(100 * e.cluster.documentFrequency).toFixed(1)} % of the problems, ${e.cluster.perTrace} per trace`,
      some(e.cluster.grams),
    ]);
  section(
    "nearest entries",
    e.neighbours.map(({ gram, cosine }) => `${cosine.toFixed(3)}  ${gram}`),
  );
  if (e.longer.length > 0) section("entries that hold it", [some(e.longer)]);
  if (e.shorter.length > 0) section("entries that it holds", [some(e.shorter)]);
  if (e.use)
    section("in these traces", [
      `${e.use.problems} problems, ${e.use.traces} traces, ${e.use.occurrences} occurrences`,
    ]);
  section(
    "checks",
    e.checks.map(({ name, value, needs, passed }) => `${passed ? "ok " : "NO "} ${name}: ${value} (needs ${needs})`),
  );
  section(
    "what its uses say, and the share of judged grams that it is above",
    e.signals.map(
      ({ name, value, above }) => `${name}: ${value} (more than ${(100 * above).toFixed(0)} % of the judged grams)`,
    ),
  );
  section(
    "examples",
    (e.use?.examples ?? []).map(({ place, clause }) => `${place}: ${clause}`),
  );
  return `${lines.map(printable).join("\n")}\n`;
}
