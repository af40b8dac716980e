import { InvalidArgumentError, Option } from "commander";
import { MAX_EXPANSION } from "../traces/files/expansion.js";

/** `--max-expansion`, the same for every command that reads traces. */
export const maxExpansion = (): Option =>
  new Option(
    "--max-expansion <times>",
    "refuse a packed file that unpacks to more times its size, beyond the first gigabyte",
  )
    .argParser((text) => {
      const value = Number(text);
      if (text.trim() === "" || !(value >= 1)) throw new InvalidArgumentError("Expecting a number from 1.");
      return value;
    })
    .default(MAX_EXPANSION);
