import { append } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import type { Subscriptions } from './subscriptions.ts';
import { events, positions, settled, setUp } from './testing/stored-log.ts';
import { Subscriber } from './testing/subscriber.ts';

describe('the live window', () => {
  async function caughtUp(subscriptions: Subscriptions, count: number) {
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

  it('is never behind more than one read of those who catch up, however many they are', async () => {
    const { store, tail, subscriptions } = setUp();
    await append(store, [events(1, 1000)]);
    const read = Object.getPrototypeOf(store).tail.bind(store) as typeof store.tail;
    let atOnce = 0;
    let most = 0;
    tail.mockImplementation(async (query) => {
      most = Math.max(most, (atOnce += 1));
      await settled();
      return read(query).finally(() => (atOnce -= 1));
    });
    const subscribers = Array.from({ length: 20 }, () => new Subscriber(subscriptions, { endWhenCaughtUp: true }));
    await Promise.all(subscribers.map((subscriber) => subscriber.untilCaughtUp()));
    expect(most).toBe(1);
    for (const { positions: seen } of subscribers) expect(seen).toEqual(positions(1, 1000));
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
