// Messages of events as they travel, good and bad.
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { PublishRequestSchema } from '@oncelog/protocol';

export const publishPath = '/oncelog.v1.EventLogService/Publish';
export const publishStreamPath = '/oncelog.v1.EventLogService/PublishStream';
export const publishSessionPath = '/oncelog.v1.EventLogService/PublishSession';

type EventInit = NonNullable<MessageInitShape<typeof PublishRequestSchema>['events']>[number];

export function frame(bytes: Uint8Array, flags = 0, length = bytes.length): Buffer {
  const header = Buffer.alloc(5);
  header[0] = flags;
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, bytes]);
}

export function message(...events: EventInit[]): Buffer {
  return frame(toBinary(PublishRequestSchema, create(PublishRequestSchema, { events })));
}

export function data(eventId: string, topic = 't', bytes: Uint8Array = Buffer.from('{}')) {
  const content = { case: 'data' as const, value: bytes };
  return { topic, eventId, source: 's', content, contentType: 'application/json' };
}

export function several(count: number, prefix = 'e') {
  return Array.from({ length: count }, (_, index) => data(`${prefix}${index}`));
}
