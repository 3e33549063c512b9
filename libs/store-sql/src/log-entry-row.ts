// From rows to a place of the log: an event, or what erasing has left of it.
import type { LogEntry } from '@oncelog/core';
import type { LogDatabase } from './entities.ts';
import { eventIdOf } from './event-id-bytes.ts';
import { bodiesWithin, type PositionRange } from './position-range.ts';
import { missingEvent, storedEventColumns, type StoredEventRow, storedEventOf } from './stored-event-row.ts';

type BodyColumn = 'source' | 'timestamp_seconds' | 'timestamp_nanos' | 'content';
type Bodiless = { readonly [Column in BodyColumn]: StoredEventRow[Column] | null };

interface LogEntryRow extends Omit<StoredEventRow, BodyColumn>, Bodiless {
  /** The position again when the event was erased. */
  readonly erased: number | null;
}

/** Whole places between two positions, both included; the caller narrows it down. */
export function selectLogEntries(db: LogDatabase, range: PositionRange) {
  return db
    .selectFrom('event_key')
    .innerJoin('topic', 'topic.id', 'event_key.topic_id')
    .leftJoin('event', bodiesWithin(range))
    .leftJoin('erased_event', 'erased_event.position', 'event_key.position')
    .select([...storedEventColumns, 'erased_event.position as erased'])
    .where('event_key.position', '>=', range.first)
    .where('event_key.position', '<=', range.last);
}

/** Refuses a place whose body is gone without having been erased. */
export function logEntryOf(row: LogEntryRow): LogEntry {
  if (hasBody(row)) return storedEventOf(row);
  const { position, topic, event_id: eventId, stored_time_ms: storedTimeMs, erased } = row;
  if (erased === null) throw missingEvent(position);
  return { erased: true, topic, eventId: eventIdOf(eventId), position, storedTimeMs };
}

function hasBody(row: LogEntryRow): row is LogEntryRow & StoredEventRow {
  return row.content !== null;
}
