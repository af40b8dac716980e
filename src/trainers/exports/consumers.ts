import type { GramEntry } from "../../lexicon/match.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import { TRAINERS } from "./trainers.js";

/** Who reads an export; apart from the code that makes it, so that the command line can name them without loading it. */
export const CONSUMER_NAMES = [...TRAINERS, "token-ids", "python", "list", "yaml", "csv"] as const;
export type Consumer = (typeof CONSUMER_NAMES)[number];

export interface Export {
  /** the file's content */
  data: string;
  /** how the consumer is switched on, FILE standing for the file's name */
  configuration: string;
}

/** Makes one consumer's file. Throws InputError where the consumer needs a tokenizer and there is none. */
export type Exporter = (
  entries: readonly GramEntry[],
  tokenizer?: Tokenizer,
  options?: ExportOptions,
) => Export | Promise<Export>;

export interface ExportOptions {
  /** csv: cells as they are, those too that a spreadsheet would run as formulas */
  raw?: boolean;
}

export const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
export const unique = (strings: Iterable<string>) => [...new Set(strings)];
