import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { Event } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { type EventDraft, newEvent } from './event-draft.ts';

function text({ content }: Event): string | undefined {
  return content.case === 'data' ? new TextDecoder().decode(content.value) : undefined;
}

describe('a new event', () => {
  it('has an id of its own, later ids after earlier ones', () => {
    const ids = Array.from({ length: 100 }, () => newEvent({ topic: 't' }).eventId);
    expect(ids[0]).toMatch(/^[\da-f]{8}-[\da-f]{4}-7/);
    expect(ids).toEqual([...new Set(ids)].toSorted());
  });

  it('keeps the id that it is given', () => {
    expect(newEvent({ topic: 't', eventId: 'order-1' }).eventId).toBe('order-1');
  });

  it('carries an object as JSON, every digit of a bigint included', () => {
    const event = newEvent({ topic: 't', payload: { id: 12_345_678_901_234_567_890n, lines: [{ n: 1.5 }] } });
    expect(text(event)).toBe('{"id":12345678901234567890,"lines":[{"n":1.5}]}');
    expect(event.contentType).toBe('application/json');
  });

  it('carries the text of an object without a change', () => {
    const payload = '{ "id": 12345678901234567890, "b": 1.10 }';
    expect(text(newEvent({ topic: 't', payload }))).toBe(payload);
  });

  it('carries bytes with their media type', () => {
    const event = newEvent({ topic: 't', data: new Uint8Array([1, 2]), contentType: 'image/png' });
    expect(event).toMatchObject({ content: { case: 'data', value: new Uint8Array([1, 2]) }, contentType: 'image/png' });
    expect(newEvent({ topic: 't', data: new Uint8Array() }).contentType).toBe('');
  });

  it('may have no content', () => {
    expect(newEvent({ topic: 't' }).content.case).toBeUndefined();
  });

  it('takes source, attributes and the time in any of its forms', () => {
    const time = '2026-01-31T12:00:00.000Z';
    const seconds = {
      $typeName: 'google.protobuf.Timestamp',
      seconds: BigInt(Date.parse(time) / 1000),
      nanos: 0,
    } as const;
    for (const timestamp of [time, new Date(time), seconds]) {
      const event = newEvent({ topic: 't', source: 's', attributes: { a: 'b' }, timestamp });
      expect(event).toMatchObject({ topic: 't', source: 's', attributes: { a: 'b' } });
      expect(timestampDate(event.timestamp!).toISOString()).toBe(time);
    }
  });

  it.each([
    [{ payload: [1] }, 'event.payload'],
    [{ payload: new Date() }, 'event.payload'],
    [{ payload: 'text' }, 'event.payload'],
    [{ payload: '[1]' }, 'event.payload'],
    [{ payload: null }, 'event.payload'],
    [{ payload: {}, data: new Uint8Array() }, 'event.data'],
    [{ payload: {}, contentType: 'text/plain' }, 'event.content_type'],
    [{ timestamp: new Date(Number.NaN) }, 'event.timestamp'],
    [{ timestamp: 'yesterday' }, 'event.timestamp'],
  ])('is refused when it cannot be sent: %j', (fields, field) => {
    const failure = expect.objectContaining({ code: 'RULE_BROKEN', violations: [expect.objectContaining({ field })] });
    expect(() => newEvent({ topic: 't', ...fields } as unknown as EventDraft)).toThrow(failure);
  });
});
