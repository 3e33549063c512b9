// A look at the newest events when a log is opened: the ones a crash would have harmed.
import type { LogDatabase } from './entities.ts';
import { logEntryOf, selectLogEntries } from './log-entry-row.ts';
import { missingEvent } from './stored-event-row.ts';

/** Throws DATA_CORRUPTED when one of the last `eventsMax` events is damaged or missing, by the count of the log. */
export async function verifyNewest(db: LogDatabase, eventsMax: number): Promise<void> {
  const { stored } = await db.selectFrom('log').select('stored').executeTakeFirstOrThrow();
  // What lies beyond the count is damage too.
  const newest = { first: stored - eventsMax + 1, last: Number.MAX_SAFE_INTEGER };
  const rows = await selectLogEntries(db, newest).orderBy('event_key.position', 'desc').limit(eventsMax).execute();
  rows.forEach((row, index) => {
    if (row.position !== stored - index) throw missingEvent(stored - index);
    logEntryOf(row);
  });
  if (rows.length < Math.min(stored, eventsMax)) throw missingEvent(stored - rows.length);
}
