import { jsonContent, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { packStoredEvents, unpackStoredEvents } from './packed-stored-events.ts';

describe('packed stored events', () => {
  it('come out as they went in', () => {
    const stored = [
      {
        ...sampleEvent('a', '1', { attributes: { k: 'v' } }),
        timestamp: { seconds: -5, nanos: 999_999_999 },
        position: 2 ** 52,
        storedTimeMs: 3,
      },
      {
        ...sampleEvent('b', '2', { content: { bytes: new Uint8Array(), contentType: 'text/plain' } }),
        timestamp: { seconds: 253_402_300_799, nanos: 0 },
        position: 9,
        storedTimeMs: 4,
      },
      {
        ...sampleEvent('c', '3', { content: jsonContent('{"x":"ü"}') }),
        timestamp: { seconds: 0, nanos: 1 },
        position: 10,
        storedTimeMs: 5,
      },
    ];
    expect(unpackStoredEvents(structuredClone(packStoredEvents(stored)))).toStrictEqual(stored);
  });
});
