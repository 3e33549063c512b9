import type { NewEvent } from '@oncelog/core';
import { jsonContent, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { EventPacker } from './event-packer.ts';
import { attributesAt, bytesAt, contentAt, hasTimestamp, nameAt } from './packed-events.ts';
import { packStoredEvents, unpackStoredEvents } from './packed-stored-events.ts';

function packed(events: readonly NewEvent[]) {
  const packer = new EventPacker();
  for (const event of events) packer.add(event);
  return packer.finish();
}

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
    const columns = packed(events);
    request.fill(0);
    expect(columns.contents.bytes.buffer.byteLength).toBeLessThan(10_000);
    expect(contentAt(columns, 1).bytes).toEqual(new Uint8Array(10).fill(7));
  });

  it('tell an absent timestamp from the beginning of 1970', () => {
    const columns = packed([sampleEvent('t', 'a'), sampleEvent('t', 'b', { timestamp: { seconds: 0, nanos: 0 } })]);
    expect([hasTimestamp(columns, 0), hasTimestamp(columns, 1)]).toEqual([false, true]);
  });

  it('grow with what is added, however much it is', () => {
    const events = Array.from({ length: 1000 }, (_, index) =>
      sampleEvent(`topic ${index % 7}`, 'ü'.repeat(index % 250), {
        source: `source ${index % 100}`,
        attributes: { index: `${index}` },
        content: { bytes: new Uint8Array(index * 7).fill(index) },
      }),
    );
    const columns = packed(events);
    expect(columns.count).toBe(1000);
    for (const [index, { topic, eventId, source, content }] of events.entries()) {
      expect(nameAt(columns.topics, index)).toBe(topic);
      expect(nameAt(columns.sources, index)).toBe(source);
      expect(Buffer.from(bytesAt(columns.eventIds, index)).toString()).toBe(eventId);
      expect(Buffer.compare(contentAt(columns, index).bytes, content.bytes)).toBe(0);
      expect(attributesAt(columns, index)).toBe(`{"index":"${index}"}`);
    }
  });
});
