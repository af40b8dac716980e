import { InputError, NothingError } from "../errors.js";
import type { Corpus } from "./corpus.js";

/**
 * Refuses a corpus that no lexicon can come from, and says why.
 * @throws InputError when no record can be read
 * @throws NothingError when no trace succeeded, or the problems are too few for a document frequency
 */
export function requireTraces({ records, successful, skipped, problems, bad }: Corpus): void {
  // one score of 9 makes the scores of 1 beside it nearly the worst there are
  const unscaled = skipped["unknown-scale"] ?? 0;
  if (unscaled > 0)
    throw new NothingError(
      `${unscaled} of the ${records} traces have a score above 1, on a scale that nobody names: ` +
        `--success-threshold says from where on a score is a success (${bad[0] ?? ""})`,
    );
  if (successful > 0 && problems > 1) return;
  if (successful > 0)
    throw new NothingError(
      "all successful traces answer one problem: a document frequency needs several " +
        "(is the right field taken for the problem? --problem-field names it)",
    );
  if (records === 0) throw new NothingError("the input holds no records; sg-mine --help says what it reads");
  if (skipped.malformed === records) throw new InputError(`${bad[0]}; none of the ${records} records can be read`);
  const reasons = Object.entries(skipped)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(", ");
  if (!skipped.failed && !skipped["unknown-success"])
    throw new NothingError(
      `none of the ${records} records holds a trace (${reasons}); --text-field and --problem-field name the fields` +
        (bad.length > 0 ? `; ${bad[0]}` : ""),
    );
  throw new NothingError(
    `none of the ${records} traces is known to be successful (${reasons}); ` +
      (skipped["unknown-success"]
        ? "name the field that tells with --success-field (and --success-threshold for a score), or take every trace with --all"
        : "--success-field and --success-threshold say what success is, --all takes every trace"),
  );
}
