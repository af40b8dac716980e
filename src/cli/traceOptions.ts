import type { Command } from "commander";
import type { TraceOptions } from "../traces/trace.js";
import { number } from "./numbers.js";

/** Options that say which field is which, for commands that count traces. */
export function addTraceOptions(command: Command): Command {
  return command
    .option("--text-field <name>", "field with the model's output")
    .option("--problem-field <name>", "field with the problem's id or text")
    .option("--success-field <name>", "field that tells whether the trace succeeded")
    .option("--success-threshold <number>", "a score counts as success from here on (0.5)", number)
    .option("--all", "take every trace, successful or not");
}

/** The trace options among a command's. */
export const traceOptionsOf = ({
  textField,
  problemField,
  successField,
  successThreshold,
  all,
}: TraceOptions): TraceOptions => ({ textField, problemField, successField, successThreshold, all });
