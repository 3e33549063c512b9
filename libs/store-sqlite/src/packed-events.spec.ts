import { jsonContent, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { contentAt, hasTimestamp, packNewEvents, packStoredEvents, unpackStoredEvents } from './packed-events.ts';

describe('packed events', () => {
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

  it('take their bytes along, not the buffer these are a view of', () => {
    const request = new Uint8Array(4 * 1024 * 1024).fill(7);
    const events = [10, 20].map((end) =>
      sampleEvent('t', `${end}`, { content: { bytes: request.subarray(end - 10, end) } }),
    );
    const packed = packNewEvents(events);
    expect(packed.contents.bytes.buffer.byteLength).toBe(20);
    expect(contentAt(packed, 1).bytes).toEqual(new Uint8Array(10).fill(7));
  });

  it('tell an absent timestamp from the beginning of 1970', () => {
    const packed = packNewEvents([
      sampleEvent('t', 'a'),
      sampleEvent('t', 'b', { timestamp: { seconds: 0, nanos: 0 } }),
    ]);
    expect([hasTimestamp(packed, 0), hasTimestamp(packed, 1)]).toEqual([false, true]);
  });
});
