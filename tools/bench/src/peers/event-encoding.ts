// The events of a load in the words of the contract.
import { create, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { type Event, EventSchema, PublishRequestSchema } from '@oncelog/protocol';
import type { Load, LoadEvent } from '../load/load.ts';

export const jsonType = 'application/json';

export function toProto({ topic, eventId, source, content }: LoadEvent, kind: Load['content']): Event {
  const named = { topic, eventId, source };
  return kind === 'bytes'
    ? create(EventSchema, { ...named, content: { case: 'data', value: content }, contentType: jsonType })
    : create(EventSchema, { ...named, content: { case: 'payload', value: parse(content) } });
}

/** A message of PublishStream reads the same. */
export function encodeRequest(events: readonly LoadEvent[], kind: Load['content']): Buffer {
  const request = create(PublishRequestSchema, { events: events.map((event) => toProto(event, kind)) });
  const bytes = toBinary(PublishRequestSchema, request);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A body of POST /publish. Content of either kind is JSON, which REST takes as payload. */
export function encodeBody(events: readonly LoadEvent[]): Buffer {
  const items = events.map(({ topic, eventId, source, content }) => {
    const fields = JSON.stringify({ topic, event_id: eventId, source });
    return `${fields.slice(0, -1)},"payload":${content.toString('latin1')}}`;
  });
  return Buffer.from(`[${items.join(',')}]`);
}

function parse(content: Buffer): JsonObject {
  return JSON.parse(content.toString('latin1')) as JsonObject;
}
