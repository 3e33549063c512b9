import { timestampMs } from '@bufbuild/protobuf/wkt';
import { type CheckedEvent, CheckStatus, ContentView } from '@oncelog/protocol';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import type { EventInit, EventLogWire } from './event-log-wire.ts';
import { everyWire, restName, rpcWires } from './every-wire.ts';
import { refusedWith } from './refused-with.ts';

const { NEW, DUPLICATE, CONFLICT } = CheckStatus;

let aggregator: AggregatorProcess;

beforeAll(async () => {
  aggregator = await launchAggregator();
});

afterAll(() => aggregator.end('SIGTERM'));

describe.each(everyWire)('over %s', (name, open) => {
  const rest = name === restName;
  const topic = `checking ${name}`;
  let wire: EventLogWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  const json = (eventId: string, text = '{}'): EventInit => ({
    topic,
    eventId,
    content: { case: 'data', value: Buffer.from(text) },
    contentType: 'application/json',
  });
  const brief = (checked: readonly CheckedEvent[]) => checked.map(({ status, position }) => [status, position]);
  const statuses = (checked: readonly CheckedEvent[]) => checked.map(({ status }) => status);

  it('says what a publish would have said, with the first position and time, in the order asked', async () => {
    const [stored] = (await wire.publish([json('known', '{"a":1,"b":[2]}')])).outcomes;
    const { position } = stored!;
    const events = [
      json('unknown'),
      json('known', '{ "b": [2.0], "a": 1 }'),
      json('known', '{"a":1,"b":[3]}'),
      { topic, eventId: 'known', content: { case: 'payload' as const, value: { b: [2], a: 1 } } },
    ];
    const checked = await wire.check(events);
    expect(brief(checked)).toEqual([
      [NEW, 0n],
      [DUPLICATE, position],
      [CONFLICT, position],
      [DUPLICATE, position],
    ]);
    const { storedTime } = await wire.getEvent(topic, 'known', ContentView.DATA);
    expect(checked[0]!.firstStoredTime).toBeUndefined();
    for (const { firstStoredTime } of checked.slice(1)) {
      expect(timestampMs(firstStoredTime!)).toBe(timestampMs(storedTime!));
    }
  });

  it('takes an absent content for the empty object, and contents for nothing where only keys count', async () => {
    await wire.publish([json('empty', '{}'), json('full', '{"n":1}')]);
    const keys = ['empty', 'full', 'none'].map((eventId) => ({ topic, eventId }));
    expect(statuses(await wire.check(keys))).toEqual([DUPLICATE, CONFLICT, NEW]);
    expect(statuses(await wire.check(keys, { keysOnly: true }))).toEqual([DUPLICATE, DUPLICATE, NEW]);
  });

  it('stores nothing and counts nothing, and takes two of one new key for new', async () => {
    const before = await wire.stats();
    expect(statuses(await wire.check([json('twice'), json('twice', '{"n":2}')]))).toEqual([NEW, NEW]);
    const after = await wire.stats();
    expect([after.counters, after.lastPosition, after.topicCount]).toEqual([
      before.counters,
      before.lastPosition,
      before.topicCount,
    ]);
    expect((await wire.publish([json('twice')])).summary).toMatchObject({ stored: 1n });
  });

  it('answers as many events as one publish may bring, and refuses one more', async () => {
    const max = rest ? 10_000 : 1000;
    const events = Array.from({ length: max }, (_, index) => json(`many-${index}`));
    const some = events.filter((_, index) => index % 10 === 0);
    for (let at = 0; at < some.length; at += 1000) await wire.publish(some.slice(at, at + 1000));
    const checked = await wire.check(events);
    expect(statuses(checked)).toEqual(events.map((_, index) => (index % 10 === 0 ? DUPLICATE : NEW)));
    expect(await refusedWith(wire.check([...events, json('one more')]))).toMatchObject({
      code: 'TOO_MANY_EVENTS',
      field: 'events',
      limit: String(max),
      actual: String(max + 1),
      outcome: 'none',
    });
  });

  it('refuses an event that a publish would refuse, by its place', async () => {
    for (const [event, field] of [
      [{ topic, eventId: '' }, 'events[1].event_id'],
      [{ topic: '', eventId: 'a' }, 'events[1].topic'],
      [{ topic, eventId: 'x'.repeat(513) }, 'events[1].event_id'],
    ] as const) {
      const refusal = await refusedWith(wire.check([json('a'), event], { keysOnly: true }));
      expect(refusal).toMatchObject({ code: 'RULE_BROKEN', field, outcome: 'none' });
    }
  });
});

describe.each(rpcWires)('over %s', (_name, open) => {
  it('refuses a check of nothing', async () => {
    const wire = open(aggregator);
    onTestFinished(() => wire.close());
    expect(await refusedWith(wire.check([]))).toMatchObject({ code: 'RULE_BROKEN', field: 'events', outcome: 'none' });
  });
});
