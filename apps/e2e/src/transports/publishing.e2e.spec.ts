import { ContentView, OutcomeStatus, type StoredEvent } from '@oncelog/protocol';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import type { EventInit, EventLogWire, Published } from './event-log-wire.ts';
import { everyWire, restName, rpcWires } from './every-wire.ts';
import { WireFailure } from './wire-failure.ts';

const { STORED, DUPLICATE, CONFLICT } = OutcomeStatus;

let aggregator: AggregatorProcess;

beforeAll(async () => {
  aggregator = await launchAggregator();
});

afterAll(() => aggregator.end('SIGTERM'));

describe.each(everyWire)('over %s', (name, open) => {
  const topic = `publishing ${name}`;
  let wire: EventLogWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  const json = (eventId: string, text = '{}') => ({
    topic,
    eventId,
    content: { case: 'data' as const, value: Buffer.from(text) },
    contentType: 'application/json',
  });

  const brief = ({ outcomes }: Published) => outcomes.map(({ status, position }) => [status, position]);

  /** Everything stored of an event, as bytes. */
  const read = (eventId: string) => wire.getEvent(topic, eventId, ContentView.DATA);

  const bytesOf = ({ event }: StoredEvent) => Buffer.from(event!.content.value as Uint8Array);

  it('says STORED once, then DUPLICATE with the first position and time', async () => {
    const before = Date.now();
    const first = await wire.publish([json('once', '{"n":1}')]);
    const [stored] = first.outcomes;
    expect(stored).toMatchObject({ status: STORED, partition: 0 });
    expect(stored!.firstStoredTime).toBeUndefined();
    expect(first.summary).toMatchObject({ received: 1n, stored: 1n, duplicates: 0n, conflicts: 0n });

    const again = await wire.publish([json('once', '{"n":1}')]);
    expect(brief(again)).toEqual([[DUPLICATE, stored!.position]]);
    const storedMs = timestampMs(again.outcomes[0]!.firstStoredTime!);
    expect(storedMs).toBe(timestampMs((await read('once')).storedTime!));
    expect(storedMs).toBeGreaterThanOrEqual(before);
    expect(storedMs).toBeLessThanOrEqual(Date.now());
  });

  it('says CONFLICT when the content differs, and keeps the first', async () => {
    const [stored] = (await wire.publish([json('taken', '{"n":1}')])).outcomes;
    const other = await wire.publish([json('taken', '{"n":2}')]);
    expect(brief(other)).toEqual([[CONFLICT, stored!.position]]);
    expect(other.outcomes[0]!.firstStoredTime).toBeDefined();
    expect(other.summary).toMatchObject({ received: 1n, stored: 0n, duplicates: 0n, conflicts: 1n });
    expect(bytesOf(await read('taken')).toString()).toBe('{"n":1}');
  });

  it('takes a repeat for one whatever its source, attributes, time or the spelling of its JSON', async () => {
    await wire.publish([{ ...json('same', '{"a":1,"b":[true,null]}'), source: 'one', attributes: { trace: '1' } }]);
    const again = await wire.publish([
      {
        ...json('same', '{"a":1,"b":[true,null]}'),
        source: 'two',
        attributes: { trace: '2' },
        timestamp: { seconds: 5n, nanos: 0 },
      },
      json('same', '{ "b": [true, null], "a": 1.0 }'),
    ]);
    expect(brief(again).map(([status]) => status)).toEqual([DUPLICATE, DUPLICATE]);
  });

  it('answers one outcome per event in request order, repeats inside the request included', async () => {
    const answer = await wire.publish([
      json('x', '{"n":1}'),
      json('y'),
      json('x', '{"n":1}'),
      json('x', '{"n":2}'),
      json('y'),
    ]);
    const [x, y] = answer.outcomes.map(({ position }) => position);
    expect(y).toBe(x! + 1n);
    expect(brief(answer)).toEqual([
      [STORED, x],
      [STORED, y],
      [DUPLICATE, x],
      [CONFLICT, x],
      [DUPLICATE, y],
    ]);
    expect(answer.summary).toMatchObject({ received: 5n, stored: 2n, duplicates: 2n, conflicts: 1n });
  });

  it('keeps keys apart that a person would take for the same', async () => {
    const keys = [
      'order',
      'Order',
      'order ',
      ' order',
      '\u00e9',
      'e\u0301',
      '🚀',
      'א',
      'a\u200bb',
      'ab',
      '../order',
      "'; DROP TABLE event; --",
      '%2e',
      'a/b',
      'a+b',
    ];
    const answer = await wire.publish(keys.map((key) => json(key)));
    expect(answer.outcomes.every(({ status }) => status === STORED)).toBe(true);
    for (const [index, key] of keys.entries()) {
      const stored = await read(key);
      expect([stored.event!.eventId, stored.position]).toEqual([key, answer.outcomes[index]!.position]);
    }
  });

  it('keeps one id apart in two topics', async () => {
    const other = { ...json('apart'), topic: `${topic} too` };
    expect(brief(await wire.publish([json('apart'), other])).map(([status]) => status)).toEqual([STORED, STORED]);
  });

  it('gives back every field, the time to the nanosecond and integers unrounded', async () => {
    const event: EventInit = {
      ...json('whole', '{"id":9007199254740993,"big":18446744073709551615}'),
      source: 'sensor ✓',
      attributes: { traceparent: '00-ab-cd-01', empty: '', __proto__x: 'y', 'a b': 'ü' },
      timestamp: { seconds: 1_769_860_800n, nanos: 123_456_789 },
    };
    await wire.publish([event]);
    const { event: stored, position, storedTime } = await read('whole');
    expect(stored).toMatchObject({
      topic,
      eventId: 'whole',
      source: 'sensor ✓',
      attributes: event.attributes,
      timestamp: event.timestamp,
    });
    expect(Buffer.from(stored!.content.value as Uint8Array).toString()).toBe(
      '{"id":9007199254740993,"big":18446744073709551615}',
    );
    expect(position).toBeGreaterThan(0n);
    expect(storedTime!.seconds).toBeGreaterThan(1_769_860_800n);
  });

  it.each([
    ['the first moment', -62_135_596_800n, 0],
    ['the last moment', 253_402_300_799n, 999_999_999],
    ['half a second before 1970', -1n, 500_000_000],
  ])('keeps %s there is', async (when, seconds, nanos) => {
    await wire.publish([{ ...json(when), timestamp: { seconds, nanos } }]);
    expect((await read(when)).event!.timestamp).toMatchObject({ seconds, nanos });
  });

  it('fills in its own clock when no time is sent', async () => {
    const before = Date.now();
    await wire.publish([json('timeless')]);
    const { event, storedTime } = await read('timeless');
    expect(timestampMs(event!.timestamp!)).toBeGreaterThanOrEqual(before - 1);
    expect(event!.timestamp).toEqual(storedTime);
  });

  it('takes absent content and the empty object for the same', async () => {
    const [stored] = (await wire.publish([{ topic, eventId: 'empty' }])).outcomes;
    const again = await wire.publish([
      { topic, eventId: 'empty', content: { case: 'payload', value: {} } },
      json('empty', '{}'),
      json('empty', ' { } '),
    ]);
    expect(brief(again)).toEqual([0, 1, 2].map(() => [DUPLICATE, stored!.position]));
    expect(bytesOf(await read('empty')).toString()).toBe('{}');
  });

  it('keeps bytes of any kind with their type', async () => {
    const value = Uint8Array.from({ length: 256 }, (_, index) => index);
    await wire.publish([
      { topic, eventId: 'bytes', content: { case: 'data', value }, contentType: 'image/png; q=1' },
      { topic, eventId: 'untyped', content: { case: 'data', value } },
      { topic, eventId: 'no bytes', content: { case: 'data', value: new Uint8Array() }, contentType: 'text/plain' },
    ]);
    const stored = await read('bytes');
    expect([bytesOf(stored), stored.event!.contentType]).toEqual([Buffer.from(value), 'image/png; q=1']);
    expect((await read('untyped')).event!.contentType).toBe('application/octet-stream');
    expect(bytesOf(await read('no bytes'))).toHaveLength(0);
  });

  it('stores a payload that any reader can read', async () => {
    const payload = { text: 'ü', list: [1, -2.5, null, true, { deep: [] }], __proto__x: 1 };
    await wire.publish([{ topic, eventId: 'payload', content: { case: 'payload', value: payload } }]);
    expect(JSON.parse(bytesOf(await read('payload')).toString())).toEqual(payload);
  });

  it('takes 1,000 events in one call and gives them positions in a row', async () => {
    const answer = await wire.publish(Array.from({ length: 1000 }, (_, index) => json(`many-${index}`)));
    const first = answer.outcomes[0]!.position;
    expect(answer.outcomes.map(({ position }) => position - first)).toEqual(
      Array.from({ length: 1000 }, (_, index) => BigInt(index)),
    );
  });

  it('refuses a batch whole when one event of it is wrong, and counts nothing of it', async () => {
    const before = await wire.stats();
    const failure = await wire
      .publish([json('half-a'), { ...json('half-b'), topic: '' }, json('half-c')])
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WireFailure);
    expect((failure as WireFailure).facts).toMatchObject({
      code: 'RULE_BROKEN',
      field: 'events[1].topic',
      outcome: 'none',
      limit: '255',
      actual: '0',
    });
    await expect(read('half-a')).rejects.toMatchObject({ facts: { code: 'NOT_FOUND' } });
    const after = await wire.stats();
    expect(after.counters).toEqual(before.counters);
    expect(after.refusedRequests).toBe(before.refusedRequests + 2n);
  });

  it('keeps received = stored + duplicates + conflicts, and moves them by what was sent', async () => {
    const before = (await wire.stats()).counters!;
    await wire.publish([json('counted', '{"n":1}'), json('counted', '{"n":1}'), json('counted', '{"n":2}')]);
    const { counters, lastPosition } = await wire.stats();
    const { received, stored, duplicates, conflicts } = counters!;
    expect(received).toBe(stored + duplicates + conflicts);
    expect([received, stored, duplicates, conflicts]).toEqual([
      before.received + 3n,
      before.stored + 1n,
      before.duplicates + 1n,
      before.conflicts + 1n,
    ]);
    expect(lastPosition).toBe(stored);
  });

  it('does not find what was never stored', async () => {
    await expect(wire.getEvent(topic, 'never')).rejects.toMatchObject({
      facts: { code: 'NOT_FOUND', outcome: 'none', ...(name === restName ? { status: 404 } : { grpcCode: 5 }) },
    });
  });
});

describe.each(rpcWires)('over %s', (name, open) => {
  const topic = `views ${name}`;
  let wire: EventLogWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  it('shows content as it was published, as payload or as bytes, as asked', async () => {
    const text = '{"id":9007199254740993}';
    const data = (eventId: string, contentType: string, content = text): EventInit => ({
      topic: topic,
      eventId,
      content: { case: 'data', value: Buffer.from(content) },
      contentType,
    });
    await wire.publish([
      { topic: topic, eventId: 'payload', content: { case: 'payload', value: { n: 1 } } },
      data('json', 'application/json'),
      data('list', 'application/json', '[1]'),
      data('text', 'text/plain'),
    ]);
    const seen = async (eventId: string, view: ContentView) => {
      const { content, contentType } = (await wire.getEvent(topic, eventId, view)).event!;
      const value = content.case === 'data' ? Buffer.from(content.value).toString() : content.value;
      return [content.case, value, contentType];
    };
    const { UNSPECIFIED, PAYLOAD, DATA } = ContentView;
    expect(await seen('payload', UNSPECIFIED)).toEqual(['payload', { n: 1 }, '']);
    expect(await seen('payload', DATA)).toEqual(['data', '{"n":1}', 'application/json']);
    expect(await seen('json', UNSPECIFIED)).toEqual(['data', text, 'application/json']);
    // A Struct's numbers are doubles.
    expect(await seen('json', PAYLOAD)).toEqual(['payload', { id: 9_007_199_254_740_992 }, '']);
    expect(await seen('list', PAYLOAD)).toEqual(['data', '[1]', 'application/json']);
    expect(await seen('text', PAYLOAD)).toEqual(['data', text, 'text/plain']);
  });
});
