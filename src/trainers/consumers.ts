/** Who reads an export; apart from the code that makes it, so that the command line can name them without loading it. */
export const CONSUMER_NAMES = ["trl", "textpolicy", "retrain", "list", "token-ids", "yaml", "csv"] as const;
export type Consumer = (typeof CONSUMER_NAMES)[number];
