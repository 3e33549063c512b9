import { create } from '@bufbuild/protobuf';
import { type Event, EventSchema, StoredEventSchema } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { eventFromJson, eventsFromJson, timestampFromText } from './event-from-json.ts';
import { eventsToJson, storedEventToJson } from './event-to-json.ts';

function text({ content }: Event): string {
  return Buffer.from(content.case === 'data' ? content.value : new Uint8Array()).toString();
}

describe('an event from JSON', () => {
  it('takes all fields', () => {
    const event = eventFromJson(
      `{"topic":"t","event_id":"1","timestamp":"2026-01-31T12:00:00+02:00",
        "source":"s","attributes":{"a":"b"},"payload":{"x":1}}`,
    );
    expect(event).toMatchObject({
      topic: 't',
      eventId: '1',
      source: 's',
      attributes: { a: 'b' },
      contentType: 'application/json',
    });
    expect(event.timestamp?.seconds).toBe(BigInt(Date.parse('2026-01-31T10:00:00Z') / 1000));
    expect(text(event)).toBe('{"x":1}');
  });

  it('keeps every digit of a number, its key order and its escapes', () => {
    const payload = '{"id":12345678901234567890,"b":1.10,"a":[1e400,-0],"c":"\\u0000"}';
    expect(text(eventFromJson(`{"topic":"t","event_id":"1","payload":${payload}}`))).toBe(payload);
  });

  it('takes data in base64', () => {
    const event = eventFromJson('{"topic":"t","event_id":"1","data":"aGk=","content_type":"text/plain"}');
    expect(text(event)).toBe('hi');
    expect(event.contentType).toBe('text/plain');
  });

  it.each(['+/8A', '-_8A', '-_8', '-_8=', ''])('takes %j, base64 of either alphabet, padded or not', (data) => {
    const { content } = eventFromJson(JSON.stringify({ topic: 't', event_id: '1', data }));
    expect(content).toMatchObject({ case: 'data', value: new Uint8Array(Buffer.from(data, 'base64')) });
  });

  it('leaves the content out when there is none', () => {
    expect(eventFromJson('{"topic":"t","event_id":"1","extra":true}').content.case).toBeUndefined();
  });

  it('reads one object, a list and an object of events', () => {
    const one = '{"topic":"t","event_id":"1"}';
    expect(eventsFromJson(one)).toHaveLength(1);
    expect(eventsFromJson(`[${one},${one}]`)).toHaveLength(2);
    expect(eventsFromJson(`{"events":[${one}]}`)).toHaveLength(1);
    expect(eventsFromJson('[]')).toHaveLength(0);
  });

  it.each([
    ['{', 'MALFORMED', 'json'],
    ['7', 'MALFORMED', 'event'],
    ['null', 'MALFORMED', 'event'],
    ['[{"topic":"t","event_id":"1"},{"topic":"t"}]', 'RULE_BROKEN', 'events[1].event_id'],
    ['{"topic":"","event_id":"1"}', 'RULE_BROKEN', 'event.topic'],
    ['{"topic":"t","event_id":1}', 'RULE_BROKEN', 'event.event_id'],
    ['{"topic":"t","event_id":"1","payload":"x"}', 'RULE_BROKEN', 'event.payload'],
    ['{"topic":"t","event_id":"1","payload":7}', 'RULE_BROKEN', 'event.payload'],
    ['{"topic":"t","event_id":"1","payload":{},"data":""}', 'RULE_BROKEN', 'event.data'],
    ['{"topic":"t","event_id":"1","data":"*"}', 'RULE_BROKEN', 'event.data'],
    ['{"topic":"t","event_id":"1","data":"A"}', 'RULE_BROKEN', 'event.data'],
    ['{"topic":"t","event_id":"1","data":"aGk=aGk="}', 'RULE_BROKEN', 'event.data'],
    ['{"topic":"t","event_id":"1","data":"aGl="}', 'RULE_BROKEN', 'event.data'],
    ['{"topic":"t","event_id":"1","data":"aG k"}', 'RULE_BROKEN', 'event.data'],
    ['{"topic":"t","event_id":"1","timestamp":"2026-02-30T00:00:00Z"}', 'RULE_BROKEN', 'event.timestamp'],
    ['{"topic":"t","event_id":"1","attributes":{"a":1}}', 'RULE_BROKEN', 'event.attributes.a'],
    ['{"topic":"t","event_id":"1","timestamp":"yesterday"}', 'RULE_BROKEN', 'event.timestamp'],
  ])('refuses %s', (json, code, field) => {
    const failure = (() => {
      try {
        return eventsFromJson(json);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toMatchObject({ code, violations: [{ field }], outcome: 'none', exitCode: 4 });
  });
});

describe('a time', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00.5z', '2026-01-31T12:00:00.500Z'],
    ['2026-01-31 12:00:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T23:59:59.999Z', '2000-02-29T23:59:59.999Z'],
    ['2026-01-31T12:00:00-01:30', '2026-01-31T13:30:00.000Z'],
  ])('%s is %s', (input, expected) => {
    const { seconds, nanos } = timestampFromText(input, 'since');
    expect(new Date(Number(seconds) * 1000 + nanos / 1e6).toISOString()).toBe(expected);
  });

  it.each([
    '',
    'now',
    '1700000000',
    '2026-13-01',
    '2026-02-30',
    '2025-02-29',
    '1900-02-29',
    '2026-04-31T12:00:00Z',
    '2026-00-10',
    '2026-01-00',
    '0000-01-01',
    '2026-01-31T24:00:00Z',
    '2026-01-31T25:00:00Z',
    '2026-01-31T12:60:00Z',
    '2026-01-31T23:59:60Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+02:60',
  ])('refuses %j', (input) => {
    expect(() => timestampFromText(input, 'since')).toThrow('since: must be a time');
  });
});

describe('an event as JSON', () => {
  const event = create(EventSchema, {
    topic: 't',
    eventId: '1',
    content: { case: 'data', value: Buffer.from('{\n "n": 12345678901234567890}') },
    contentType: 'application/json',
  });

  it('shows JSON as payload, on one line, with every digit', () => {
    expect(eventsToJson([event])).toBe('[{"topic":"t","event_id":"1","payload":{"n":12345678901234567890}}]');
  });

  it('shows anything else as data in base64', () => {
    const other = create(EventSchema, { ...event, contentType: 'text/plain' });
    expect(eventsToJson([other])).toContain('"content_type":"text/plain"');
    const broken = create(EventSchema, { ...event, content: { case: 'data', value: Buffer.from('{"') } });
    expect(eventsToJson([broken])).toContain('"data":"eyI=","content_type":"application/json"');
  });

  it('adds where and when it is stored', () => {
    const stored = create(StoredEventSchema, {
      event,
      position: 7n,
      storedTime: { seconds: 0n, nanos: 0 },
      cursor: 'c',
    });
    expect(JSON.parse(storedEventToJson(stored))).toMatchObject({
      position: 7,
      stored_time: '1970-01-01T00:00:00.000Z',
      cursor: 'c',
    });
  });

  it('comes back from JSON as it went', () => {
    const again = eventsFromJson(eventsToJson([event]));
    expect(eventsToJson(again)).toBe(eventsToJson([event]));
  });
});
