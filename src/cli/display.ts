import { printable } from "../errors.js";
import type { Corpus } from "../grams/corpus.js";
import type { Lexicon } from "../lexicon/lexicon.js";
import type { MineTools, Stage } from "../mine.js";
import { BAD } from "../traces/strict.js";
import { fieldLines } from "./fields.js";
import { createProgress, type Progress } from "./progress.js";
import { SHOWN, skippedLine } from "./skips.js";

/**
 * What mining shows on standard error: on a terminal a bar with the stage, the share done and the time left; at the
 * end a summary. Data never goes this way.
 */
export interface Display extends Pick<Progress, "bytes" | "end"> {
  stage(stage: Stage, done?: number): void;
  say(line: string): void;
  /** where records were that hold no trace: the first few, and how many there are by reason */
  bad(places: readonly string[], skipped: Readonly<Record<string, number>>): void;
  /** what was read and taken */
  read(corpus: Read): void;
  summary(lexicon: Lexicon, corpus: Read, floor: number, candidates: number): void;
}

type Read = Omit<Corpus, "bad">;

/** Share of the time that the stages before take, roughly, on a corpus of a few hundred megabytes. */
const BEGINS: Record<Stage, number> = {
  reading: 0,
  counting: 0.5,
  tagging: 0.63,
  embedding: 0.69,
  clustering: 0.82,
  choosing: 0.87,
  spelling: 0.88,
};

export function createDisplay(quiet: boolean): Display {
  const started = process.hrtime.bigint();
  const seconds = () => Number(process.hrtime.bigint() - started) / 1e9;
  const progress = createProgress(quiet, BEGINS);
  const say = (line: string) => {
    // over the bar, which is drawn anew below
    if (!quiet) process.stderr.write(`${progress.active ? "\r\u001b[K" : ""}${printable(line)}\n`);
  };
  const read = ({ records, successful, skipped: reasons, fields: taken }: Read) => {
    const skipped = Object.entries(reasons).map(([reason, count]) => `${count} ${reason}`);
    for (const line of fieldLines(taken)) say(line);
    say(`traces: ${records} read, ${successful} mined${skipped.length > 0 ? `; skipped: ${skipped.join(", ")}` : ""}`);
  };
  return {
    bytes: progress.bytes,
    stage: progress.stage,
    end: progress.end,
    say,
    bad(places, skipped) {
      const all = Object.keys(BAD).reduce((sum, reason) => sum + (skipped[reason] ?? 0), 0);
      for (const place of places.slice(0, SHOWN)) say(skippedLine(place));
      if (all > SHOWN) say(skippedLine(`${all - SHOWN} more records that hold no trace`));
    },
    read,
    summary({ entries, clusters, provenance }, corpus, floor, candidates) {
      say(
        `problems: ${corpus.problems}; words: ${corpus.words}; grams in ${floor} or more problems${provenance.prior ? ", or in the prior," : ""} that were judged: ${candidates}`,
      );
      say(`lexicon: ${entries.length} entries in ${clusters.length} clusters; ${seconds().toFixed(1)} s`);
    },
  };
}

/** Says what was read and taken, and names the records that hold no trace, once all is read: also when nothing comes of it. */
export function tellRead({ bad, read }: Pick<Display, "bad" | "read">): NonNullable<MineTools["onRead"]> {
  return (corpus) => {
    bad(corpus.bad, corpus.skipped);
    read(corpus);
  };
}
