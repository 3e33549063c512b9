// A published event, from the contract's words into the domain's.
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { type Attributes, type Content, emptyContent, type Instant, type NewEvent, violated } from '@oncelog/core';
import type { Event } from '@oncelog/protocol';

const encoder = new TextEncoder();
export const defaultContentType = 'application/octet-stream';

export function eventsFromProto(events: readonly Event[], jsonDepthMax: number): NewEvent[] {
  return events.map((event, index) => eventFromProto(event, index, jsonDepthMax));
}

function eventFromProto(event: Event, index: number, jsonDepthMax: number): NewEvent {
  return {
    topic: event.topic,
    eventId: event.eventId,
    timestamp: event.timestamp && instantFromProto(event.timestamp),
    source: event.source,
    attributes: attributesFromProto(event.attributes),
    content: contentFromProto(event, index, jsonDepthMax),
  };
}

export function instantFromProto({ seconds, nanos }: Timestamp): Instant {
  return { seconds: Number(seconds), nanos };
}

function attributesFromProto(attributes: Record<string, string>): Attributes | undefined {
  for (const _ in attributes) return attributes;
  return undefined;
}

function contentFromProto({ content, contentType }: Event, index: number, jsonDepthMax: number): Content {
  if (content.case === 'data') return { bytes: content.value, contentType: contentType || defaultContentType };
  if (contentType !== '') {
    const description = 'belongs to `data`; `payload` is always JSON';
    throw violated('RULE_BROKEN', [{ field: `events[${index}].content_type`, description }]);
  }
  if (content.case === undefined) return emptyContent;
  assertPlainJson(content.value, `events[${index}].payload`, jsonDepthMax);
  return { bytes: encoder.encode(JSON.stringify(content.value)) };
}

/** A Struct may hold what JSON cannot: infinities and NaN, which would be stored as null. */
function assertPlainJson(value: JsonValue | JsonObject, field: string, depthLeft: number): void {
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return;
    throw violated('RULE_BROKEN', [{ field, description: `must be JSON, which has no ${value}` }]);
  }
  if (typeof value !== 'object' || value === null) return;
  if (depthLeft === 0) {
    throw violated('RULE_BROKEN', [{ field, description: 'is nested deeper than the levels allowed' }]);
  }
  for (const child of Array.isArray(value) ? value : Object.values(value)) assertPlainJson(child, field, depthLeft - 1);
}
