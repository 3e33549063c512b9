import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyWire, restName } from '../transports/every-wire.ts';
import type { EventLogWire } from '../transports/event-log-wire.ts';
import { http1Client, type HttpClient } from '../transports/raw-http.ts';
import { restFailure, WireFailure } from '../transports/wire-failure.ts';
import { besiege, type BesiegedAggregator } from './besieged-aggregator.ts';

let server: BesiegedAggregator;
let http: HttpClient;

beforeAll(async () => {
  server = await besiege({ args: ['--log-level', 'debug'] });
  http = http1Client(server.process.port);
});

afterAll(async () => {
  http.close();
  await server.stop();
});

describe.each(everyWire)('keys over %s', (name, open) => {
  let wire: EventLogWire;

  beforeAll(() => {
    wire = open(server.process);
  });

  afterAll(() => wire.close());

  async function refusalOf(topic: string, eventId: string, source = '') {
    const error = await wire.publish([{ topic, eventId, source }]).then(
      () => expect.fail('it was expected to be refused'),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(WireFailure);
    return (error as WireFailure).facts;
  }

  it('take exactly their bytes of UTF-8', async () => {
    const answer = await wire.publish([
      { topic: `${name} ${'t'.repeat(255 - name.length - 1)}`, eventId: 'x'.repeat(512), source: 's'.repeat(255) },
      { topic: name, eventId: 'é'.repeat(256) },
      { topic: name, eventId: '🚀'.repeat(128) },
    ]);
    expect(answer.summary.stored).toBe(3n);
  });

  it.each([
    ['a topic of 256 bytes', 't'.repeat(256), 'e', '', 'topic', '255', '256'],
    ['an id of 513 bytes', 't', 'x'.repeat(513), '', 'event_id', '512', '513'],
    ['an id of 514 bytes in 257 characters', 't', 'é'.repeat(257), '', 'event_id', '512', '514'],
    ['a source of 256 bytes', 't', 'e', 's'.repeat(256), 'source', '255', '256'],
    ['no topic', '', 'e', '', 'topic', '255', '0'],
    ['no id', 't', '', '', 'event_id', '512', '0'],
  ])('are refused with both numbers: %s', async (_what, topic, eventId, source, field, limit, actual) => {
    expect(await refusalOf(topic, eventId, source)).toMatchObject({
      code: 'RULE_BROKEN',
      field: `events[0].${field}`,
      limit,
      actual,
      outcome: 'none',
    });
  });

  it.each(['\0', 'a\r\nset-cookie: x', 'a\nb', '\u007f', '\u0085', '\u001b[31m', 'a\tb', '\ufffd'])(
    'are refused with control and lost characters: %j',
    async (key) => {
      expect(await refusalOf(key, 'e')).toMatchObject({ code: 'RULE_BROKEN', field: 'events[0].topic' });
      expect(await refusalOf('t', key)).toMatchObject({ code: 'RULE_BROKEN', field: 'events[0].event_id' });
    },
  );

  it.each([
    ['NFC and NFD', ['caf\u00e9', 'cafe\u0301']],
    ['case', ['key', 'Key', 'KEY']],
    ['spaces', ['key', ' key', 'key ', 'key  ', 'key\u00a0']],
    ['emoji', ['👍', '👍🏽', '👨‍👩‍👧', '👨👩👧']],
    ['right to left', ['שלום', '\u202eשלום', 'abc\u202edef']],
    ['zero width', ['ab', 'a\u200bb', 'a\u200db', '\ufeffab']],
    ['SQL', ["'; DROP TABLE event; --", "' OR '1'='1", '%', '_', '\\']],
    ['paths', ['../../etc/passwd', '..', '.', '/', '//', 'a/b', '%2e%2e%2f', '%00']],
    [
      'markup',
      ['<script>alert(1)</script>', '&amp;', '"', '{}', '[]', 'null', 'undefined', '__proto__', 'constructor'],
    ],
    ['numbers', ['1', '01', '1.0', '１']],
  ])('are kept apart and verbatim: %s', async (what, keys) => {
    const topic = `${name} ${what}`;
    const stored = await wire.publish(keys.map((eventId) => ({ topic, eventId })));
    expect(stored.summary.stored).toBe(BigInt(keys.length));
    expect((await wire.publish(keys.map((eventId) => ({ topic, eventId })))).summary.duplicates).toBe(
      BigInt(keys.length),
    );
    expect((await wire.list({ topic })).events.map(({ event }) => event!.eventId)).toEqual(keys);
    for (const key of keys.filter((one) => name !== restName || !['..', '.'].includes(one))) {
      expect((await wire.getEvent(topic, key)).event!.eventId).toBe(key);
    }
  });
});

describe('query parameters', () => {
  it.each([
    ['/events?limit=-1', 'limit', '10000'],
    ['/events?limit=0', 'limit', '10000'],
    ['/events?limit=1e9', 'limit', '10000'],
    ['/events?limit=1000000000', 'limit', '10000'],
    ['/events?limit=NaN', 'limit', '10000'],
    ['/events?limit=', 'limit', '10000'],
    ['/events?limit=1&limit=2', 'limit', undefined],
    ['/events?topic=%ff', 'topic', undefined],
    ['/events?topic=a&topic=b', 'topic', undefined],
    ['/events?%ff=a', 'query', undefined],
    ['/events?after=bad', 'after', undefined],
    ['/events?after=%00', 'after', undefined],
    ['/events?order=sideways', 'order', undefined],
    ['/events?since=yesterday', 'since', undefined],
    ['/events?until=1e20', 'until', undefined],
    ['/events?since=0000-01-01T00:00:00Z', 'since', undefined],
    ['/events?offset=10', 'offset', undefined],
    ['/events?__proto__=1', '__proto__', undefined],
    ['/stats?topic=a', 'topic', undefined],
    ['/events/a/b?view=1', 'view', undefined],
    ['/events/%ff/b', 'topic', undefined],
    ['/events/a/%ff', 'event_id', undefined],
    ['/events/a/%', 'event_id', undefined],
  ])('%s is refused by name', async (path, field, limit) => {
    const answer = await http.send({ method: 'GET', path });
    expect(answer.status).toBe(422);
    expect(restFailure(422, answer.body.toString()).facts).toMatchObject({
      code: 'RULE_BROKEN',
      field,
      outcome: 'none',
      ...(limit && { limit }),
    });
  });

  it('that name another log refuse its cursor', async () => {
    const other = await besiege();
    const elsewhere = http1Client(other.process.port);
    for (const eventId of ['a', 'b'])
      await elsewhere.send({ path: '/publish', body: JSON.stringify({ topic: 't', event_id: eventId }) });
    const { headers } = await elsewhere.send({ method: 'GET', path: '/events?limit=1' });
    const next = /<(.*)>/.exec(headers['link'] ?? '')![1]!;
    expect(JSON.parse((await elsewhere.send({ method: 'GET', path: next })).body.toString())).toHaveLength(1);
    const foreign = await http.send({ method: 'GET', path: next });
    expect([foreign.status, restFailure(422, foreign.body.toString()).facts.field]).toEqual([422, 'after']);
    elsewhere.close();
    await other.stop();
  });

  it('past the end are an empty page', async () => {
    const [, open] = everyWire[0]!;
    const wire = open(server.process);
    const { resumeCursor } = await wire.list({ pageSize: 1000, descending: true });
    wire.close();
    const answer = await http.send({ method: 'GET', path: `/events?after=${resumeCursor}` });
    expect([answer.status, answer.body.toString(), answer.headers['link']]).toEqual([200, '[]', undefined]);
  });
});

describe('numbers that no enum of the contract names', () => {
  it.each([
    ['ListEvents', '{"order":99}', 'order'],
    ['ListEvents', '{"contentView":7}', 'content_view'],
    ['GetEvent', '{"topic":"t","eventId":"e","contentView":-1}', 'content_view'],
  ])('are refused instead of taken for the default: %s %s', async (method, body, field) => {
    const answer = await http.send({ path: `/oncelog.v1.EventLogService/${method}`, body });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(`${field}: must be one of `),
    });
  });
});

describe('afterwards', () => {
  it('the counters are exact, and each line of the log is one object', async () => {
    const { received, unique_processed: stored, duplicate_dropped: dropped } = await server.counters();
    expect(received).toBe(stored + dropped);
    const lines = server.process.log().trim().split('\n');
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    // No control characters of a client's reach the terminal of whoever reads the log.
    expect(lines.join('')).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
    expect(server.faults()).toEqual([]);
  });
});
