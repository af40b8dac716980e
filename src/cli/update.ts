import type { Command } from "commander";
import type { SampledTrace } from "../grams/sample.js";
import type { Stored, StoredTraces } from "../grams/stored.js";
import { VERSION } from "../version.js";
import { hubOf } from "./hub.js";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";
import { createSay } from "./say.js";

interface Options {
  state: string;
  decay?: number;
  model?: string;
  cache?: string;
  output?: string;
  threads: number;
  memory: number;
  strict?: boolean;
  maxExpansion: number;
  limit?: number;
  dryRun?: boolean;
  quiet?: boolean;
}

/** `sg-mine update LEXICON FILE... --state FILE` */
export function updateCommand(program: Command): void {
  const command = program
    .command("update")
    .summary("fold new traces into a lexicon")
    .description(
      "Mines new traces together with those that a lexicon was mined from, which its state file keeps (sg-mine --state " +
        "writes it, the prior included), and writes the lexicon and the state anew. Without --decay the lexicon is, byte for byte, what mining " +
        "all traces at once gives. With --decay 0.8 every problem read before stays with probability 0.8, so that its " +
        "document frequencies fade by a fifth per update and the state stops growing.",
    )
    .argument("<lexicon>", "the lexicon that belongs to the state")
    .addArgument(flags.files("new traces"))
    .requiredOption("--state <file>", "state beside the lexicon; read, then replaced")
    .option("--decay <share>", "share of the earlier problems that stays, above 0 to 1", keep)
    .addOption(flags.model())
    .addOption(flags.cache("vectors and downloads"))
    .option("-o, --output <file>", "write to a file (the lexicon itself, say) instead of standard output")
    .addOption(flags.threads())
    .addOption(flags.memory());
  flags
    .addReadingOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  sg-mine --state grams.state -o grams.json step_0*.jsonl
  sg-mine update grams.json --state grams.state -o grams.json step_100.jsonl
  sg-mine update grams.json --state grams.state --decay 0.8 -o grams.json step_200.jsonl`,
    )
    .action(run);
}

const keep = (text: string) => flags.parsed(text, (value) => value > 0 && value <= 1, "a number above 0, up to 1");

async function run(lexiconFile: string, files: string[], options: Options, command: Command): Promise<void> {
  const inputs = await claimFiles(command, {
    files,
    writes: { "-o": options.output, "--state": options.state },
    marked: true,
    quiet: options.quiet,
  });
  const [
    { mine },
    { readFullLexicon },
    { forget, readState, stateBytes },
    { InputError, readSources, sizeOfSources, strictly },
    { openEncoder },
    { readModel },
    { coverageInTexts, isDue },
    { priorFrom },
    { serialise },
    { requireWritable, stampOf, writeLexiconWith },
    { createDisplay, tellRead },
    { diffLexicons },
    { diffLines },
  ] = await Promise.all([
    import("../mine.js"),
    import("../lexicon/read.js"),
    import("../counts/state.js"),
    import("../traces/traces.js"),
    import("../encoder/encoder.js"),
    import("../tagger/model.js"),
    import("../selection/coverage.js"),
    import("../selection/prior.js"),
    import("../lexicon/write.js"),
    import("./output.js"),
    import("./display.js"),
    import("../lexicon/diff.js"),
    import("../report/diffText.js"),
  ]);
  const old = await readFullLexicon(lexiconFile);
  const { grams, provenance } = old;
  const stamp = stampOf(options.state);
  const state = await readState(options.state);
  const { update, traces, stored } = options.decay === undefined ? state : forget(state, options.decay);
  if (provenance.input.digest !== stored.sums.digest)
    throw new InputError(`${options.state}: the state of another lexicon than ${lexiconFile}; mine again with --state`);
  await requireWritable(options.output);
  const encoder = await openEncoder({
    model: options.model,
    cache: options.cache,
    threads: options.threads,
    hub: hubOf(options.cache, createSay(options.quiet)),
  });
  if (encoder.sha256 !== provenance.encoder.sha256) {
    await encoder.close();
    throw new InputError(
      `${lexiconFile}: mined with the encoder ${provenance.encoder.name}, not with this one (${encoder.name}); ` +
        "name it with --model, or mine again",
    );
  }
  if (options.dryRun) return (await import("./dryRun.js")).dryRun(inputs, { ...traces, ...options });
  const total = await sizeOfSources(inputs);
  const tagger = await readModel();
  const display = createDisplay(options.quiet ?? false);
  let kept: Stored | undefined;
  try {
    const sources = readSources(inputs, {
      stdin: process.stdin,
      ...traces,
      maxExpansion: options.maxExpansion,
      limit: options.limit,
      onBytes: (bytes) => display.bytes(bytes, total),
    });
    const { lexicon, corpus, floor, candidates } = await mine(
      options.strict ? strictly(sources, traces) : sources,
      traces,
      update.mining,
      {
        openEncoder: async () => encoder,
        tagger,
        prior: update.prior && priorFrom(update.prior),
        threads: options.threads,
        memory: options.memory * 2 ** 20,
        version: VERSION,
        earlier: stored,
        keep: (stored) => {
          kept = { ...stored, batches: [...(stored.batches as Iterable<StoredTraces>)] };
        },
        onRead: tellRead(display),
        onProgress: display.stage,
      },
    );
    display.end();
    const here = await coverageInTexts(grams, newIn(kept!.sample, stored.sample), tagger, options.threads);
    const decay = update.decay * (options.decay ?? 1);
    if (decay !== 1) lexicon.provenance.options.decay = Number(decay.toPrecision(6));
    const next = { ...update, decay, updates: update.updates + 1 };
    const written = [{ data: stateBytes(kept!, corpus, { update: next, traces }), file: options.state }];
    await writeLexiconWith(written, serialise(lexicon), options.output, () => {
      if (stampOf(options.state) !== stamp)
        throw new InputError(`${options.state}: another update replaced it meanwhile; run this one again`);
    });
    display.summary(lexicon, corpus, floor, candidates);
    const files = [old, lexicon].map((one) => ({ path: lexiconFile, entries: one.entries, lexicon: one }));
    diffLines(diffLexicons(files[0], files[1])).forEach(display.say);
    const before = provenance.tagger?.coverage ?? null;
    if (isDue(here, before))
      display.say(
        `${lexiconFile} as it was covers ${percent(here!)} of the planning words of the new traces, and ${percent(before!)} of ` +
          `those that it was made from, before update ${next.updates}: planning has moved; update more often, or with a lower --decay`,
      );
  } finally {
    display.end();
  }
}

/** The traces of a sample that an earlier one lacks. */
function newIn(sample: readonly SampledTrace[], earlier: readonly SampledTrace[]): SampledTrace[] {
  const keyOf = ({ problem, text }: SampledTrace) => JSON.stringify([problem, text]);
  const known = new Set(earlier.map(keyOf));
  return sample.filter((trace) => !known.has(keyOf(trace)));
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
