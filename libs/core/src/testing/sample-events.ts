// Events for tests, and a form of stored ones that compares by value.
import type { Content, NewEvent, StoredEvent } from '../event.ts';

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
