import { isObject } from "../../json.js";
import { isStep } from "./episode.js";
import { survey } from "./fields.js";
import { isTurn, speakerOf, unwrapped } from "./messages.js";
import { sureProblem } from "./problem.js";
import { toldBy } from "./success.js";

/** What tells which events belong together. */
const SESSIONS = [
  ..."sessionId session_id conversation_id conversationId thread_id chat_id episode_id trajectory_id traj_id".split(
    " ",
  ),
  ..."rollout_id run_id trace_id instance_id".split(" "),
];
/** Types of lines that command lines log beside messages. */
const LOGGED =
  /^(?:session_meta|response_item|event_msg|turn_context|compacted|summary|file-history-snapshot|queue-operation|progress|result|system|stream_event|thread\.\w+|turn\.\w+|item\.\w+)$/;
/** Calls of tools and what they gave, of OpenAI's Responses. */
const CALL = /^(?:[a-z]+_)*call(?:_output)?$/;

/** Whether a line is a message or an event of an episode, rather than a record of an attempt. */
export function isEventLine(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const inner = unwrapped(value);
  const acts = ["action", "observation", "thought", "tool"].some((key) => key in value);
  const turn = isTurn(value) || (isObject(inner) && inner !== value && isTurn(inner));
  if (isLogged(value) || (typeof value.type === "string" && CALL.test(value.type))) return true;
  if (!turn && !(isStep(value) && acts)) return false;
  const fields = survey(value);
  return (
    sureProblem(value, fields) === undefined &&
    !fields.verdicts.some((key) => toldBy(key, value[key], value) !== undefined)
  );
}

/** Whether a line is an object that has no field for an output, nor one for a verdict. */
function isAside(line: unknown): boolean {
  if (!isObject(line)) return false;
  const { texts, verdicts } = survey(line);
  return texts.length === 0 && verdicts.length === 0;
}

function isLogged(value: Record<string, unknown>): boolean {
  return (
    typeof value.type === "string" &&
    LOGGED.test(value.type) &&
    ("payload" in value ||
      "timestamp" in value ||
      "session_id" in value ||
      "sessionId" in value ||
      /[.-]|summary/.test(value.type))
  );
}

/** Whether the first lines of a file are one or more episodes, line by line: several turns, and not the model's alone. */
export function isEventLog(lines: readonly unknown[]): boolean {
  const events = lines.filter(isEventLine);
  // what a log says of itself may stand before and between
  if (events.length < 2 || !lines.every((line) => isEventLine(line) || isAside(line))) return false;
  const keyed = events.some((line) => sessionOf(line) !== undefined);
  const others = events.some((line) => speakerOf(unwrapped(line)) === "user" || isStep(line) || isLogged(line));
  return keyed || others;
}

/** The session that an event names. */
export function sessionOf(event: Record<string, unknown>): string | undefined {
  for (const name of SESSIONS) {
    const value = event[name];
    // a sub-agent's words are an episode of its own
    const apart = event.isSidechain === true ? `/${String(event.agentId ?? "sidechain")}` : "";
    if (typeof value === "string" || typeof value === "number") return `${value}${apart}`;
  }
  return undefined;
}

const isSaid = (event: Record<string, unknown>): boolean => isTurn(unwrapped(event)) || isTurn(event) || isStep(event);

/** One episode's events as a record. */
export function sessionRecord(session: string | undefined, events: Record<string, unknown>[]): Record<string, unknown> {
  // Codex logs what it shows beside what was said
  const said = events.some(({ type }) => type === "response_item");
  const kept = events.filter(
    (event) => !(said && event.type === "event_msg") && event.isMeta !== true && isSaid(event),
  );
  return { ...(session !== undefined && { session_id: session }), messages: kept };
}
