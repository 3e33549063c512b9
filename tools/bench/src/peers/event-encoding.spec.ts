import { fromBinary } from '@bufbuild/protobuf';
import { PublishRequestSchema, PublishStreamRequestSchema } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { createLoad, type LoadSpec } from '../load/load.ts';
import { encodeBody, encodeRequest } from './event-encoding.ts';

const spec: LoadSpec = {
  seed: 1,
  name: 'encoding',
  round: 1,
  count: 20,
  repeats: 0.3,
  ids: 'random',
  contentBytes: 150,
  content: 'bytes',
};
const { events } = createLoad(spec);
const named = events.map(({ topic, eventId, source }) => ({ topic, eventId, source }));

describe('events on the wire', () => {
  it('say the same as bytes, in a call and on a stream', () => {
    const request = encodeRequest(events, 'bytes');
    for (const schema of [PublishRequestSchema, PublishStreamRequestSchema]) {
      const decoded = fromBinary(schema, request).events;
      expect(decoded).toMatchObject(named);
      expect(decoded.map(({ content }) => content.case === 'data' && Buffer.from(content.value))).toEqual(
        events.map(({ content }) => content),
      );
    }
  });

  it('say the same as a Struct', () => {
    const decoded = fromBinary(PublishRequestSchema, encodeRequest(events, 'struct')).events;
    expect(decoded).toMatchObject(named);
    expect(decoded.map(({ content }) => content.case === 'payload' && content.value)).toEqual(
      events.map(({ content }) => JSON.parse(content.toString())),
    );
  });

  it('say the same as a body of REST', () => {
    expect(JSON.parse(encodeBody(events).toString())).toEqual(
      events.map(({ topic, eventId, source, content }) => ({
        topic,
        event_id: eventId,
        source,
        payload: JSON.parse(content.toString()),
      })),
    );
  });
});
