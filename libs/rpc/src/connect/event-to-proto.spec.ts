import { toBinary, toJson } from '@bufbuild/protobuf';
import type { StoredEvent } from '@oncelog/core';
import { ContentView, StoredEventSchema } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { eventToProto } from './event-to-proto.ts';

function shown(text: string, view: ContentView = ContentView.UNSPECIFIED, contentType?: string) {
  const event: StoredEvent = {
    topic: 't',
    eventId: 'e',
    source: '',
    timestamp: { seconds: 1, nanos: 0 },
    position: 1,
    storedTimeMs: 1000,
    content: { bytes: Buffer.from(text), contentType },
  };
  return eventToProto(event, 'log', view);
}

describe('a stored event in the words of the contract', () => {
  it('shows a JSON object as the payload that it is', () => {
    expect(shown('{"n":1}').event?.content).toEqual({ case: 'payload', value: { n: 1 } });
  });

  it('shows bytes that were sent as data as payload when that is asked for, and only then', () => {
    expect(shown('{"n":1}', ContentView.UNSPECIFIED, 'application/json').event?.content.case).toBe('data');
    expect(shown('{"n":1}', ContentView.PAYLOAD, 'application/json').event?.content.case).toBe('payload');
    expect(shown('{"n":1}', ContentView.DATA).event).toMatchObject({ contentType: 'application/json' });
  });

  it.each([
    ['a number beyond all doubles', '{"n":[1e999]}'],
    ['half a surrogate pair', '{"a":{"b":"\\ud800"}}'],
    ['half a surrogate pair in a key', '{"\\udfff":1}'],
    ['a byte order mark', '\ufeff{}'],
    ['an array', '[1]'],
  ])('shows %s, which a Struct cannot carry, byte for byte', (_, text) => {
    const message = shown(text, ContentView.PAYLOAD);
    expect(message.event?.content).toEqual({ case: 'data', value: Buffer.from(text) });
    expect(() => [toBinary(StoredEventSchema, message), toJson(StoredEventSchema, message)]).not.toThrow();
  });
});
