/** What each consumer reads, made from a lexicon; one file a consumer. ../../../docs/trainers.md says how each of them matches. */
import type { GramEntry } from "../../lexicon/match.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import type { Consumer, Export, Exporter, ExportOptions } from "./consumers.js";
import { csv } from "./csv.js";
import { list } from "./list.js";
import { python } from "./python.js";
import { withRecipe } from "./recipes.js";
import { tokenIds } from "./tokenIds.js";
import { TRAINERS } from "./trainers.js";
import { trl } from "./trl.js";
import { yaml } from "./yaml.js";

const EXPORTERS = {
  ...Object.fromEntries(TRAINERS.map((trainer) => [trainer, withRecipe(trainer)])),
  trl,
  "token-ids": tokenIds,
  python,
  list,
  yaml,
  csv,
} as Record<Consumer, Exporter>;

/** Makes the file of one consumer. `token-ids` needs a tokenizer; what `trl` gets is exact only with one. */
export const exportFor = async (
  consumer: Consumer,
  entries: readonly GramEntry[],
  tokenizer?: Tokenizer,
  options?: ExportOptions,
): Promise<Export> => EXPORTERS[consumer](entries, tokenizer, options);
