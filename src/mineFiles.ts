/** Mining in one call, for programs: files in, lexicon out, the same bytes as the command line gives. */
import { availableParallelism } from "node:os";
import { openEncoder } from "./encoder/encoder.js";
import { type Mined, type MineTools, mine } from "./mine.js";
import { DEFAULTS, type MineOptions, PAPER } from "./options.js";
import { readModel } from "./tagger/model.js";
import { readSources } from "./traces/source.js";
import { strictly } from "./traces/strict.js";
import type { TraceOptions } from "./traces/trace.js";
import { VERSION } from "./version.js";

export interface MineFilesOptions extends Partial<MineOptions>, TraceOptions, Pick<MineTools, "onProgress" | "prior"> {
  /** processors, unless given; no effect on the result */
  threads?: number;
  /** bytes for the counting tables (512 MiB); no effect on the result */
  memory?: number;
  /** the first record that holds no trace is an error */
  strict?: boolean;
}

/**
 * Mines a lexicon from files, folders or globs (.jsonl .json .csv .tsv .parquet, also packed). Options are those of the
 * command line, in camel case: `{ preset: "paper", maxN: 5, successField: "reward" }`.
 * @throws InputError for files that are missing, broken or hold no record
 * @throws NothingError where no trace succeeded, the problems are too few, or no gram is a planning move
 */
export async function mineFiles(paths: string | readonly string[], options: MineFilesOptions = {}): Promise<Mined> {
  const { threads = availableParallelism(), memory = 512 * 2 ** 20, onProgress, prior, strict, ...rest } = options;
  const preset = rest.preset === "paper" ? PAPER : DEFAULTS;
  const given = Object.keys(preset).filter((key) => rest[key as keyof MineOptions] !== undefined);
  const mineOptions = { ...preset, ...Object.fromEntries(given.map((key) => [key, rest[key as keyof MineOptions]])) };
  const { textField, problemField, successField, successThreshold, all } = rest;
  const traces = { textField, problemField, successField, successThreshold, all };
  const batches = readSources(typeof paths === "string" ? [paths] : [...paths], {});
  return mine(strict ? strictly(batches, traces) : batches, traces, mineOptions, {
    openEncoder: () => openEncoder({ threads }),
    tagger: await readModel(),
    prior,
    threads,
    memory,
    version: VERSION,
    onProgress,
  });
}
