import type { Exporter } from "./consumers.js";
import { joinedTokens } from "./joined.js";

export const retrain: Exporter = (entries, tokenizer) => ({
  data: toml(joinedTokens(entries, tokenizer)),
  configuration: "paste FILE into the run's TOML, merging its [logging] table with the one that is there",
});

/** A TOML literal string with a JSON array in it: a TOML array would be read wrongly. */
function toml(grams: readonly string[]): string {
  const array = JSON.stringify(grams).replaceAll("'''", "\\u0027\\u0027\\u0027");
  return `[logging]\nstrategic_grams = '''${array}'''\n`;
}
