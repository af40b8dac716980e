import { isEventLine, sessionOf, sessionRecord } from "../shapes/session.js";
import { type Batch, jsonlBlocks, type Limits, type Records } from "./blocks.js";
import { linesOf } from "./lines.js";

/** Events of sessions that are not over yet, at most, in bytes of the file. */
const MAX_OPEN = 512 * 2 ** 20;

/** Gathers events into records, one a session in the order of their beginnings, or one alone where none is named. */
export function createSessions() {
  const open = new Map<string | undefined, Record<string, unknown>[]>();
  return {
    add(event: Record<string, unknown>): void {
      const session = sessionOf(event);
      const events = open.get(session);
      if (events === undefined) open.set(session, [event]);
      else events.push(event);
    },
    records(): { place: string; value: unknown }[] {
      // what a log says of itself belongs to the one session in it
      const unnamed = open.get(undefined);
      if (unnamed !== undefined && open.size === 2) {
        open.delete(undefined);
        for (const events of open.values()) events.unshift(...unnamed.slice(0, 1e5));
      }
      return [...open].map(([session, events]) => ({
        place: session === undefined ? "all lines" : `session ${JSON.stringify(session.slice(0, 40))}`,
        value: sessionRecord(session, events),
      }));
    },
  };
}

/**
 * Records of a file of JSON lines in which each line is one message or event: the lines of a session are one record.
 * Lines that are no event are records of their own.
 */
export async function* eventRecords(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: Limits,
): AsyncGenerator<Batch> {
  const sessions = createSessions();
  let bytes = 0;
  for await (const batch of jsonlBlocks(file, chunks, limits)) {
    if (batch.kind === "records") {
      yield batch;
      continue;
    }
    bytes += batch.bytes.length;
    const others: Records = { kind: "records", file, records: [], malformed: [] };
    for (const { line, value, error } of linesOf(batch)) {
      if (error !== undefined) others.malformed.push({ place: `line ${line}`, why: error });
      else if (isEventLine(value) && bytes <= MAX_OPEN) sessions.add(value);
      else others.records.push({ place: `line ${line}`, value });
    }
    if (others.records.length + others.malformed.length > 0) yield others;
  }
  const records = sessions.records();
  if (records.length > 0) yield { kind: "records", file, records, malformed: [] };
}
