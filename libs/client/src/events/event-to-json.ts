// Events as JSON, in the words of the REST interface.
import { toJson } from '@bufbuild/protobuf';
import { base64Encode } from '@bufbuild/protobuf/wire';
import { timestampDate, TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { Event, StoredEvent } from '@oncelog/protocol';
import { isJsonObject, parseExactJson, printExactJson } from './exact-json.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The body of a POST /publish. */
export function eventsToJson(events: readonly Event[]): string {
  return `[${events.map(eventToJson).join(',')}]`;
}

export function eventToJson(event: Event): string {
  return printExactJson(eventFields(event));
}

/** A stored event on one line. JSON content shows as `payload`, anything else as `data` in base64. */
export function storedEventToJson({ event, position, storedTime, cursor }: StoredEvent): string {
  return printExactJson({
    ...(event && eventFields(event)),
    position: Number(position),
    stored_time: storedTime && timestampDate(storedTime).toISOString(),
    cursor,
  });
}

function eventFields(event: Event): Record<string, unknown> {
  const { topic, eventId, timestamp, source, attributes } = event;
  return {
    topic,
    event_id: eventId,
    timestamp: timestamp && toJson(TimestampSchema, timestamp),
    source: source === '' ? undefined : source,
    attributes: Object.keys(attributes).length === 0 ? undefined : attributes,
    ...contentFields(event),
  };
}

function contentFields({ content, contentType }: Event): Record<string, unknown> {
  if (content.case === undefined) return { payload: {} };
  if (content.case === 'payload') return { payload: content.value };
  const payload = jsonObjectOf(content.value, contentType);
  if (payload !== undefined) return { payload };
  return { data: base64Encode(content.value), content_type: contentType || undefined };
}

function jsonObjectOf(bytes: Uint8Array, contentType: string): unknown {
  if (contentType !== 'application/json') return undefined;
  try {
    const value = parseExactJson(utf8.decode(bytes));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
