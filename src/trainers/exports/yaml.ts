import type { Exporter } from "./consumers.js";

const FIELDS = ["gram", "function", "weight", "cluster", "position", "spellings"] as const;

/** JSON strings are YAML strings, once what YAML may not hold (section 5.1 of YAML 1.2) is escaped. */
const quoted = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

export const yaml: Exporter = (entries) => {
  const rows = entries.map((entry) =>
    FIELDS.filter((key) => entry[key] !== undefined)
      .map((key, i) => `${i === 0 ? "  - " : "    "}${key}: ${quoted(entry[key])}`)
      .join("\n"),
  );
  return {
    data: `strategic_grams:\n${rows.join("\n")}\n`,
    configuration: 'yaml.safe_load(open("FILE"))["strategic_grams"]',
  };
};
