// Entries of the log as JSON: of an erased event its name and place, and that it is erased.
import { storedEventToJson } from './event-to-json.ts';
import { printExactJson } from './exact-json.ts';
import type { LogEntry } from './log-entry.ts';

/** On one line. */
export function logEntryToJson(entry: LogEntry): string {
  if (entry.kind === 'event') return storedEventToJson(entry.stored);
  const { topic, eventId, position, storedTime, cursor } = entry;
  return printExactJson({
    topic,
    event_id: eventId,
    erased: true,
    position: Number(position),
    stored_time: storedTime.toISOString(),
    cursor,
  });
}
