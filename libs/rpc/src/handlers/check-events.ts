// What would become of events if they were published now, by the rules of a publish.
import type { CheckedEvent, CheckOptions, NewEvent } from '@oncelog/core';
import type { EventLog } from './event-log.ts';

export interface CheckEventsOptions extends CheckOptions {
  /** The bound of the protocol that carried the events. */
  readonly eventsMax: number;
}

/** Asks the store also where a broker stands in front of it: what that holds has no verdict yet. */
export async function checkEvents(
  { ingest, store }: Pick<EventLog, 'ingest' | 'store'>,
  events: readonly NewEvent[],
  { eventsMax, keysOnly }: CheckEventsOptions,
): Promise<readonly CheckedEvent[]> {
  ingest.check(events, { eventsMax });
  return store.check(events, { keysOnly });
}
