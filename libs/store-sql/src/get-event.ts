// One event by its key.
import type { StoredEvent } from '@oncelog/core';
import type { LogDatabase } from './entities.ts';
import { eventIdBytes } from './event-id-bytes.ts';
import { selectStoredEvents, storedEventOf } from './stored-event-row.ts';

export async function getEvent(db: LogDatabase, topic: string, eventId: string): Promise<StoredEvent | undefined> {
  const row = await selectStoredEvents(db)
    .where('topic.name', '=', topic)
    .where('event_key.event_id', '=', eventIdBytes(eventId))
    .executeTakeFirst();
  return row && storedEventOf(row);
}
