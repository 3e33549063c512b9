// A stored event as REST shows it.
import { type Content, instantOfMs, type StoredEvent } from '@oncelog/core';
import { formatInstant } from './rfc3339.ts';

const payloadType = 'application/json';

/** A byte order mark is no white space to JSON: with one, the content is no payload. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The payload goes in as it was sent, so that its numbers keep all their digits. */
export function eventJson(event: StoredEvent): string {
  const head = JSON.stringify({
    topic: event.topic,
    event_id: event.eventId,
    timestamp: formatInstant(event.timestamp),
    source: event.source,
    position: event.position,
    stored_time: formatInstant(instantOfMs(event.storedTimeMs)),
    attributes: event.attributes,
  });
  return `${head.slice(0, -1)},${contentMembers(event.content)}}`;
}

function contentMembers(content: Content): string {
  const text = jsonObjectText(content);
  if (text !== undefined) return `"payload":${text}`;
  const data = Buffer.from(content.bytes).toString('base64');
  return `"data":"${data}","content_type":${JSON.stringify(content.contentType)}`;
}

/**
 * The content as text when it is a JSON object; payloads are known to be one. Of any other type than the one that a
 * payload has by itself the type is part of the content, and must not be lost.
 */
function jsonObjectText({ bytes, contentType = payloadType }: Content): string | undefined {
  if (contentType !== payloadType) return undefined;
  try {
    const text = utf8.decode(bytes);
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? text : undefined;
  } catch {
    return undefined;
  }
}
