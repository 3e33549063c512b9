// One call of publish: all of its events are stored, or none.
import { type NewEvent, type OncelogError, type Outcome, violated } from '@oncelog/core';
import type { EventLog } from './event-log.ts';

export async function publish(
  { ingest, limits }: Pick<EventLog, 'ingest' | 'limits'>,
  events: readonly NewEvent[],
): Promise<Outcome[]> {
  if (events.length === 0) throw noEvents();
  return ingest.publish(events, { eventsMax: limits.requestEventsMax, whenFull: 'refuse' });
}

export function noEvents(): OncelogError {
  const description = 'must hold at least one event';
  return violated('RULE_BROKEN', [{ field: 'events', description, limit: 1, actual: 0 }]);
}
