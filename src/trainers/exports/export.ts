/** What each consumer reads, made from a lexicon; one file a consumer. ../../../docs/trainers.md says how each of them matches. */
import type { GramEntry } from "../../lexicon/match.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import type { Consumer, Export, Exporter } from "./consumers.js";
import { csv } from "./csv.js";
import { list } from "./list.js";
import { retrain } from "./retrain.js";
import { textpolicy } from "./textpolicy.js";
import { tokenIds } from "./tokenIds.js";
import { trl } from "./trl.js";
import { yaml } from "./yaml.js";

const EXPORTERS: Record<Consumer, Exporter> = { trl, textpolicy, retrain, list, "token-ids": tokenIds, yaml, csv };

/** Makes the file of one consumer. `token-ids` needs a tokenizer; `trl`, `textpolicy` and `retrain` are exact only with one. */
export const exportFor = async (
  consumer: Consumer,
  entries: readonly GramEntry[],
  tokenizer?: Tokenizer,
): Promise<Export> => EXPORTERS[consumer](entries, tokenizer);
