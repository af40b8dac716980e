import { type Exporter, json } from "./consumers.js";
import { joinedTokens } from "./joined.js";

export const textpolicy: Exporter = (entries, tokenizer) => ({
  data: json(joinedTokens(entries, tokenizer)),
  configuration: "--strategic-grams FILE",
});
