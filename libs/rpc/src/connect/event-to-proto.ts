// A stored event, from the domain's words into the contract's.
import { create, fromJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema, StructSchema, timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type Content,
  encodeCursor,
  type ErasedEvent,
  type Instant,
  isErased,
  isJson,
  type LogEntry,
  mediaTypeOf,
  type NewEvent,
  type StoredEvent,
} from '@oncelog/core';
import {
  ContentView,
  ErasedEventSchema,
  EventSchema,
  type Event,
  type LogEntry as LogEntryMessage,
  LogEntrySchema,
  type StoredEvent as StoredEventMessage,
  StoredEventSchema,
} from '@oncelog/protocol';

const payloadType = 'application/json';

export function eventToProto(event: StoredEvent, logId: string, view: ContentView): StoredEventMessage {
  const message = create(StoredEventSchema);
  message.event = newEventToProto(event, view);
  message.position = BigInt(event.position);
  message.storedTime = timestampFromMs(event.storedTimeMs);
  message.cursor = encodeCursor(logId, event.position);
  return message;
}

/** One that may not be stored yet: it has no time then but the publisher's. */
export function newEventToProto({ timestamp, ...event }: NewEvent, view: ContentView): Event {
  return create(EventSchema, {
    topic: event.topic,
    eventId: event.eventId,
    ...(timestamp && { timestamp: instantToProto(timestamp) }),
    source: event.source,
    attributes: event.attributes ?? {},
    ...contentToProto(event.content, view),
  });
}

export function entryToProto(entry: LogEntry, logId: string, view: ContentView): LogEntryMessage {
  if (isErased(entry)) return create(LogEntrySchema, { entry: { case: 'erased', value: erasedToProto(entry, logId) } });
  return create(LogEntrySchema, { entry: { case: 'event', value: eventToProto(entry, logId, view) } });
}

function erasedToProto({ topic, eventId, position, storedTimeMs }: ErasedEvent, logId: string) {
  return create(ErasedEventSchema, {
    topic,
    eventId,
    position: BigInt(position),
    storedTime: timestampFromMs(storedTimeMs),
    cursor: encodeCursor(logId, position),
  });
}

function instantToProto({ seconds, nanos }: Instant): Timestamp {
  return create(TimestampSchema, { seconds: BigInt(seconds), nanos });
}

function contentToProto(content: Content, view: ContentView): Pick<Event, 'content' | 'contentType'> {
  const asPublished = content.contentType === undefined ? ContentView.PAYLOAD : ContentView.DATA;
  if ((view || asPublished) === ContentView.PAYLOAD) {
    const payload = jsonObjectOf(content);
    if (payload) return { content: { case: 'payload', value: payload }, contentType: '' };
  }
  return { content: { case: 'data', value: content.bytes }, contentType: content.contentType ?? payloadType };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The JSON object that the content is, if it is one that a Struct can carry. */
function jsonObjectOf(content: Content): JsonObject | undefined {
  if (!isJson(mediaTypeOf(content))) return undefined;
  try {
    const value = JSON.parse(utf8.decode(content.bytes)) as unknown;
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
    fromJson(StructSchema, value as JsonObject);
    return isCarriedWhole(value as JsonObject) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** 1e999 is a number in JSON but none in a Struct, and half a surrogate pair would be lost in UTF-8. */
function isCarriedWhole(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, child]) => key.isWellFormed() && isCarriedWhole(child as JsonValue));
}
