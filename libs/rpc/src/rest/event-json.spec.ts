import type { Content, StoredEvent } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { eventJson } from './event-json.ts';

function stored(content: Content, more: Partial<StoredEvent> = {}): StoredEvent {
  const timestamp = { seconds: 1_769_860_800, nanos: 1 };
  return {
    topic: 't',
    eventId: 'e',
    source: '',
    timestamp,
    position: 7,
    storedTimeMs: 1_769_860_800_250,
    content,
    ...more,
  };
}

const text = (content: string) => Buffer.from(content);

describe('a stored event as JSON', () => {
  it('has every field of the contract, integers as numbers', () => {
    const event = stored({ bytes: text('{"n":1}') }, { attributes: { trace: 'x' }, source: 's' });
    expect(JSON.parse(eventJson(event))).toEqual({
      topic: 't',
      event_id: 'e',
      timestamp: '2026-01-31T12:00:00.000000001Z',
      source: 's',
      position: 7,
      stored_time: '2026-01-31T12:00:00.250Z',
      attributes: { trace: 'x' },
      payload: { n: 1 },
    });
  });

  it('shows a payload with all its digits, as it was sent', () => {
    const payload = '{"id":9007199254740993, "price":1.10}';
    expect(eventJson(stored({ bytes: text(payload) }))).toContain(`"payload":${payload}}`);
  });

  it('escapes keys that carry quotes and line ends', () => {
    const event = stored({ bytes: text('{}') }, { topic: '"},\u2028</script>', eventId: "'; DROP TABLE event; --" });
    expect(JSON.parse(eventJson(event))).toMatchObject({
      topic: '"},\u2028</script>',
      event_id: "'; DROP TABLE event; --",
    });
  });

  it.each([
    ['application/json', '{"n":1}', { payload: { n: 1 } }],
    ['application/json; charset=utf-8', '{}', { data: 'e30=', content_type: 'application/json; charset=utf-8' }],
    ['application/cloudevents+json', '{}', { data: 'e30=', content_type: 'application/cloudevents+json' }],
    ['application/json', '\ufeff{}', { data: '77u/e30=', content_type: 'application/json' }],
    ['application/json', '[1]', { data: 'WzFd', content_type: 'application/json' }],
    ['application/json', 'not json', { data: 'bm90IGpzb24=', content_type: 'application/json' }],
    ['text/plain', '{"n":1}', { data: 'eyJuIjoxfQ==', content_type: 'text/plain' }],
    ['application/octet-stream', '', { data: '', content_type: 'application/octet-stream' }],
  ])('shows %s %s as what it is', (contentType, content, expected) => {
    const shown = JSON.parse(eventJson(stored({ bytes: text(content), contentType }))) as Record<string, unknown>;
    expect(shown).toMatchObject(expected);
    expect('payload' in shown && 'data' in shown).toBe(false);
  });

  it('shows bytes that only claim to be JSON as bytes', () => {
    const shown = JSON.parse(
      eventJson(stored({ bytes: Uint8Array.of(0x7b, 0xff, 0x7d), contentType: 'application/json' })),
    );
    expect(shown).toMatchObject({ data: 'e/99', content_type: 'application/json' });
  });
});
