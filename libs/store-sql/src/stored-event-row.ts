// From rows to an event, with the proof that its content is what was stored.
import { type Attributes, contentDigest, type Content, OncelogError, type StoredEvent } from '@oncelog/core';
import type { LogDatabase } from './entities.ts';
import { eventIdOf } from './event-id-bytes.ts';
import { bodiesWithin, type PositionRange } from './position-range.ts';

export interface StoredEventRow {
  readonly position: number;
  readonly topic: string;
  readonly event_id: Uint8Array;
  readonly digest: Uint8Array;
  readonly stored_time_ms: number;
  readonly source: string;
  readonly timestamp_seconds: number;
  readonly timestamp_nanos: number;
  readonly attributes: string | null;
  readonly content_type: string | null;
  readonly content: Uint8Array;
}

export const storedEventColumns = [
  'event_key.position',
  'topic.name as topic',
  'event_key.event_id',
  'event_key.digest',
  'event_key.stored_time_ms',
  'event.source',
  'event.timestamp_seconds',
  'event.timestamp_nanos',
  'event.attributes',
  'event.content_type',
  'event.content',
] as const;

/** Whole events between two positions, both included; the caller narrows it down. */
export function selectStoredEvents(db: LogDatabase, range: PositionRange) {
  return db
    .selectFrom('event_key')
    .innerJoin('event', bodiesWithin(range))
    .innerJoin('topic', 'topic.id', 'event_key.topic_id')
    .select(storedEventColumns)
    .where('event_key.position', '>=', range.first)
    .where('event_key.position', '<=', range.last);
}

/** Refuses content that no longer has the digest it was stored with: a damaged disk must not hand out wrong data. */
export function storedEventOf(row: StoredEventRow): StoredEvent {
  const content: Content =
    row.content_type === null ? { bytes: row.content } : { bytes: row.content, contentType: row.content_type };
  if (Buffer.compare(contentDigest(content), row.digest) !== 0) throw corrupted(row.position);
  return {
    topic: row.topic,
    eventId: eventIdOf(row.event_id),
    timestamp: { seconds: row.timestamp_seconds, nanos: row.timestamp_nanos },
    source: row.source,
    ...(row.attributes === null ? undefined : { attributes: attributesOf(row.attributes, row.position) }),
    content,
    position: row.position,
    storedTimeMs: row.stored_time_ms,
  };
}

export function attributesOf(text: string, position: number): Attributes {
  try {
    return JSON.parse(text) as Attributes;
  } catch {
    throw corrupted(position);
  }
}

export function missingEvent(position: number): OncelogError {
  return new OncelogError('DATA_CORRUPTED', `the event at position ${position} is missing`);
}

function corrupted(position: number): OncelogError {
  return new OncelogError('DATA_CORRUPTED', `the event at position ${position} no longer matches its checksum`);
}
