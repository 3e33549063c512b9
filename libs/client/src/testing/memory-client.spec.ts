import { CheckStatus, ContentView, type Event, Order, OutcomeStatus, type StoredEvent } from '@oncelog/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newEvent } from '../events/event-draft.ts';
import type { LogEntry } from '../events/log-entry.ts';
import { noCounts } from '../publishing/publish-counts.ts';
import { createMemoryClient, type MemoryClient, type MemoryClientSettings } from './memory-client.ts';

function open(settings?: MemoryClientSettings): MemoryClient {
  const client = createMemoryClient(settings);
  onTestFinished(() => client.close());
  return client;
}

function order(
  eventId: string,
  payload: object | string = {},
  more: Partial<Parameters<typeof newEvent>[0]> = {},
): Event {
  return newEvent({ topic: 'orders', eventId, payload, ...more } as Parameters<typeof newEvent>[0]);
}

async function ids(events: AsyncIterable<StoredEvent>): Promise<string[]> {
  const found = [];
  for await (const { event } of events) found.push(event!.eventId);
  return found;
}

describe('publishing to memory', () => {
  it('recognises repeats and conflicts as the log does', async () => {
    const client = open();
    const events = [
      order('a', '{"n":1,"m":[1.0]}'),
      order('a', '{ "m": [1], "n": 1 }'),
      order('a', '{"n":2,"m":[1]}'),
      order('big', '{"n":9007199254740993}'),
      order('big', '{"n":9007199254740992}'),
    ];
    const { outcomes, summary } = await client.publish(events);
    const { STORED, DUPLICATE, CONFLICT } = OutcomeStatus;
    expect(outcomes.map(({ status }) => status)).toEqual([STORED, DUPLICATE, CONFLICT, STORED, CONFLICT]);
    expect(outcomes.map(({ position }) => position)).toEqual([1n, 1n, 1n, 2n, 2n]);
    expect(summary).toMatchObject({ received: 5n, stored: 2n, duplicates: 1n, conflicts: 2n, lastPosition: 2n });
    expect((await client.getStats()).counters).toMatchObject({ received: 5n, stored: 2n });
  });

  it('tells what would become of events, and takes none of them', async () => {
    const client = open();
    await client.publish([order('a', '{"n":1,"m":[1.0]}')]);
    const events = [order('a', '{ "m": [1], "n": 1 }'), order('a', '{"n":2}'), order('b'), order('b')];
    const { NEW, DUPLICATE, CONFLICT } = CheckStatus;
    const checked = await client.check(events);
    expect(checked.map(({ status }) => status)).toEqual([DUPLICATE, CONFLICT, NEW, NEW]);
    expect(checked[0]).toMatchObject({ position: 1n, firstStoredTime: client.log.events[0]!.storedTime });
    const byKey = await client.check(events, { keysOnly: true });
    expect(byKey.map(({ status }) => status)).toEqual([DUPLICATE, DUPLICATE, NEW, NEW]);
    expect((await client.getStats()).counters).toMatchObject({ received: 1n, stored: 1n });
    client.failNext('checkEvents', { code: 'STORE_UNAVAILABLE' }, 'lost');
    expect(await client.check(events)).toEqual(checked);
    await expect(client.check([])).rejects.toMatchObject({ code: 'RULE_BROKEN', violations: [{ field: 'events' }] });
  });

  it.each([
    [[], 'RULE_BROKEN', 'events'],
    [[order('')], 'RULE_BROKEN', 'events[0].event_id'],
    [[order('a'), order('b', {}, { topic: 'x'.repeat(256) })], 'RULE_BROKEN', 'events[1].topic'],
    [[order('a\u0000')], 'RULE_BROKEN', 'events[0].event_id'],
    [Array.from({ length: 1001 }, (_, n) => order(`e${n}`)), 'TOO_MANY_EVENTS', 'events'],
    [[order('a', { text: 'x'.repeat(256 * 1024) })], 'EVENT_TOO_LARGE', 'events[0].data'],
  ])('refuses what the log refuses, and stores nothing of it (%#)', async (events, code, field) => {
    const client = open();
    const violations = [expect.objectContaining({ field })];
    await expect(client.publish(events)).rejects.toMatchObject({ code, outcome: 'none', violations });
    expect(client.log.events).toEqual([]);
  });

  it('keeps what the publisher says of an event, and adds the time when it says none', async () => {
    const client = open();
    await client.publish([order('a', {}, { source: 's', attributes: { k: 'v' } })]);
    const stored = await client.getEvent({ topic: 'orders', eventId: 'a' });
    expect(stored).toMatchObject({ event: { source: 's', attributes: { k: 'v' } }, position: 1n, cursor: '1' });
    expect(stored!.event!.timestamp).toBeDefined();
  });
});

describe('failures made on purpose', () => {
  it('are retried under the same ids when that may help', async () => {
    const client = open();
    const retried: string[] = [];
    client.failNext('publish', { code: 'QUEUE_FULL', retryAfterMs: 1 }, 'lost');
    const { outcomes } = await client.publish([order('a')], { onRetry: ({ code }) => retried.push(code) });
    expect(retried).toEqual(['QUEUE_FULL', 'UNREACHABLE']);
    expect(outcomes[0]!.status).toBe(OutcomeStatus.DUPLICATE);
    expect(client.log.events).toHaveLength(1);
  });

  it('reach the caller otherwise, and only the call they are meant for', async () => {
    const client = open();
    client.failNext('getStats', { code: 'DATA_CORRUPTED', message: 'broken on purpose' });
    await client.publish([order('a')]);
    await expect(client.getStats()).rejects.toMatchObject({ code: 'DATA_CORRUPTED', message: 'broken on purpose' });
    expect((await client.getStats()).lastPosition).toBe(1n);
  });

  it('include an aggregator that is not ready', async () => {
    const client = open();
    expect(await client.health()).toEqual({ ready: true });
    client.ready = false;
    expect(await client.health()).toEqual({ ready: false });
  });
});

describe('listing from memory', () => {
  it('pages in both directions and goes on after a cursor', async () => {
    const client = open();
    const all = Array.from({ length: 25 }, (_, n) => `e${n}`);
    await client.publish(all.map((id) => order(id)));
    expect(await ids(client.listEvents({ pageSize: 10 }))).toEqual(all);
    expect(await ids(client.listEvents({ pageSize: 10, order: Order.DESCENDING }))).toEqual(all.toReversed());
    expect(await ids(client.listEvents({ after: client.log.events[19]!.cursor }))).toEqual(all.slice(20));
  });

  it('hands out a cursor from which nothing is missed', async () => {
    const client = open();
    await client.publish([order('a'), order('b')]);
    const page = await client.listPages().next();
    await client.publish([order('c')]);
    expect(await ids(client.listEvents({ after: page.value!.resumeCursor }))).toEqual(['c']);
  });

  it('refuses a cursor of another log', async () => {
    const failure = { code: 'RULE_BROKEN', violations: [{ field: 'after' }] };
    for (const after of ['7', 'x']) await expect(ids(open().listEvents({ after }))).rejects.toMatchObject(failure);
  });

  it('shows the content as it is asked for', async () => {
    const client = open();
    await client.publish([order('a', { n: 1 })]);
    const key = { topic: 'orders', eventId: 'a' };
    const [asPayload, asData] = await Promise.all(
      [ContentView.PAYLOAD, ContentView.DATA].map((contentView) => client.getEvent({ ...key, contentView })),
    );
    expect(asPayload!.event!.content).toEqual({ case: 'payload', value: { n: 1 } });
    expect(asData!.event!.content).toMatchObject({ case: 'data' });
  });
});

describe('subscribing to memory', () => {
  it('goes from what is stored to what comes', async () => {
    const client = open();
    await client.publish([order('a')]);
    const subscription = client.subscribe();
    expect((await subscription.next()).value).toMatchObject({ eventId: 'a', position: 1n });
    const waiting = subscription.next();
    await client.publish([order('b')]);
    expect((await waiting).value).toMatchObject({ eventId: 'b', position: 2n });
    expect((await client.getStats()).subscribers).toBe(1n);
  });

  it('misses nothing that is published once it is ready, and shows nothing from before', async () => {
    const client = open();
    await client.publish([order('before')]);
    const subscription = client.subscribe({ start: 'now' });
    await subscription.ready;
    await client.publish([order('after')]);
    expect((await subscription.next()).value).toMatchObject({ eventId: 'after' });
  });

  it('lets pass what fits topics, prefixes, sources and attributes', async () => {
    const client = open();
    await client.publish([
      order('1'),
      order('2', {}, { topic: 'orders/eu' }),
      order('3', {}, { topic: 'orders/eu', source: 's', attributes: { k: 'v' } }),
      order('4', {}, { topic: 'other', source: 's', attributes: { k: 'v' } }),
    ]);
    const read = async (filter: Parameters<typeof client.subscribe>[0]) => {
      const found = [];
      for await (const { eventId } of client.subscribe({ ...filter, endWhenCaughtUp: true })) found.push(eventId);
      return found;
    };
    expect(await read({})).toEqual(['1', '2', '3', '4']);
    expect(await read({ topics: ['orders'] })).toEqual(['1']);
    expect(await read({ topicPrefixes: ['orders/'], topics: ['other'] })).toEqual(['2', '3', '4']);
    expect(await read({ sources: ['s'], attributes: { k: 'v' }, topicPrefixes: ['orders'] })).toEqual(['3']);
    expect(await read({ attributes: { k: 'w' } })).toEqual([]);
  });

  it('comes back by itself after a break, without gap or repeat', async () => {
    const client = open();
    const subscription = client.subscribe();
    const found = [];
    for (const id of ['a', 'b', 'c']) {
      await client.publish([order(id)]);
      found.push((await subscription.next()).value);
      client.disconnect();
    }
    expect(found.map((entry) => entry?.eventId)).toEqual(['a', 'b', 'c']);
  });

  it('shows what is left of an erased event', async () => {
    const client = open();
    await client.publish([order('a')]);
    client.log.erase('orders', 'a');
    const { value } = await client.subscribe().next();
    expect(value).toMatchObject({ kind: 'erased', topic: 'orders', eventId: 'a', position: 1n });
  });

  it('leaves nothing behind when its reader leaves', async () => {
    const client = open();
    await client.publish([order('a')]);
    for await (const _ of client.subscribe()) break;
    await expect.poll(async () => (await client.getStats()).subscribers).toBe(0n);
    expect(client.log.watchers.size).toBe(1);
  });

  it('reads the same log from two clients', async () => {
    const client = open();
    const other = open({ log: client.log });
    const subscription = other.subscribe();
    await client.publish([order('a')]);
    expect((await subscription.next()).value).toMatchObject({ eventId: 'a' });
  });
});

describe('consuming from memory', () => {
  it('calls the handler for each event until it has returned', async () => {
    const client = open();
    await client.groups.create('billing', { topics: ['orders'] });
    await client.publish([order('a'), order('b'), order('other', {}, { topic: 'other' })]);
    const leaving = new AbortController();
    const handled: string[] = [];
    let rejected = false;
    const handle = (entry: LogEntry) => {
      if (entry.eventId === 'a' && !rejected) {
        rejected = true;
        throw new Error('on purpose');
      }
      handled.push(entry.eventId);
      if (handled.length === 2) leaving.abort();
    };
    await client.consume('billing', handle, { signal: leaving.signal, rejectDelayMs: () => 0 });
    expect(handled.toSorted()).toEqual(['a', 'b']);
    expect(await client.groups.get('billing')).toMatchObject({ outstanding: 0, backlog: 0, deadLetters: 0 });
  });

  it('shares its groups among the clients of one log', async () => {
    const client = open();
    await client.groups.create('billing');
    await client.publish([order('a')]);
    const [delivery] = await open({ log: client.log }).pull('billing');
    expect(delivery!.entry.eventId).toBe('a');
    expect(await client.pull('billing')).toEqual([]);
  });
});

describe('a session to memory', () => {
  it('answers for each batch, in order', async () => {
    const client = open();
    const outcomes: OutcomeStatus[][] = [];
    const batches = [[order('a'), order('b')], [order('b')]];
    const progress = await client.publishSession(batches, {
      onOutcomes: (_, answered) => void outcomes.push(answered.map(({ status }) => status)),
    });
    expect(outcomes).toEqual([[OutcomeStatus.STORED, OutcomeStatus.STORED], [OutcomeStatus.DUPLICATE]]);
    expect(progress.acknowledged).toEqual({ ...noCounts(), received: 3, stored: 2, duplicates: 1 });
  });
});
