// Places of the log on their way from the thread that reads: events as columns, the few erased ones as they are.
import { type ErasedEvent, isErased, type LogEntry, type StoredEvent } from '@oncelog/core';
import { packStoredEvents, type PackedStoredEvents, unpackStoredEvents } from './packed-stored-events.ts';

export interface PackedEntries {
  readonly events: PackedStoredEvents;
  readonly erased: readonly ErasedEvent[];
}

export function packEntries(entries: readonly LogEntry[]): PackedEntries {
  const events = entries.filter((entry): entry is StoredEvent => !isErased(entry));
  return { events: packStoredEvents(events), erased: entries.filter(isErased) };
}

export function unpackEntries({ events, erased }: PackedEntries): LogEntry[] {
  const entries: LogEntry[] = unpackStoredEvents(events);
  if (erased.length === 0) return entries;
  return [...entries, ...erased].sort((a, b) => a.position - b.position);
}
