// Events for tests, and a form of stored ones that compares by value.
import { isErased } from '../event-filter.ts';
import type { Content, LogEntry, NewEvent, StoredEvent } from '../event.ts';

export function jsonContent(text: string, contentType?: string): Content {
  const bytes = new TextEncoder().encode(text);
  return contentType === undefined ? { bytes } : { bytes, contentType };
}

export function sampleEvent(topic: string, eventId: string, more: Partial<NewEvent> = {}): NewEvent {
  return { topic, eventId, source: 'tests', content: jsonContent('{"sample":true}'), ...more };
}

/** Bytes as text: two kinds of byte array with the same bytes are then equal. */
export function comparable(event: StoredEvent) {
  return { ...event, content: { ...event.content, bytes: Buffer.from(event.content.bytes).toString('base64') } };
}

export function comparableEntry(entry: LogEntry) {
  return isErased(entry) ? entry : comparable(entry);
}
