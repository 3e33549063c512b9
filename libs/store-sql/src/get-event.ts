// One event by its position.
import type { StoredEvent } from '@oncelog/core';
import type { LogDatabase } from './entities.ts';
import { selectStoredEvents, storedEventOf } from './stored-event-row.ts';

export async function getEvent(db: LogDatabase, position: number): Promise<StoredEvent | undefined> {
  const row = await selectStoredEvents(db, { first: position, last: position }).executeTakeFirst();
  return row && storedEventOf(row);
}
