import { defaultLimits, everyEvent, type EventStore, type Limits, type NewEvent, OncelogError } from '@oncelog/core';
import { append, jsonContent, sampleEvent } from '@oncelog/core/testing';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSubscriptions } from './subscriptions.ts';
import { Subscriber } from './testing/subscriber.ts';

function events(from: number, to: number, more: Partial<NewEvent> = {}): NewEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => sampleEvent('t', `e${from + index}`, more));
}

function positions(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function setUp(limits: Partial<Limits> = {}) {
  const store = createMemoryEventStore();
  const tail = vi.spyOn(store, 'tail');
  const subscriptions = createSubscriptions({ store, limits: { ...defaultLimits, ...limits } });
  return { store, tail, subscriptions };
}

/** Everything that could run without a new event has run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a subscription', () => {
  it('hands out what is stored, says when it has caught up, and goes on with what comes', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 600)]);
    const subscriber = new Subscriber(subscriptions);
    await subscriber.untilCaughtUp();
    expect(subscriber.positions).toEqual(positions(1, 600));
    await append(store, [events(601, 603)]);
    await subscriber.until(() => subscriber.position === 603);
    expect(subscriber.positions).toEqual(positions(1, 603));
    expect(subscriber.kinds.filter((kind) => kind === 'caughtUp')).toHaveLength(1);
    await subscriber.close();
  });

  it('goes on after a position', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 10)]);
    const subscriber = new Subscriber(subscriptions, { after: 7 });
    await subscriber.untilCaughtUp();
    expect(subscriber.positions).toEqual([8, 9, 10]);
    await subscriber.close();
  });

  it('begins behind the newest event when told to begin now', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 10)]);
    const subscriber = new Subscriber(subscriptions, { start: 'now' });
    expect(await subscriber.next()).toEqual({ kind: 'caughtUp', position: 10 });
    await append(store, [events(11, 12)]);
    await subscriber.until(() => subscriber.position === 12);
    expect(subscriber.positions).toEqual([11, 12]);
    await subscriber.close();
  });

  it('is caught up at once where nothing is stored', async () => {
    const { subscriptions } = setUp();
    const subscriber = new Subscriber(subscriptions);
    expect(await subscriber.next()).toEqual({ kind: 'caughtUp', position: 0 });
    await subscriber.close();
  });

  it('ends behind the last event when it is not to wait for more', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 3)]);
    const subscriber = new Subscriber(subscriptions, { endWhenCaughtUp: true });
    await subscriber.untilCaughtUp();
    expect(await subscriber.next()).toBeUndefined();
    expect(subscriptions.count).toBe(0);
  });

  it('refuses a place that this log has not reached, whose events would be skipped in silence', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 3)]);
    await expect(new Subscriber(subscriptions, { after: 4 }).next()).rejects.toMatchObject({
      code: 'RULE_BROKEN',
      violations: [{ field: 'after', limit: 3, actual: 4 }],
    });
    expect(subscriptions.count).toBe(0);
  });

  it('shows what an erased event was', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 2)]);
    await store.erase('t', 'e1');
    const subscriber = new Subscriber(subscriptions);
    await subscriber.untilCaughtUp();
    expect(subscriber.entries[0]).toEqual({
      erased: true,
      topic: 't',
      eventId: 'e1',
      position: 1,
      storedTimeMs: expect.any(Number),
    });
    expect(subscriber.entries[1]).toMatchObject({ eventId: 'e2', source: 'tests' });
    await subscriber.close();
  });

  it('passes over what its filter does not want, in the backlog and live alike, and moves its place on', async () => {
    const { store, subscriptions } = setUp();
    const mixed = (from: number) => [
      sampleEvent('orders.eu', `a${from}`, { attributes: { kind: 'x' } }),
      sampleEvent('orders.us', `b${from}`, { attributes: { kind: 'y' } }),
      sampleEvent('users', `c${from}`, { attributes: { kind: 'x' } }),
      sampleEvent('orders.eu', `d${from}`, { source: 'other', attributes: { kind: 'x' } }),
    ];
    await append(store, [mixed(1)]);
    const filter = { topics: ['users'], topicPrefixes: ['orders.'], sources: ['tests'], attributes: { kind: 'x' } };
    const subscriber = new Subscriber(subscriptions, { filter });
    await subscriber.untilCaughtUp();
    await append(store, [mixed(2)]);
    await subscriber.until(() => subscriber.position === 8);
    expect(subscriber.ids).toEqual(['a1', 'c1', 'a2', 'c2']);
    await subscriber.close();
  });

  it('gives no more at a time than its bounds allow, yet always one event', async () => {
    const { store, subscriptions } = setUp({ batchEventsMax: 3, batchBytesMax: 100 });
    const large = { content: jsonContent(JSON.stringify({ text: 'x'.repeat(200) })) };
    await append(store, [[...events(1, 4), ...events(5, 6, large)]]);
    const subscriber = new Subscriber(subscriptions);
    const sizes: number[] = [];
    while (subscriber.position < 6) {
      const delivered = await subscriber.next();
      if (delivered?.kind === 'batch') sizes.push(delivered.entries.length);
    }
    expect(sizes).toEqual([3, 1, 1, 1]);
    await subscriber.close();
  });

  it('says where it stands when nothing has come for a while, also to one that wants none of what comes', async () => {
    vi.useFakeTimers();
    const { store, subscriptions } = setUp();
    const nothing = { ...everyEvent, topics: ['none'] };
    const subscriber = new Subscriber(subscriptions, { start: 'now', filter: nothing, heartbeatMs: 5000 });
    await subscriber.untilCaughtUp();
    const first = subscriber.next();
    await append(store, [events(1, 10)]);
    await vi.advanceTimersByTimeAsync(4999);
    expect(subscriber.kinds).toEqual(['caughtUp']);
    await vi.advanceTimersByTimeAsync(1);
    expect(await first).toEqual({ kind: 'progress', position: 10 });
    const second = subscriber.next();
    await vi.advanceTimersByTimeAsync(5000);
    expect(await second).toEqual({ kind: 'progress', position: 10 });
    subscriber.leave();
  });

  it('ends as soon as its client leaves, wherever it stands', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 10)]);
    const waiting = new Subscriber(subscriptions, { start: 'now' });
    await waiting.untilCaughtUp();
    const next = waiting.next();
    const reading = new Subscriber(subscriptions);
    await reading.next();
    expect(subscriptions.count).toBe(2);
    waiting.leave(new Error('the client left'));
    await expect(next).rejects.toThrow('the client left');
    await reading.close();
    expect(subscriptions.count).toBe(0);
  });

  it('refuses one more than may be open, with the time to come back after', async () => {
    const { subscriptions } = setUp({ subscribersMax: 1 });
    const first = new Subscriber(subscriptions);
    await first.untilCaughtUp();
    await expect(new Subscriber(subscriptions).next()).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      retryAfterMs: 5000,
      violations: [{ field: 'subscribers', limit: 1 }],
    });
    await first.close();
    const second = new Subscriber(subscriptions);
    await second.untilCaughtUp();
    await second.close();
  });

  it('fails with what the store fails with, and its successor goes on from the same place', async () => {
    const { store, tail, subscriptions } = setUp();
    await append(store, [events(1, 3)]);
    const subscriber = new Subscriber(subscriptions);
    await subscriber.untilCaughtUp();
    const fault = new OncelogError('STORE_UNAVAILABLE', 'gone');
    const next = subscriber.next();
    await settled();
    tail.mockRejectedValueOnce(fault).mockRejectedValueOnce(fault);
    await append(store, [events(4, 5)]);
    await expect(next).rejects.toThrow(fault);
    const successor = new Subscriber(subscriptions, { after: subscriber.position });
    await successor.untilCaughtUp();
    expect(successor.positions).toEqual([4, 5]);
    await successor.close();
  });
});

describe('the live window', () => {
  async function caughtUp(subscriptions: ReturnType<typeof createSubscriptions>, count: number) {
    const subscribers = Array.from({ length: count }, () => new Subscriber(subscriptions, { start: 'now' }));
    await Promise.all(subscribers.map((subscriber) => subscriber.untilCaughtUp()));
    return subscribers;
  }

  it('reads each commit once for a hundred subscribers, and nothing while nothing is stored', async () => {
    const { store, tail, subscriptions } = setUp();
    const subscribers = await caughtUp(subscriptions, 100);
    const waiting = subscribers.map((subscriber) => subscriber.until(() => subscriber.position === 10));
    await settled();
    tail.mockClear();
    await settled();
    expect(tail).not.toHaveBeenCalled();
    await append(store, [events(1, 10)]);
    await Promise.all(waiting);
    expect(tail).toHaveBeenCalledTimes(1);
    for (const { positions: seen } of subscribers) expect(seen).toEqual(positions(1, 10));
    await Promise.all(subscribers.map((subscriber) => subscriber.close()));
  });

  it('reads nothing when nobody is there', async () => {
    const { store, tail } = setUp();
    await append(store, [events(1, 10)]);
    await settled();
    expect(tail).not.toHaveBeenCalled();
  });

  it('holds no more than its bound: who falls behind it reads from the store, and misses nothing', async () => {
    const { store, tail, subscriptions } = setUp({ liveWindowBytesMax: 5000 });
    const [quick, slow] = (await caughtUp(subscriptions, 2)) as [Subscriber, Subscriber];
    for (let first = 1; first <= 200; first += 10) {
      const position = first + 9;
      await append(store, [events(first, position)]);
      await quick.until(() => quick.position === position);
    }
    tail.mockClear();
    await slow.until(() => slow.position === 200);
    expect(slow.positions).toEqual(positions(1, 200));
    expect(quick.positions).toEqual(positions(1, 200));
    expect(tail).toHaveBeenCalled();
    await Promise.all([quick.close(), slow.close()]);
  });

  it('begins anew for the next subscriber after a time without any', async () => {
    const { store, subscriptions } = setUp();
    const [first] = (await caughtUp(subscriptions, 1)) as [Subscriber];
    await append(store, [events(1, 5)]);
    await first.until(() => first.position === 5);
    await first.close();
    await append(store, [events(6, 2000)]);
    const [second] = (await caughtUp(subscriptions, 1)) as [Subscriber];
    await append(store, [events(2001, 2003)]);
    await second.until(() => second.position === 2003);
    expect(second.positions).toEqual([2001, 2002, 2003]);
    await second.close();
  });

  it('lets go of everyone who waits when it is closed', async () => {
    const { subscriptions } = setUp();
    const [subscriber] = (await caughtUp(subscriptions, 1)) as [Subscriber];
    const next = subscriber.next();
    subscriptions.close();
    subscriber.leave();
    await expect(next).rejects.toThrow('left');
  });
});

describe('order', () => {
  /** Hands a position out when an event comes and shows it when its turn to commit has come: others overtake it. */
  function handingOutPositionsEarly(store: EventStore, hidden: Set<number>): EventStore {
    const tail = store.tail.bind(store);
    store.tail = async (query) => {
      const slice = await tail(query);
      return { ...slice, entries: slice.entries.filter(({ position }) => !hidden.has(position)) };
    };
    return store;
  }

  it('is that of the list for whoever leaves and comes back at random', async () => {
    const { store, subscriptions } = setUp({ liveWindowBytesMax: 20_000, batchEventsMax: 7 });
    const seen = await followAtRandom(store, subscriptions);
    expect(seen).toEqual(positions(1, 500));
  });

  it('shows a gap over a store that hands positions out before the commit: the check can fail', async () => {
    const hidden = new Set<number>();
    const store = handingOutPositionsEarly(createMemoryEventStore(), hidden);
    const subscriptions = createSubscriptions({ store, limits: { ...defaultLimits, batchEventsMax: 7 } });
    const seen = await followAtRandom(store, subscriptions, (position) => {
      hidden.clear();
      if (position < 500) hidden.add(position - 1);
    });
    expect(seen).not.toEqual(positions(1, 500));
  });

  async function followAtRandom(
    store: EventStore,
    subscriptions: ReturnType<typeof createSubscriptions>,
    onStored: (position: number) => void = () => {},
  ): Promise<number[]> {
    const seen: number[] = [];
    let after = 0;
    const writing = (async () => {
      for (let position = 1; position <= 500; position += 1) {
        onStored(position);
        await append(store, [events(position, position)]);
        if (position % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let visit = 0; after < 500; visit += 1) {
      const subscriber = new Subscriber(subscriptions, { after });
      const patience = (visit * 7919) % 11;
      for (let step = 0; step <= patience && subscriber.position < 500; step += 1) await subscriber.next();
      seen.push(...subscriber.positions);
      after = Math.max(after, subscriber.position);
      await subscriber.close();
    }
    await writing;
    return seen;
  }
});
