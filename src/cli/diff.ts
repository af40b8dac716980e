import type { Command } from "commander";
import { claimFiles } from "./inputs.js";
import * as flags from "./options.js";

interface Options {
  failAbove?: number;
  format: "text" | "json" | "markdown";
  all?: boolean;
  output?: string;
}

/** `sg-mine diff OLD NEW` */
export function diffCommand(program: Command): void {
  program
    .command("diff")
    .summary("what changed between two lexicons")
    .description(
      "Lists the entries that were added, removed or moved, and the document frequencies that changed beyond chance. " +
        "The difference is the share of occurrences that belongs to entries of one lexicon only (of entries, where one " +
        "is a bare list). Exit code 1 when it is above --fail-above.",
    )
    .argument("<old>", "lexicon file, JSON array of grams, object with grams, or text with one gram per line")
    .argument("<new>", "another")
    .option("--fail-above <share>", "exit with 1 when the difference is above this share, 0 to 1", flags.share)
    .addOption(flags.format(["text", "json", "markdown"], "markdown is for a pull request's comment"))
    .option("--all", "text: list everything, not the first 20 of each kind")
    .addOption(flags.output())
    .addHelpText(
      "after",
      `
Examples:
  sg-mine diff grams.json new.json
  sg-mine diff --fail-above 0.1 grams.json new.json || echo "look at it first"
  sg-mine diff --format markdown grams.json new.json | gh pr comment --body-file -`,
    )
    .action(run);
}

async function run(old: string, now: string, options: Options, command: Command): Promise<void> {
  await claimFiles(command, { reads: [old, now], writes: { "-o": options.output } });
  const [{ readLexicon }, { diffLexicons }, { diffMarkdown, diffText }, { writeOutput }] = await Promise.all([
    import("../lexicon/read.js"),
    import("../lexicon/diff.js"),
    import("../report/diffText.js"),
    import("./output.js"),
  ]);
  const difference = diffLexicons(await readLexicon(old), await readLexicon(now));
  const write = {
    json: () => `${JSON.stringify(difference, null, 2)}\n`,
    markdown: () => diffMarkdown(difference, old, now),
    text: () => diffText(difference, old, now, options.all),
  };
  await writeOutput(write[options.format](), options.output);
  if (options.failAbove !== undefined && difference.difference > options.failAbove) {
    process.stderr.write(
      `sg-mine: the difference ${difference.difference} is above --fail-above ${options.failAbove}\n`,
    );
    process.exitCode = 1;
  }
}
