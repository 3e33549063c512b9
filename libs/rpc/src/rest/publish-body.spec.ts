import { defaultLimits, type NewEvent, OncelogError } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { parsePublishBody } from './publish-body.ts';

function parse(body: string | Uint8Array, idempotencyKey?: string): NewEvent[] {
  return parsePublishBody(Buffer.from(body as string), { limits: defaultLimits, idempotencyKey }).events;
}

function refusalOf(body: string | Uint8Array, idempotencyKey?: string): OncelogError {
  try {
    parse(body, idempotencyKey);
  } catch (error) {
    expect(error).toBeInstanceOf(OncelogError);
    return error as OncelogError;
  }
  return expect.fail('it was expected to be refused');
}

function contentText([event]: NewEvent[]): string {
  return Buffer.from(event!.content.bytes).toString();
}

describe('the three shapes of a body', () => {
  const event = '{"topic":"t","event_id":"e"}';

  it.each([
    ['one event', event, ['e']],
    ['an array', `[${event}, {"topic":"t","event_id":"f"}]`, ['e', 'f']],
    ['an array under "events"', ` {"more":1, "events" : [ ${event} ]}`, ['e']],
    ['an empty array', '[]', []],
    ['an empty "events"', '{"events":[]}', []],
  ])('reads %s', (_name, body, ids) => {
    expect(parse(body).map(({ eventId }) => eventId)).toEqual(ids);
  });

  it('takes an event apart', () => {
    const [read] = parse(
      '{"topic":"t","event_id":"e","timestamp":"2026-01-31T19:00:00.000000001+07:00","source":"s",' +
        '"attributes":{"k":"v"},"payload":{"n":1}}',
    );
    expect(read).toEqual({
      topic: 't',
      eventId: 'e',
      timestamp: { seconds: Date.parse('2026-01-31T12:00:00Z') / 1000, nanos: 1 },
      source: 's',
      attributes: { k: 'v' },
      content: { bytes: new TextEncoder().encode('{"n":1}') },
    });
  });

  it('takes absent and null for the same', () => {
    const nulls =
      '{"topic":"t","event_id":"e","timestamp":null,"source":null,' +
      '"attributes":null,"payload":null,"data":null,"content_type":null}';
    expect(parse(nulls)).toEqual(parse('{"topic":"t","event_id":"e"}'));
  });

  it('ignores fields it does not know, as older clients send them', () => {
    expect(parse('{"topic":"t","event_id":"e","level":"info","nested":{"payload":{"x":1}}}')).toEqual(parse(event));
  });
});

describe('content', () => {
  const withPayload = (payload: string) => `[{"topic":"t","event_id":"e","payload":${payload}}]`;

  it.each([
    ['{"id":9007199254740993,"big":123456789012345678901234567890}'],
    ['{"price":1.10, "exp":1E5}'],
    ['{"text":"\\u00e9 é \\" } ] {"}'],
    ['{"a":1,"a":2}'],
    ['{ \n}'],
    ['{"__proto__":{"x":1},"constructor":2}'],
  ])('keeps %s as it was sent', (payload) => {
    expect(contentText(parse(withPayload(payload)))).toBe(payload);
  });

  it('keeps the payload of each event of a body its own', () => {
    const events = parse('{"events":[{"payload":{"n":1}},{"topic":"x"},{"payload":{"n":1},"payload":{"n":3}}]}');
    expect(events.map((one) => contentText([one]))).toEqual(['{"n":1}', '{}', '{"n":3}']);
  });

  it('finds the last of events given twice, as parsing does', () => {
    expect(contentText(parse('{"events":[{"payload":{"n":1}}],"events":[{"payload":{"n":2}}]}'))).toBe('{"n":2}');
  });

  it.each([
    ['aGk=', 'hi'],
    ['aGk', 'hi'],
    ['-_-_', Buffer.from('-_-_', 'base64url').toString('latin1')],
    ['', ''],
  ])('reads the base64 %j', (data, text) => {
    const [event] = parse(`{"data":"${data}","content_type":"text/plain"}`);
    expect(Buffer.from(event!.content.bytes).toString('latin1')).toBe(text);
    expect(event!.content.contentType).toBe('text/plain');
  });

  it('names bytes without a type octets', () => {
    expect(parse('{"data":"aGk="}')[0]!.content.contentType).toBe('application/octet-stream');
  });

  it('allows 32 levels of a payload and refuses 33 with both numbers', () => {
    const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;
    expect(contentText(parse(withPayload(nested(32))))).toBe(nested(32));
    expect(refusalOf(withPayload(nested(33)))).toMatchObject({
      code: 'RULE_BROKEN',
      violations: [{ field: 'events[0].payload', limit: 32, actual: 33 }],
    });
  });
});

describe('an Idempotency-Key', () => {
  it('names a single event without an id', () => {
    expect(parse('{"topic":"t"}', 'key')[0]!.eventId).toBe('key');
    expect(parse('[{"topic":"t"}]', 'key')[0]!.eventId).toBe('key');
  });

  it('never overrules an id, and never names two events', () => {
    expect(parse('{"event_id":"own"}', 'key')[0]!.eventId).toBe('own');
    expect(parse('[{},{}]', 'key').map(({ eventId }) => eventId)).toEqual(['', '']);
  });
});

describe('what cannot be parsed', () => {
  it.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['half an object', '{"topic":"t"'],
    ['a trailing comma', '[{"topic":"t"},]'],
    ['two objects', '{}{}'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    [
      'a lone continuation byte in a text',
      Buffer.concat([Buffer.from('{"topic":"'), Buffer.from([0x80]), Buffer.from('"}')]),
    ],
    ['brackets without end', '['.repeat(100_000)],
  ])('refuses %s as malformed', (_name, body) => {
    expect(refusalOf(body)).toMatchObject({ code: 'MALFORMED', outcome: 'none', violations: [{ field: 'body' }] });
  });

  it('survives a depth bomb that is whole', () => {
    const bomb = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(refusalOf(bomb)).toMatchObject({ violations: [{ field: 'events[0]' }] });
    expect(refusalOf(`{"topic":"t","event_id":"e","payload":{"a":${bomb}}}`)).toMatchObject({
      violations: [{ field: 'events[0].payload', actual: 200_001 }],
    });
  });
});

describe('what breaks a rule', () => {
  it.each([
    ['events that are no array', '{"events":{}}', 'events', 'must be an array, is an object'],
    ['a number for an event', '[1]', 'events[0]', 'must be an object, is a number'],
    ['null for an event', '[{},null]', 'events[1]', 'must be an object, is null'],
    ['text for a body', '"hello"', 'events[0]', 'must be an object, is a string'],
    ['a number for a topic', '{"topic":1}', 'events[0].topic', 'must be a string, is a number'],
    ['an object for an id', '{"event_id":{}}', 'events[0].event_id', 'must be a string, is an object'],
    ['a number for a time', '{"timestamp":1700000000}', 'events[0].timestamp', 'must be a string, is a number'],
    ['a time that is none', '{"timestamp":"1e20"}', 'events[0].timestamp', 'RFC 3339'],
    ['an array for a payload', '{"payload":[1]}', 'events[0].payload', 'must be an object, is an array'],
    ['a printed payload', '{"payload":"{}"}', 'events[0].payload', 'must be an object, is a string'],
    [
      'attributes in an array',
      '{"attributes":[]}',
      'events[0].attributes',
      'must be an object of strings, is an array',
    ],
    [
      'a number for an attribute',
      '{"attributes":{"k":1}}',
      'events[0].attributes["k"]',
      'must be a string, is a number',
    ],
    ['data that is not base64', '{"data":"a b"}', 'events[0].data', 'must be base64'],
    ['base64 that is cut short', '{"data":"A"}', 'events[0].data', 'must be base64'],
    ['base64 with bits left over', '{"data":"AB=="}', 'events[0].data', 'must be base64'],
    ['payload and data', '{"payload":{},"data":""}', 'events[0].payload', 'do not go with it'],
    ['a type beside a payload', '{"payload":{},"content_type":"text/plain"}', 'events[0].payload', 'do not go with it'],
    ['a type without data', '{"content_type":"text/plain"}', 'events[0].content_type', 'absent'],
  ])('refuses %s', (_name, body, field, description) => {
    const error = refusalOf(body);
    expect(error).toMatchObject({ code: 'RULE_BROKEN', outcome: 'none', violations: [{ field }] });
    expect(error.violations[0]!.description).toContain(description);
  });
});
