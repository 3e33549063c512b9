// How far the log reaches now.
import { everyEvent, type EventStore } from '@oncelog/core';

/** Reads no event: nothing lies behind this position. */
export async function headOf(store: EventStore): Promise<number> {
  const nothing = { filter: everyEvent, eventsMax: 1, bytesMax: 1, scanMax: 1 };
  return (await store.tail({ ...nothing, after: Number.MAX_SAFE_INTEGER })).head;
}
