import type { Command } from "commander";
import type { TraceOptions } from "../traces/trace.js";
import type { Span } from "../trainers/tag.js";
import { tokenizerOf } from "./hub.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";
import { createSay } from "./say.js";

/** Traces on the page of --html: a handful, to be looked at. */
const SHOWN = 20;

interface Options extends TraceOptions {
  html?: string;
  tokenizer?: string;
  cache?: string;
  output?: string;
  strict?: boolean;
  maxExpansion: number;
  quiet?: boolean;
}

/** `sg-mine tag LEXICON FILE...` */
export function tagCommand(program: Command): void {
  program
    .command("tag")
    .summary("mark planning spans in traces")
    .description(
      "Writes one JSON line per trace, in the order of the input: the record's identifiers and its planning `spans`. " +
        "`start` and `end` count UTF-16 code units (JavaScript), `startCodePoint` and `endCodePoint` code points " +
        "(Python), both into the trace's text; the line has that `text` where the record's field holds something else.",
    )
    .addArgument(flags.lexicon())
    .addArgument(flags.files())
    .addOption(flags.tokenizer("add token_ids and mask (1: planning) by this tokenizer.json"))
    .addOption(flags.cache())
    .addOption(flags.tokenField())
    .addOption(flags.textField())
    .addOption(flags.output())
    .option("--html <file>", `also write a page with the first ${SHOWN} traces, their spans highlighted by function`)
    .addOption(flags.strict())
    .addOption(flags.maxExpansion())
    .addOption(flags.quiet())
    .action(run);
}

async function run(lexiconFile: string, files: string[], options: Options, command: Command): Promise<void> {
  flags.requireWith(command, "--tokenizer", "--token-field");
  const inputs = await claimFiles(command, {
    files,
    reads: [lexiconFile],
    writes: { "-o": options.output, "--html": options.html },
    quiet: options.quiet,
  });
  const [{ readLexicon }, { createMatcher }, { readRecords }, { tagTrace }, { writeOutput }, { createSkips }] =
    await Promise.all([
      import("../lexicon/read.js"),
      import("../lexicon/match.js"),
      import("../trainers/records.js"),
      import("../trainers/tag.js"),
      import("./output.js"),
      import("./skips.js"),
    ]);
  const { entries } = await readLexicon(lexiconFile);
  const matcher = createMatcher(entries);
  const say = createSay(options.quiet);
  if (matcher.unmatchable.length > 0) {
    const examples = matcher.unmatchable.slice(0, 3).map((i) => JSON.stringify(entries[i].gram.slice(0, 60)));
    say(
      `${lexiconFile}: ${matcher.unmatchable.length} of ${entries.length} grams can never match, ` +
        `for a clause ends inside them or they have no word: ${examples.join(", ")}`,
    );
  }
  const tokenizer = await tokenizerOf(options, say);

  const skips = createSkips(options.strict ?? false, say);
  const total = { traces: 0, withSpans: 0, spans: 0, tokens: 0, planning: 0 };
  const shown: { title: string; text: string; spans: readonly Span[] }[] = [];
  async function* lines(): AsyncGenerator<string> {
    for await (const found of readRecords(inputs, { ...options, stdin: process.stdin }, skips.add)) {
      for (let i = 0; i < found.traces.length; i++) {
        const tagged = skips.attempt(found, i, () =>
          tagTrace(matcher, found, i, { tokenizer, tokenField: options.tokenField }),
        );
        if (!tagged) continue;
        total.traces++;
        total.spans += tagged.spans.length;
        if (tagged.spans.length > 0) total.withSpans++;
        for (const bit of tagged.mask ?? []) {
          total.tokens++;
          total.planning += bit;
        }
        if (options.html !== undefined && shown.length < SHOWN)
          shown.push({
            title: found.traces[i].problem,
            text: typeof tagged.text === "string" ? tagged.text : found.traces[i].text,
            spans: tagged.spans,
          });
        yield `${JSON.stringify(tagged)}\n`;
      }
    }
    skips.requireSome(total.traces);
  }
  await writeOutput(lines(), options.output);
  if (options.html !== undefined) await writeOutput(await pageOf(shown), options.html);
  skips.summarise();
  const share =
    total.tokens > 0 ? `, ${((100 * total.planning) / total.tokens).toFixed(1)} % of ${total.tokens} tokens` : "";
  say(`tagged ${total.traces} traces: ${total.spans} spans in ${total.withSpans} of them${share}`);
}

/** One page with the traces' text, escaped, and their spans marked. */
async function pageOf(shown: readonly { title: string; text: string; spans: readonly Span[] }[]): Promise<string> {
  const [{ highlightCss, highlightHtml, highlightLegend }, { escapeHtml, htmlPage }] = await Promise.all([
    import("../report/highlight.js"),
    import("../report/html.js"),
  ]);
  const traces = shown.map(
    ({ title, text, spans }) =>
      `<section><h2>${escapeHtml(title)}</h2><div class="sg-trace">${highlightHtml(text, spans)}</div></section>`,
  );
  return htmlPage({
    title: "Planning spans",
    css: `${highlightCss}body { margin: 1rem auto; max-width: 50rem; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif; }
.sg-trace { white-space: pre-wrap; overflow-wrap: anywhere; }`,
    body: `<main><h1>Planning spans</h1>${highlightLegend()}${traces.join("")}</main>`,
  });
}
