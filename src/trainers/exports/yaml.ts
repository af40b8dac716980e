import type { Exporter } from "./consumers.js";

const FIELDS = ["gram", "function", "weight", "cluster", "position", "spellings"] as const;

/** JSON strings are YAML strings. */
export const yaml: Exporter = (entries) => {
  const rows = entries.map((entry) =>
    FIELDS.filter((key) => entry[key] !== undefined)
      .map((key, i) => `${i === 0 ? "  - " : "    "}${key}: ${JSON.stringify(entry[key])}`)
      .join("\n"),
  );
  return {
    data: `strategic_grams:\n${rows.join("\n")}\n`,
    configuration: 'yaml.safe_load(open("FILE"))["strategic_grams"]',
  };
};
