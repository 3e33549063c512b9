import type { NewEvent } from '@oncelog/core';
import { sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { SpareColumns } from './columns.ts';
import { EventPacker } from './event-packer.ts';
import { attributesAt, contentAt, eventIdAt, hasTimestamp, sourceAt, topicAt } from './packed-events.ts';

function packed(events: readonly NewEvent[]) {
  const packer = new EventPacker();
  for (const event of events) packer.add(event);
  return packer.finish();
}

describe('packed events', () => {
  it('take their bytes along, not the buffer these are a view of', () => {
    const request = new Uint8Array(4 * 1024 * 1024).fill(7);
    const events = [10, 20].map((end) =>
      sampleEvent('t', `${end}`, { content: { bytes: request.subarray(end - 10, end) } }),
    );
    const given = packed(events);
    request.fill(0);
    expect(given.columns.contents.buffer.byteLength).toBeLessThan(10_000);
    expect(contentAt(given, 1).bytes).toEqual(new Uint8Array(10).fill(7));
  });

  it('tell an absent timestamp from the beginning of 1970', () => {
    const given = packed([sampleEvent('t', 'a'), sampleEvent('t', 'b', { timestamp: { seconds: 0, nanos: 0 } })]);
    expect([hasTimestamp(given, 0), hasTimestamp(given, 1)]).toEqual([false, true]);
  });

  it('grow with what is added, however much it is', () => {
    const events = Array.from({ length: 1000 }, (_, index) =>
      sampleEvent(`topic ${index % 7}`, 'ü'.repeat(index % 250), {
        source: `source ${index % 100}`,
        attributes: { index: `${index}` },
        content: { bytes: new Uint8Array(index * 7).fill(index) },
      }),
    );
    const given = packed(events);
    expect(given.count).toBe(1000);
    for (const [index, { topic, eventId, source, content }] of events.entries()) {
      expect(topicAt(given, index)).toBe(topic);
      expect(sourceAt(given, index)).toBe(source);
      expect(Buffer.from(eventIdAt(given, index)).toString()).toBe(eventId);
      expect(Buffer.compare(contentAt(given, index).bytes, content.bytes)).toBe(0);
      expect(attributesAt(given, index)).toBe(`{"index":"${index}"}`);
    }
  });

  it('leave nothing behind in columns that are used again', () => {
    const spare = new SpareColumns();
    const filled = spare.take();
    const first = new EventPacker(filled);
    for (let index = 0; index < 200; index += 1) {
      first.add(sampleEvent('old', `old ${index}`, { timestamp: { seconds: 1, nanos: 1 }, attributes: { old: '1' } }));
    }
    first.finish();
    spare.giveBack(filled);
    const columns = spare.take();
    expect(columns).toBe(filled);
    const second = new EventPacker(columns);
    const event = sampleEvent('new', 'n');
    second.add(event);
    const given = second.finish();
    expect([given.count, topicAt(given, 0), hasTimestamp(given, 0), attributesAt(given, 0)]).toEqual([
      1,
      'new',
      false,
      null,
    ]);
    expect(Buffer.from(eventIdAt(given, 0)).toString()).toBe('n');
    expect(Buffer.compare(contentAt(given, 0).bytes, event.content.bytes)).toBe(0);
  });

  it('do not keep columns that unusually large events have left', () => {
    const spare = new SpareColumns();
    const large = spare.take();
    new EventPacker(large).add(sampleEvent('t', 'a', { content: { bytes: new Uint8Array(9 * 1024 * 1024) } }));
    spare.giveBack(large);
    expect(spare.take()).not.toBe(large);
  });
});
