import { isObject } from "../../json.js";
import { survey } from "./fields.js";
import { isMessageList, userText } from "./messages.js";
import { reach } from "./paths.js";

/** The text of a record's problem, for people and models to read; undefined where it only names it by an id. */
export function problemTextOf(record: unknown, problemField?: string): string | undefined {
  if (!isObject(record)) return undefined;
  const { problemText } = survey(record);
  const named = problemField === undefined ? [] : reach(record, problemField).map(({ value }) => value);
  const values = [...named, problemText === undefined ? undefined : record[problemText], ...Object.values(record)];
  for (const [i, value] of values.entries()) {
    // of the fields that nothing points at only messages are certain
    if (typeof value === "string" && i <= named.length && value.trim() !== "" && /\s/.test(value.trim())) return value;
    const text = isMessageList(value) ? userText(value) : undefined;
    if (text !== undefined && text.trim() !== "") return text;
  }
  return undefined;
}
