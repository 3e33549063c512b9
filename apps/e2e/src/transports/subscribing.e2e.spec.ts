import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import type { EventInit, EventLogWire, Heard, HeardEntry, SubscribeQuery } from './event-log-wire.ts';
import { everyWire } from './every-wire.ts';
import { WireFailure } from './wire-failure.ts';

let aggregator: AggregatorProcess;

beforeAll(async () => {
  aggregator = await launchAggregator();
});

afterAll(() => aggregator.end('SIGTERM'));

describe.each(everyWire)('Subscribe over %s', (name, open) => {
  let wire: EventLogWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  const topicOf = (part: string) => `subscribing ${part} ${name}`;
  const eventsOf = (topic: string, ids: readonly string[], more: Pick<EventInit, 'source' | 'attributes'> = {}) =>
    ids.map((eventId): EventInit => ({
      topic,
      eventId,
      content: { case: 'payload', value: { id: eventId } },
      ...more,
    }));
  const ids = (entries: readonly HeardEntry[]) => entries.map(({ eventId }) => eventId);

  /** What a subscriber hears until it has heard enough. */
  async function hear(query: SubscribeQuery, enough: (heard: readonly Heard[]) => boolean): Promise<Heard[]> {
    const heard: Heard[] = [];
    for await (const each of wire.subscribe(query)) {
      heard.push(each);
      if (enough(heard)) break;
    }
    return heard;
  }

  const entriesOf = (heard: readonly Heard[]) => heard.flatMap(({ entries }) => entries);

  const subscribers = async () => (await wire.stats()).subscribers;

  it('hands out what is stored as the list does, byte for byte, then says that it has caught up', async () => {
    const topic = topicOf('stored');
    await wire.publish([
      ...eventsOf(topic, ['a'], { source: 'here', attributes: { key: 'line\nfeed' } }),
      { topic, eventId: 'b', content: { case: 'data', value: Buffer.from('\n\nid: 7\ndata: x\n') } },
      { topic, eventId: 'c\u2028\u00e9', content: { case: 'payload', value: { text: 'two\n\nlines\r\n' } } },
    ]);
    const heard = await hear({ topics: [topic] }, (all) => all.at(-1)!.kind === 'caughtUp');
    const listed = (await wire.list({ topic })).events;
    const comparable = ({ event, position, storedTime }: (typeof listed)[number]) => ({ event, position, storedTime });
    expect(entriesOf(heard).map(({ event }) => comparable(event!))).toEqual(listed.map(comparable));
    expect(heard.filter(({ kind }) => kind === 'caughtUp')).toHaveLength(1);
  });

  it('goes on with each new event as it is stored', async () => {
    const topic = topicOf('live');
    await wire.publish(eventsOf(topic, ['a']));
    const seen: string[] = [];
    for await (const { kind, entries } of wire.subscribe({ topics: [topic] })) {
      seen.push(...ids(entries));
      if (kind === 'caughtUp') await wire.publish(eventsOf(topic, ['b']));
      if (entries.some(({ eventId }) => eventId === 'b')) await wire.publish(eventsOf(topic, ['c']));
      if (seen.includes('c')) break;
    }
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('goes on behind any cursor it has named, without gap or repeat', async () => {
    const topic = topicOf('resumed');
    const all = Array.from({ length: 30 }, (_, index) => `e${index}`);
    for (const id of all) await wire.publish(eventsOf(topic, [id]));
    const seen: string[] = [];
    let after: string | undefined;
    for (let visit = 0; seen.length < all.length; visit += 1) {
      const query = after === undefined ? { topics: [topic] } : { topics: [topic], after };
      const heard = await hear(query, (part) => entriesOf(part).length > visit % 4);
      seen.push(...ids(entriesOf(heard)));
      after = heard.at(-1)!.cursor;
    }
    expect(seen).toEqual(all);
  });

  it('begins behind the newest event when asked for what comes from now on', async () => {
    const topic = topicOf('now');
    await wire.publish(eventsOf(topic, ['before']));
    const seen: string[] = [];
    for await (const { kind, entries } of wire.subscribe({ topics: [topic], fromNow: true })) {
      if (kind === 'caughtUp') await wire.publish(eventsOf(topic, ['after']));
      seen.push(...ids(entries));
      if (seen.length > 0) break;
    }
    expect(seen).toEqual(['after']);
  });

  it('lets through what all parts of the filter want', async () => {
    const topic = topicOf('filter');
    await wire.publish([
      ...eventsOf(`${topic}/a`, ['1'], { source: 's', attributes: { k: 'v', other: 'x' } }),
      ...eventsOf(`${topic}/b`, ['2'], { source: 's', attributes: { k: 'v' } }),
      ...eventsOf(`${topic}/c`, ['3'], { source: 'other', attributes: { k: 'v' } }),
      ...eventsOf(`${topic}/c`, ['4'], { source: 's', attributes: { k: 'w' } }),
      ...eventsOf(`${topic}%c`, ['5'], { source: 's', attributes: { k: 'v' } }),
    ]);
    const query = { topicPrefixes: [`${topic}/`], sources: ['s'], attributes: { k: 'v' }, endWhenCaughtUp: true };
    expect(ids(entriesOf(await hear(query, () => false)))).toEqual(['1', '2']);
    const named = { topics: [`${topic}%c`], topicPrefixes: [`${topic}/c`], endWhenCaughtUp: true };
    expect(ids(entriesOf(await hear(named, () => false)))).toEqual(['3', '4', '5']);
  });

  it('says where it stands when nothing comes', async () => {
    const query = { topics: [topicOf('nothing')], fromNow: true, heartbeatSeconds: 1 };
    const heard = await hear(query, (all) => all.at(-1)!.kind === 'progress');
    expect(heard.map(({ kind }) => kind)).toEqual(['caughtUp', 'progress']);
    expect(heard[1]!.cursor).not.toBe('');
  });

  it('is over on the server as soon as its reader leaves', async () => {
    const leaving = new AbortController();
    const subscriptions = [1, 2, 3].map(async () => {
      for await (const { kind } of wire.subscribe({ fromNow: true }, leaving.signal)) {
        if (kind === 'caughtUp') break;
      }
    });
    const waiting = wire.subscribe({ topics: [topicOf('nobody')], fromNow: true }, leaving.signal);
    await waiting.next();
    await Promise.all(subscriptions);
    await expect.poll(subscribers).toBe(1n);
    const next = waiting.next().catch(() => undefined);
    leaving.abort();
    await next;
    await expect.poll(subscribers).toBe(0n);
  });

  it.each<[string, SubscribeQuery, RegExp]>([
    ['a cursor of another log', { after: 'AQAAAAAAAAAAAAAAAA' }, /after/],
    ['a cursor beside a start', { after: 'set below', fromNow: true }, /start|from/],
    ['a heartbeat out of its range', { heartbeatSeconds: 61 }, /heartbeat/],
    ['more topics than a filter may name', { topics: Array.from({ length: 101 }, (_, at) => `t${at}`) }, /topic/],
    ['a topic that cannot be', { topics: ['x'.repeat(256)] }, /topic/],
  ])('refuses %s before anything is opened', async (_what, query, field) => {
    const topic = topicOf('refusals');
    await wire.publish(eventsOf(topic, ['a']));
    const [last] = (await hear({ fromNow: true }, () => true)).slice(-1);
    const asked = query.after === 'set below' ? { ...query, after: last!.cursor } : query;
    const refusal = await hear(asked, () => true).then(
      () => expect.fail('it was expected to be refused'),
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(WireFailure);
    const { facts } = refusal as WireFailure;
    expect(facts).toMatchObject({ code: 'RULE_BROKEN', outcome: 'none' });
    expect(facts.field).toMatch(field);
  });
});
